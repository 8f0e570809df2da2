"""A path on the publisher's machine where the name of the training data should stand.

**Why it matters.** The data is in nobody else's reach: the model cannot be made again, and nobody can say what was in
it. The path may also tell who trained it, and where.

**What to do.** Ask the publisher to put the data into the registry, or to say what it is.

**When it is wrong.** Where a dataset's name only looks like a file.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that
from filiation.core.finding import Severity
from filiation.knowledge import load

PATH = load("checks")["names"]["local_path"]
CHECK = Check(
    name="dataset-local-path",
    topic="datasets",
    severity=Severity.MEDIUM,
    en=Wording(
        "Training data on somebody's machine",
        "Its training data is given as {0}, a path or file on the publisher's machine.",
        "Ask the publisher to say what the data is, or to put it where others can look at it.",
    ),
    ja=Wording(
        "学習データが手元のパス",
        "学習データが {0} と、公開者の手元のパスやファイルで示されている。",
        "データの内容を明らかにするか公開するよう、公開者に求める。",
    ),
    bad=among(model("o/child", cardData={"datasets": ["/home/me/data/train.jsonl"]})),
    good=among(model("o/child", cardData={"datasets": ["d/train"]}), dataset("d/train")),
    query=data_that(
        f"basis = 'declared' AND parent_state IN ('malformed', 'missing') AND regexp_matches(parent_name, '{PATH}')"
    ),
)
