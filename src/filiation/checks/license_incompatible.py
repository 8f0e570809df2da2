"""Two share-alike licences that do not allow each other.

**Why it matters.** Each wants the work under itself alone, so nobody may pass it on. Matrices for open-source software
find 54 such uses among 22,861 (PeaTMOSS), because they lack the licences that models have.

**What to do.** Do not pass it on until a lawyer or the publishers say under which it may be.

**When it is wrong.** Where one of them was written to be compatible with the other and our list
(`license_compatibility.toml`) lacks the pair.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-incompatible"]
CHECK = Check(
    name="license-incompatible",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Incompatible licenses", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording(
        "両立しないライセンス", f"{KIND['ja']} 該当: {{0}}。", "どのライセンスで配布できるかが確かめられるまで再配布しない。"
    ),
    bad=among(model("o/child", tags=["base_model:p/base", "license:cc-by-sa-4.0"]), model("p/base", tags=["license:gpl-2.0"])),
    good=among(model("o/child", tags=["base_model:p/base", "license:gpl-2.0"]), model("p/base", tags=["license:gpl-2.0"])),
    made_by="licenses",
    vocabulary={0: "term"},
)
