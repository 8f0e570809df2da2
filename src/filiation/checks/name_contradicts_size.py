"""The name says another size than the weights, or than the name of the parent.

**Why it matters.** The size decides which machine a model needs and what it costs; people read it from the name.

**What to do.** Go by the number of weights (`filiation identify`), and ask the publisher to rename it.

**When it is wrong.** Where layers were added or taken out of the parent, and the name rightly says so. Packed weights
(GPTQ, AWQ) and adapters are left out: their numbers say nothing of the model's.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-size",
    topic="names",
    severity=Severity.MEDIUM,
    en=Wording(
        "Name and size disagree",
        "Its name says {0}; going by its weights, or its parent, it is {1}.",
        "Go by the number of weights, and ask the publisher to rename it.",
    ),
    ja=Wording(
        "名前と規模が食い違う",
        "名前は {0} を示すが、重みまたは親モデルによれば {1} である。",
        "重みの数に従い、公開者に改名を求める。",
    ),
    bad=among(model("o/story-7b", safetensors={"parameters": {"F16": 1100000000}, "total": 1100000000})),
    good=among(model("o/story-1b", safetensors={"parameters": {"F16": 1100000000}, "total": 1100000000})),
    needs=("name",),
    query=contradicted("parameters", "size", "base-size"),
)
