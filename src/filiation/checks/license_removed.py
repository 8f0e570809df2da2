"""No licence, where a parent declares one.

**Why it matters.** The terms of the parent go on to hold, and whoever takes the child does not see them. Along 105,414
edges of July 2024 18,489 licences were dropped (counted on the listing).

**What to do.** Count on the terms of what it descends from; ask the publisher for a licence.

**When it is wrong.** Where the child's licence stands in its card; a statement there that we read counts as declared.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-removed"]
CHECK = Check(
    name="license-removed",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("License removed", KIND["message"], KIND["remedy"]),
    ja=Wording("ライセンスの脱落", KIND["ja"], "公開者にライセンスを求める。それまでは元のモデルの条件に従う。"),
    bad=among(model("o/child", tags=["base_model:p/base"]), model("p/base", tags=["license:apache-2.0"])),
    good=among(
        model("o/child", tags=["base_model:p/base", "license:apache-2.0"]), model("p/base", tags=["license:apache-2.0"])
    ),
    made_by="licenses",
)
