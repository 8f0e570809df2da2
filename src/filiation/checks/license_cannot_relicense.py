"""A share-alike origin under a child that declares another licence.

**Why it matters.** A licence with copyleft lets a derivative be passed on only under itself; the declared one gives
rights that its publisher does not have.

**What to do.** Treat it as under the licence of its origin.

**When it is wrong.** Where the publisher holds the rights to both.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-cannot-relicense"]
CHECK = Check(
    name="license-cannot-relicense",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Cannot be relicensed", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording("再許諾できない", f"{KIND['ja']} 該当: {{0}}。", "元のモデルのライセンスの下にあるものとして扱う。"),
    bad=among(model("o/child", tags=["base_model:p/base", "license:mit"]), model("p/base", tags=["license:gpl-3.0"])),
    good=among(model("o/child", tags=["base_model:p/base", "license:gpl-3.0"]), model("p/base", tags=["license:gpl-3.0"])),
    made_by="licenses",
    vocabulary={0: "term"},
)
