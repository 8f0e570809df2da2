"""Made from something whose licence allows no derivatives.

**Why it matters.** Without a permission the model should not exist, and whoever passes it on infringes as well.

**What to do.** Find out whether the publisher has a permission.

**When it is wrong.** Where a conversion counts as a mere change of format, which some licences of this kind allow.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-no-derivatives"]
CHECK = Check(
    name="license-no-derivatives",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("No derivatives allowed", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording(
        "派生物が認められていない", f"{KIND['ja']} 該当: {{0}}。", "許可の有無を公開者に確かめる。許可がなければ使わない。"
    ),
    bad=among(model("o/child", tags=["base_model:p/base", "license:mit"]), model("p/base", tags=["license:cc-by-nd-4.0"])),
    good=among(model("o/child", tags=["base_model:p/base", "license:mit"]), model("p/base", tags=["license:mit"])),
    made_by="licenses",
    vocabulary={0: "term"},
)
