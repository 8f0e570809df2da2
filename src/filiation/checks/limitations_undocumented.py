"""A card that says nothing of where the model fails.

**Why it matters.** Limitations are the part of cards that is filled least: in 17.4 % of the cards of 2022, against 74.3
% for training (Liang et al. 2024). Who does not know where a model fails finds out in use.

**What to do.** Try it on your own hard cases, and ask the publisher what is known.

**When it is wrong.** Where the limits stand in a paper that the card links to.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import unfilled
from filiation.core.finding import Severity

_BAD = "# Bird song\n\nA classifier of birds by their song, made for field stations on islands.\n"
_GOOD = _BAD + "\n## Limitations\n\nIt does poorly in wind and wherever a road is near the microphone.\n"
CHECK = Check(
    name="limitations-undocumented",
    topic="documentation",
    severity=Severity.LOW,
    en=Wording(
        "Limitations not documented",
        "Its card says nothing of where it fails.",
        "Try it on your own hard cases, and ask the publisher what is known.",
    ),
    ja=Wording(
        "限界の記載がない", "モデルカードに限界や偏りの記載がない。", "自分の難しい例で試し、既知の限界を公開者に尋ねる。"
    ),
    bad=among(model("o/bare", beside={"README.md": _BAD})),
    good=among(model("o/told", beside={"README.md": _GOOD})),
    needs=("section",),
    query=unfilled("limitations"),
)
