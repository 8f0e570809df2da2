"""The name of a loader where the name of the training data should stand.

**Why it matters.** `imagefolder`, `generator` or `json` say how the data was read, not which data it was: a trainer
wrote them into the card. On the Hub of July 2024 4,224 models name `imagefolder` and 2,056 `generator` (counted on the
listing).

**What to do.** Count the training data as not declared, and ask the publisher.

**When it is wrong.** Hardly ever; a dataset could be called so.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that, words
from filiation.core.finding import Severity
from filiation.knowledge import load

LOADERS = load("names")["loaders"]
CHECK = Check(
    name="dataset-is-a-loader",
    topic="datasets",
    severity=Severity.MEDIUM,
    en=Wording(
        "A loader instead of a dataset",
        "As training data it names {0}, which is a way of reading files and no dataset.",
        "Count the training data as not declared, and ask the publisher which it was.",
    ),
    ja=Wording(
        "データセット名ではなく読み込み方法",
        "学習データとして {0} とあるが、これはファイルの読み込み方法であり、データセットではない。",
        "学習データの宣言はないものとみなし、公開者に尋ねる。",
    ),
    bad=among(model("o/child", tags=["dataset:imagefolder"])),
    good=among(model("o/child", tags=["dataset:d/birds"]), dataset("d/birds")),
    needs=("edge to malformed",),
    query=data_that(
        f"basis = 'declared' AND parent_state = 'malformed' AND list_contains({words(LOADERS)}, lower(parent_name))"
    ),
)
