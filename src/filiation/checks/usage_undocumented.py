"""A card that does not say how to run the model.

**Why it matters.** Demos and code are a factor of reproducibility (Jiang et al., ICSE 2023, table I), and the first
thing that whoever tries a model needs.

**What to do.** Look for code in the parent's card, and ask the publisher.

**When it is wrong.** Where the registry's own page shows code for the library that is declared.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import unfilled
from filiation.core.finding import Severity

_BAD = "# Bird song\n\nA classifier of birds by their song, made for field stations on islands.\n"
_GOOD = _BAD + "\n## How to use\n\n```python\nfrom transformers import pipeline\nbirds = pipeline(model='o/told')\n```\n"
CHECK = Check(
    name="usage-undocumented",
    topic="documentation",
    severity=Severity.INFO,
    en=Wording(
        "How to run it is not documented",
        "Its card does not say how to run it.",
        "Look for code in the parent's card, and ask the publisher.",
    ),
    ja=Wording("使い方の記載がない", "モデルカードに使い方の記載がない。", "親モデルのカードを参照し、公開者に尋ねる。"),
    bad=among(model("o/bare", beside={"README.md": _BAD})),
    good=among(model("o/told", beside={"README.md": _GOOD})),
    needs=("section",),
    query=unfilled("get_started"),
)
