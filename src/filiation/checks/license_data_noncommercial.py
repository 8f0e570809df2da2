"""A permissive licence over data that is not for commercial use.

**Why it matters.** Whether terms of data reach a model is not settled. 2,601 of 36,825 permissive models of July 2024
name such data (Stalnaker et al., replication package).

**What to do.** Ask a lawyer before commercial use.

**When it is wrong.** Where the data was used for evaluation only, or the law of your place lets models be trained on
it. Where a dataset declares several licences, one for each of its parts, and another part was used.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-data-noncommercial"]
CHECK = Check(
    name="license-data-noncommercial",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Data not for commercial use", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording("非商用データでの学習", f"{KIND['ja']} 該当: {{0}}。", "商用利用の前に法律家に相談する。"),
    bad=among(model("o/child", tags=["dataset:d/birds", "license:mit"]), dataset("d/birds", tags=["license:cc-by-nc-4.0"])),
    good=among(model("o/child", tags=["dataset:d/birds", "license:mit"]), dataset("d/birds", tags=["license:cc-by-4.0"])),
    made_by="licenses",
    vocabulary={0: "term"},
)
