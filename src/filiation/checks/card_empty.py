"""A model card with next to nothing below its front matter.

**Why it matters.** A file that is there but says nothing passes for documentation in every count of cards, and leaves
the same questions open as none. Documentation is missing or inadequate for four in five packages (Jiang et al., ICSE
2023, discussion).

**What to do.** Ask for a description, the training data, an evaluation and the limitations; or read the parent's card
instead.

**When it is wrong.** Where the card is one link to where the documentation is, or all of it stands in a picture.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

ENOUGH_CHARS = 40
CHECK = Check(
    name="card-empty",
    topic="documentation",
    severity=Severity.MEDIUM,
    en=Wording(
        "Empty model card",
        "Its README.md has {0} characters of text below the front matter.",
        "Ask the publisher to describe the model: what it is for, what it was trained on, where it fails.",
    ),
    ja=Wording(
        "モデルカードが空",
        "README.md のメタデータより下には {0} 文字しか書かれていない。",
        "用途、学習データ、限界の記載を公開者に求める。",
    ),
    bad=among(model("o/empty", files=["README.md"], beside={"README.md": "---\nlicense: mit\n---\n\n# Model\n"})),
    good=among(
        model(
            "o/told", beside={"README.md": "---\nlicense: mit\n---\nA classifier of birds by their song, for field stations."}
        )
    ),
    needs=("card",),
    query=f"""
        SELECT node_id, [chars::VARCHAR] AS details, ['file/README.md'] AS locations, 0.95 AS confidence
        FROM (
            SELECT node_id, length(regexp_replace(text, '(?s:<!--.*?-->)|(?m:^#.*$)|\\s+', '', 'g')) AS chars
            FROM card WHERE length(text) < 4000
        ) WHERE chars < {ENOUGH_CHARS}
    """,
)
