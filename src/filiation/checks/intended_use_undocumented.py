"""A card that does not say what the model is for.

**Why it matters.** Out-of-scope use is where models do harm, and only the publisher can say what was in scope. Uses are
the second part of the Hub's annotated template.

**What to do.** Ask the publisher before you use it for anything that matters.

**When it is wrong.** Where the task makes the use plain.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import unfilled
from filiation.core.finding import Severity

_BAD = "# Bird song\n\nTrained for three epochs with Adam at a learning rate of 0.001 over two days.\n"
_GOOD = (
    "# Bird song\n\n## Intended uses\n\nIt is intended for biologists who count birds by their song at field stations."
    " It is not meant for hunting.\n"
)
CHECK = Check(
    name="intended-use-undocumented",
    topic="documentation",
    severity=Severity.INFO,
    en=Wording(
        "Intended use not documented",
        "Its card does not say what it is meant for.",
        "Ask the publisher before you use it for anything that matters.",
    ),
    ja=Wording("用途の記載がない", "モデルカードに想定用途の記載がない。", "重要な用途に使う前に公開者に尋ねる。"),
    bad=among(model("o/bare", beside={"README.md": _BAD})),
    good=among(model("o/told", beside={"README.md": _GOOD})),
    needs=("section",),
    query=unfilled("direct_use", "out_of_scope_use", "downstream_use"),
)
