"""A card that says nothing of the training data.

**Why it matters.** Dataset details are the first factor of provenance that practitioners name (Jiang et al., ICSE 2023,
table I); without them nobody can ask for licence, bias or leaks of the test set. Datasets, bias and licences are rarely
documented (Pepe et al., ICPC 2024).

**What to do.** Ask the publisher what it was trained on. For a copy in another format, look at the card of the source.

**When it is wrong.** Where the data stands in the front matter, in a paper or in the parent's card. Nothing is said of
copies in another format, as their parent or the end of their name shows, nor where a dataset is declared.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import unfilled
from filiation.core.finding import Severity
from filiation.knowledge import load

CONVERTED = load("checks")["names"]["converted"]
_BAD = "# Bird song\n\nA classifier of birds by their song, made for field stations on islands.\n"
_GOOD = _BAD + "\n## Training data\n\nForty thousand recordings of three hundred species, made by volunteers.\n"
CHECK = Check(
    name="training-data-undocumented",
    topic="documentation",
    severity=Severity.LOW,
    en=Wording(
        "Training data not documented",
        "Its card says nothing of what it was trained on.",
        "Ask the publisher what it was trained on.",
    ),
    ja=Wording("学習データの記載がない", "モデルカードに学習データの記載がない。", "何で学習したかを公開者に尋ねる。"),
    bad=among(model("o/bare", beside={"README.md": _BAD})),
    good=among(model("o/told", beside={"README.md": _GOOD})),
    needs=("section",),
    query=unfilled(
        "training_data",
        unless=f"""regexp_matches(name, '{CONVERTED}')
            OR node_id IN (SELECT child FROM named_edge WHERE relation IN ('quantized', 'converted', 'merge', 'trained_on'))""",
    ),
)
