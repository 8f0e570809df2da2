"""An obligation of the origin that the declared licence does not pass on.

**Why it matters.** The obligation holds for whoever passes the child on, though its licence does not speak of it: to
pass on restrictions of use, to name the origin, to offer the source.

**What to do.** Meet the obligations of what it descends from as well.

**When it is wrong.** Where the obligation binds only those who change the work further, and nobody does.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-obligation-dropped"]
CHECK = Check(
    name="license-obligation-dropped",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Obligation dropped", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording("義務の脱落", f"{KIND['ja']} 該当: {{0}}。", "元のモデルの義務も果たす。"),
    bad=among(model("o/llama-child", tags=["base_model:p/base", "license:mit"]), model("p/base", tags=["license:llama3"])),
    good=among(model("o/llama-child", tags=["base_model:p/base", "license:llama3"]), model("p/base", tags=["license:llama3"])),
    made_by="licenses",
    vocabulary={0: "term"},
)
