"""A training set that the registry does not hold.

**Why it matters.** Without the data nobody can check its licence, its bias, or whether the test set was in it. Datasets
are rarely documented at all (Pepe et al., ICPC 2024).

**What to do.** Ask the publisher where the data is. Many old names stand for datasets that have moved.

**When it is wrong.** Often: the field is also used for well-known datasets that lie elsewhere, and for private ones.
The less of what is named the atlas
holds, the lower the confidence.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that
from filiation.core.finding import Severity

CHECK = Check(
    name="dataset-missing",
    topic="datasets",
    severity=Severity.LOW,
    en=Wording(
        "Training data not in the registry",
        "It names {0} as training data, which is not in the registry.",
        "Ask the publisher where the data is and under which terms.",
    ),
    ja=Wording(
        "学習データが存在しない",
        "学習データとして挙げられた {0} がレジストリにない。",
        "データの所在と利用条件を公開者に確かめる。",
    ),
    bad=among(model("o/child", tags=["dataset:gone/data"]), dataset("d/data")),
    good=among(model("o/child", tags=["dataset:d/data"]), dataset("d/data")),
    needs=("edge to missing",),
    query=data_that(
        "basis = 'declared' AND parent_state = 'missing' AND taken IS NULL",
        source="""named_edge JOIN absence ON kind = parent_kind
            LEFT JOIN (SELECT DISTINCT lower(name) AS taken FROM subject WHERE kind = 'model' AND state = 'present') AS model
            ON taken = lower(parent_name)""",
        sure="sure * certain",
    ),
)
