"""No file with the licence or the notice of the origin.

**Why it matters.** Nearly every licence asks that its text or a notice go with each copy; 5.75 % of applications keep
the notices of the models that they use, and 6.38 % keep any upstream notice (Permissive-washing, arXiv 2602.08816).

**What to do.** Add the licence text and the notice when you pass it on.

**When it is wrong.** Where the card holds them. Nothing is said of a repository whose files are not listed.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-notice-missing"]
CHECK = Check(
    name="license-notice-missing",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Notice missing", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording("告知の欠落", f"{KIND['ja']} 該当: {{0}}。", "再配布するときはライセンス本文と告知を添付する。"),
    bad=among(
        model("o/child", tags=["base_model:p/base", "license:apache-2.0"], files=["README.md", "model.safetensors"]),
        model("p/base", tags=["license:apache-2.0"]),
    ),
    good=among(
        model("o/child", tags=["base_model:p/base", "license:apache-2.0"], files=["LICENSE", "NOTICE", "model.safetensors"]),
        model("p/base", tags=["license:apache-2.0"]),
    ),
    made_by="licenses",
    vocabulary={0: "term"},
)
