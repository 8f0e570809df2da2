"""Repositories that name one another as parents.

**Why it matters.** One of them was made first, so at least one of the names is wrong, and which one decides whose
licence and data hold. Seven such circles of two to four models stand in the Hub of July 2024 (counted on the listing).

**What to do.** Look at the dates: the parent is the older one. The edge that is set aside is named.

**When it is wrong.** Hardly ever; where two models were merged into each other step by step.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-cycle",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Circle of parents",
        "{0} repositories name one another as parents: {1}.",
        "Correct the base_model of the one that was made first.",
    ),
    ja=Wording(
        "親の循環",
        "{0} 個のリポジトリが互いを親モデルとして挙げている: {1}。",
        "最初に作られたものの base_model を直す。",
    ),
    bad=among(model("o/first", tags=["base_model:o/second"]), model("o/second", tags=["base_model:o/first"])),
    good=among(model("o/first", tags=["base_model:o/second"]), model("o/second")),
    made_by="lineage",
)
