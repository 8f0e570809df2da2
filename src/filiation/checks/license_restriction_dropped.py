"""A restriction of the origin that the declared licence does not have.

**Why it matters.** Who takes the child for free to use breaks the terms of the origin. Of 25,965 edges from a
restrictive parent to a child with a licence, 5,256 lead to a permissive one (counted on the listing of July 2024); of
transitions from models to applications, 35.5 % drop restrictive clauses (License drift, arXiv 2509.09873).

**What to do.** Keep to the restriction, whatever the child declares.

**When it is wrong.** Where the publisher has a permission, or the parent was licensed otherwise at the time.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-restriction-dropped"]
CHECK = Check(
    name="license-restriction-dropped",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Restriction dropped", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording(
        "制限の脱落", f"{KIND['ja']} 該当: {{0}}。", "宣言にかかわらず元の制限に従うか、制限が解除された根拠を公開者に求める。"
    ),
    bad=among(model("o/child", tags=["base_model:p/base", "license:mit"]), model("p/base", tags=["license:cc-by-nc-4.0"])),
    good=among(
        model("o/child", tags=["base_model:p/base", "license:cc-by-nc-4.0"]), model("p/base", tags=["license:cc-by-nc-4.0"])
    ),
    made_by="licenses",
    vocabulary={0: "term"},
)
