"""The name says another base model than the declared parent's name.

**Why it matters.** Licence and limits are asked of the base: Mistral's are not Llama's. One of the two, name or
declaration, misleads.

**What to do.** Compare the weights (`filiation weights compare`), and ask the publisher which it is.

**When it is wrong.** Where the name tells a teacher or an idea, and the parent the weights. Merges are left out.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-base",
    topic="names",
    severity=Severity.MEDIUM,
    en=Wording(
        "Name and parent disagree",
        "Its name says {0}; the parent it declares is {1}.",
        "Compare the weights, and ask the publisher which of them is true.",
    ),
    ja=Wording(
        "名前と親モデルが食い違う",
        "名前は {0} を示すが、宣言された親モデルは {1} である。",
        "重みを比べ、どちらが正しいかを公開者に確かめる。",
    ),
    bad=among(model("o/my-mistral-chat", tags=["base_model:finetune:p/gemma-2b"]), model("p/gemma-2b")),
    good=among(model("o/my-mistral-chat", tags=["base_model:finetune:p/mistral-7b"]), model("p/mistral-7b")),
    needs=("name",),
    query=contradicted("base"),
)
