"""A licence file holds another text than the field declares.

**Why it matters.** The file is the text that goes with each copy, and the one that a court would read; the field is
what a program reads.

**What to do.** Ask the publisher which one holds; until then count with the stricter.

**When it is wrong.** Where the file belongs to a part of the repository, such as code that comes with the weights.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-file-disagrees",
    topic="license",
    severity=Severity.MEDIUM,
    en=Wording(
        "License file disagrees",
        "The license field says {0}, {1} says {2}.",
        "Ask the publisher which one holds; until then count with the stricter.",
    ),
    ja=Wording(
        "ライセンスファイルとの食い違い",
        "ライセンス欄は {0}、{1} は {2} としている。",
        "どちらが有効か公開者に尋ね、それまでは厳しい方に従う。",
    ),
    bad=among(
        model("o/two", cardData={"license": "apache-2.0"}, beside={"LICENSE": "This model is licensed under CC-BY-NC-4.0."})
    ),
    good=among(
        model("o/one", cardData={"license": "cc-by-nc-4.0"}, beside={"LICENSE": "This model is licensed under CC-BY-NC-4.0."})
    ),
    made_by="licenses",
    vocabulary={0: "license", 2: "license"},
)
