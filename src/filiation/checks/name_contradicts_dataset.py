"""The name says another dataset than those declared.

**Why it matters.** Licence and bias of the training data follow the dataset: one of the two misleads.

**What to do.** Ask the publisher which data it was.

**When it is wrong.** Where the name is older than the last training, or the declared dataset is of an earlier one.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-dataset",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Name and dataset disagree",
        "Its name says {0}; declared is {1}.",
        "Ask the publisher which data it was trained on.",
    ),
    ja=Wording(
        "名前とデータセットが食い違う",
        "名前は {0} を示すが、宣言されたデータセットは {1} である。",
        "どのデータで学習したかを公開者に確かめる。",
    ),
    bad=among(model("o/swin-finetuned-eurosat", tags=["dataset:cifar10"])),
    good=among(model("o/swin-finetuned-eurosat", tags=["dataset:eurosat"])),
    needs=("name",),
    query=contradicted("dataset"),
)
