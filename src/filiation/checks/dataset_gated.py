"""Training data that one must ask for.

**Why it matters.** The gate is where the data's terms are agreed to. Nobody can check what the model learnt without
agreeing to them, and training again needs access.

**What to do.** Read the terms on the dataset's page before you train again or rely on the model commercially.

**When it is wrong.** Where the gate only asks for an address.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that
from filiation.core.finding import Severity

CHECK = Check(
    name="dataset-gated",
    topic="datasets",
    severity=Severity.INFO,
    en=Wording(
        "Training data is gated",
        "Its training data {0} is handed out on request only.",
        "Read the terms on the dataset's page before you rely on the model.",
    ),
    ja=Wording(
        "学習データは申請制",
        "学習データ {0} の入手には申請が必要である。",
        "モデルに依存する前に、データセットのページで条件を読む。",
    ),
    bad=among(model("o/child", tags=["dataset:d/gated"]), dataset("d/gated", gated="auto")),
    good=among(model("o/child", tags=["dataset:d/open"]), dataset("d/open", gated=False)),
    needs=("gated",),
    query=data_that(
        "relation = 'trained_on'",
        source="named_edge JOIN subject ON node_id = parent AND gated IN ('auto', 'manual')",
        sure="confidence",
    ),
)
