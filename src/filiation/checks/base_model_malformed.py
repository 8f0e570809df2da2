"""Something stands in the place of the parent that names no repository.

**Why it matters.** A path on the publisher's machine, or "None", shows that the field was filled by a program: the real
parent is known to nobody. 180 of the dead parents of 2024 were no names at all (Stalnaker et al., checked again in
September 2026).

**What to do.** Ask the publisher for the parent's name in the registry.

**When it is wrong.** Where a person reads the text and knows what is meant.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import parent_that
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-malformed",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Parent is no repository",
        "In the place of its parent stands {0}, which names no repository.",
        "Ask the publisher for the parent's name in the registry.",
    ),
    ja=Wording(
        "親モデルの名前が不正",
        "親モデルの欄にある {0} はリポジトリ名ではない。",
        "レジストリ上の親モデルの名前を公開者に確かめる。",
    ),
    bad=among(model("o/child", cardData={"base_model": "/home/me/checkpoints/last"})),
    good=among(model("o/child", cardData={"base_model": "p/parent"}), model("p/parent")),
    needs=("edge to malformed",),
    query=parent_that("parent_state = 'malformed' AND basis = 'declared'"),
)
