"""The name says another architecture than the weights, or the configuration where the atlas has no weights.

**Why it matters.** Code is written, and models are chosen, by the name; weights of another architecture do not load, or
behave otherwise. Of two models on the Hub in July 2024 whose names and model types could be compared, one in two
hundred contradicts itself.

**What to do.** Go by the weights and the configuration. Ask the publisher to rename it.

**When it is wrong.** Where the name tells what the model imitates, was distilled from, or is fed into. What a name may
honestly say stands in `knowledge/name_exceptions.toml`: RoBERTa in a BERT class, Mistral in a Llama class, and the
like.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-architecture",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Name and architecture disagree",
        "Its name says {0}; its weights or its configuration are of {1}.",
        "Go by the weights and the configuration, and ask the publisher to rename it.",
    ),
    ja=Wording(
        "名前とアーキテクチャが食い違う",
        "名前は {0} を示すが、重みまたは設定は {1} である。",
        "重みと設定に従い、公開者に改名を求める。",
    ),
    bad=among(model("o/gemma-chat-7b", tags=["stablelm"], config={"model_type": "stablelm"})),
    good=among(model("o/roberta-wwm-base", tags=["bert"], config={"model_type": "bert"})),
    needs=("name",),
    query=contradicted("architecture"),
)
