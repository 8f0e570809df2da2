"""A name that does not begin as the origin's licence asks.

**Why it matters.** Some licences want the name of a derivative to begin with the name of the origin, such as "Llama
3". Of 3,330 models under llama3 in July 2024, 1,355 begin so (counted on the listing).

**What to do.** If you publish what you make from it, begin its name so.

**When it is wrong.** Where the clause binds only those who redistribute, or the name stands in the card's title.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

KIND = load("license_conflicts")["license-naming-clause"]
CHECK = Check(
    name="license-naming-clause",
    topic="license",
    severity=Severity(KIND["severity"]),
    en=Wording("Name does not begin as asked", f"{KIND['message']} In question: {{0}}.", KIND["remedy"]),
    ja=Wording(
        "名称条項への不適合",
        f"{KIND['ja']} 該当: {{0}}。",
        "公開者に改名を求める。派生物を公開するときは名前をその語で始める。",
    ),
    bad=among(
        model("o/bird-8b", tags=["base_model:p/Meta-Llama-3-8B", "license:llama3"]),
        model("p/Meta-Llama-3-8B", tags=["license:llama3"]),
    ),
    good=among(
        model("o/Llama-3-bird-8b", tags=["base_model:p/Meta-Llama-3-8B", "license:llama3"]),
        model("p/Meta-Llama-3-8B", tags=["license:llama3"]),
    ),
    made_by="licenses",
    vocabulary={0: "term"},
)
