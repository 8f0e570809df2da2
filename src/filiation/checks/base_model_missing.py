"""A parent that the registry does not hold.

**Why it matters.** An adapter cannot run without its base, and nobody can check the licence or the data of a parent
that is gone. 2,501 declarations on the Hub of 2024 named such a parent, 1,371 distinct names; two years later 1,166 of
these were still dead and 5 led elsewhere (Stalnaker et al., arXiv 2502.04484, checked again in September 2026).

**What to do.** Ask the publisher which model is meant; keep a copy of the parent, if you have one.

**When it is wrong.** Where the atlas holds only part of a registry, or the parent is withheld from listings. The
less of what is named the atlas holds, the lower the confidence.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import NOT_OVERRULED, parent_that
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-missing",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Parent not in the registry",
        "It names {0} as its parent, which is not in the registry.",
        "Ask the publisher which model is meant; do not rely on what nobody can look at.",
    ),
    ja=Wording(
        "親モデルが存在しない",
        "親モデルとして挙げられた {0} がレジストリにない。",
        "どのモデルを指すのか公開者に確かめる。確認できないものには依存しない。",
    ),
    bad=among(model("o/child", tags=["base_model:gone/parent"])),
    good=among(model("o/child", tags=["base_model:p/parent"]), model("p/parent")),
    needs=("edge to missing",),
    query=parent_that(
        f"parent_state = 'missing' AND {NOT_OVERRULED}",
        source="named_edge JOIN absence ON kind = parent_kind",
        sure="sure * certain",
        severity="CASE WHEN bool_or(relation = 'adapter') THEN 'high' END",
    ),
)
