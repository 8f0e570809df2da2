"""The name says another version of the base model than the declared parent's name.

**Why it matters.** Llama 2, 3 and 3.1 have three licences: what one asks, another does not.

**What to do.** Compare the weights, and ask the publisher which it is.

**When it is wrong.** Where the number is the model's own version. Only versions right behind an architecture whose
versions are known count.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-version",
    topic="names",
    severity=Severity.MEDIUM,
    en=Wording(
        "Name and version of the parent disagree",
        "Its name says {0}; the parent it declares is {1}.",
        "Compare the weights, and ask the publisher which of them is true.",
    ),
    ja=Wording(
        "名前と親モデルの版が食い違う",
        "名前は {0} を示すが、宣言された親モデルは {1} である。",
        "重みを比べ、どちらが正しいかを公開者に確かめる。",
    ),
    bad=among(model("o/Llama-3-story", tags=["base_model:finetune:p/Llama-2-7b"]), model("p/Llama-2-7b")),
    good=among(model("o/Llama-3-story", tags=["base_model:finetune:p/Meta-Llama-3-8B"]), model("p/Meta-Llama-3-8B")),
    needs=("name",),
    query=contradicted("version"),
)
