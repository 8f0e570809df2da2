"""The name says another number of layers or heads than the weights or the configuration.

**Why it matters.** Who counts on a small or a deep model by its name gets another one: its speed and memory follow the
layers.

**What to do.** Go by the weights and the configuration.

**When it is wrong.** Where the number in the name is of one half of the model, such as the encoder.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-layers",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Name and layers disagree",
        "Its name says {0} layers or heads; its weights or its configuration say {1}.",
        "Go by the weights and the configuration, and ask the publisher to rename it.",
    ),
    ja=Wording(
        "名前と層の数が食い違う",
        "名前は層またはヘッドの数を {0} とするが、重みまたは設定は {1} である。",
        "重みと設定に従い、公開者に改名を求める。",
    ),
    bad=among(model("o/bert-12-layers", config={"model_type": "bert", "num_hidden_layers": 4})),
    good=among(model("o/bert-4-layers", config={"model_type": "bert", "num_hidden_layers": 4})),
    needs=("name",),
    query=contradicted("layers", "heads"),
)
