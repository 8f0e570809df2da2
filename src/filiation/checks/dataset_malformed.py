"""Something stands in the place of the training data that names no dataset.

**Why it matters.** A template's placeholder or a sentence in the field cannot be resolved, so its licence and its
contents stay unknown.

**What to do.** Read the card for what is meant, and ask the publisher for the name in the registry.

**When it is wrong.** Where a person reads the text and knows which dataset is meant.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that, words
from filiation.core.finding import Severity
from filiation.knowledge import load

LOADERS = load("names")["loaders"]
PATH, ADDRESS = (load("checks")["names"][name] for name in ("local_path", "address"))
CHECK = Check(
    name="dataset-malformed",
    topic="datasets",
    severity=Severity.LOW,
    en=Wording(
        "Training data is no dataset's name",
        "In the place of its training data stands {0}, which names no dataset.",
        "Read the card for what is meant, and ask the publisher for the dataset's name.",
    ),
    ja=Wording(
        "データセット名が不正",
        "学習データの欄にある {0} はデータセット名ではない。",
        "モデルカードで意図を確かめ、データセット名を公開者に尋ねる。",
    ),
    bad=among(model("o/child", cardData={"datasets": ["my own recordings"]})),
    good=among(model("o/child", cardData={"datasets": ["d/recordings"]}), dataset("d/recordings")),
    needs=("edge to malformed",),
    query=data_that(
        f"""basis = 'declared' AND parent_state = 'malformed' AND NOT list_contains({words(LOADERS)}, lower(parent_name))
            AND NOT regexp_matches(parent_name, '{PATH}') AND NOT regexp_matches(parent_name, '{ADDRESS}')"""
    ),
)
