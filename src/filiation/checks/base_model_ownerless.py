"""A parent named without its owner, and found by guessing.

**Why it matters.** Whoever publishes a repository of that name can become the parent: the confusion that package
registries know. 16,542 declarations of July 2024, 13 %, had no owner (counted on the listing).

**What to do.** Ask for the full name. The message says which repository we took it for.

**When it is wrong.** Hardly ever: the name has no owner; only our guess may be wrong.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import parents_read_as
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-ownerless",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Parent named without owner",
        "It names its parent {0}, without an owner; we take it for {1}.",
        "Make sure that this is the model that was meant, and name it in full.",
    ),
    ja=Wording(
        "親モデルに所有者名がない",
        "親モデルは所有者名なしで {0} と書かれており、{1} とみなした。",
        "意図されたモデルかを確かめ、完全な名前で書く。",
    ),
    bad=among(model("o/child", tags=["base_model:parent"]), model("p/parent")),
    good=among(model("o/child", tags=["base_model:p/parent"]), model("p/parent")),
    needs=("claim base_model",),
    query=parents_read_as("owner", "sole", confidence=0.9),
)
