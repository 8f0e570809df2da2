"""The card's text says another licence than the field.

**Why it matters.** Many cards declare a permissive tag and forbid commercial use in a sentence. Who reads the tag only
misses the terms that the publisher meant.

**What to do.** Ask the publisher which one holds; until then count with the stricter.

**When it is wrong.** Where the sentence speaks of the data, the code or the parent; the confidence says how sure we are
that it speaks of the model.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-prose-disagrees",
    topic="license",
    severity=Severity.MEDIUM,
    en=Wording(
        "Card disagrees with the license field",
        "The license field says {0}, the card says {1}.",
        "Ask the publisher which one holds; until then count with the stricter.",
    ),
    ja=Wording(
        "モデルカードとの食い違い",
        "ライセンス欄は {0}、モデルカード本文は {1} としている。",
        "どちらが有効か公開者に尋ね、それまでは厳しい方に従う。",
    ),
    bad=among(
        model(
            "o/two",
            cardData={"license": "mit"},
            beside={"README.md": "## License\n\nThis model is released under CC-BY-NC-4.0.\n"},
        )
    ),
    good=among(
        model(
            "o/one",
            cardData={"license": "mit"},
            beside={"README.md": "## License\n\nThis model is released under the MIT license.\n"},
        )
    ),
    made_by="licenses",
    vocabulary={0: "license", 1: "license"},
)
