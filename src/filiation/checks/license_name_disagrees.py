"""The licence's name or link says another licence than the field.

**Why it matters.** The registry shows the field; the name and the link lead to the text that binds. Tag, file and card
can disagree (see the facts, trap 1).

**What to do.** Ask the publisher which one holds; until then count with the stricter.

**When it is wrong.** Where both are names of the same licence and our catalogue does not know it.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-name-disagrees",
    topic="license",
    severity=Severity.MEDIUM,
    en=Wording(
        "License name disagrees",
        "The license field says {0}, license_name or license_link says {1}.",
        "Ask the publisher which one holds; until then count with the stricter.",
    ),
    ja=Wording(
        "ライセンス名との食い違い",
        "ライセンス欄は {0}、license_name または license_link は {1} としている。",
        "どちらが有効か公開者に尋ね、それまでは厳しい方に従う。",
    ),
    bad=among(model("o/two", cardData={"license": "mit", "license_name": "cc-by-nc-4.0"}, beside={"README.md": "A model."})),
    good=among(model("o/one", cardData={"license": "mit", "license_name": "mit"}, beside={"README.md": "A model."})),
    made_by="licenses",
    vocabulary={0: "license", 1: "license"},
)
