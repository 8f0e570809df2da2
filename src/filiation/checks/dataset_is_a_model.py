"""A model named where the training data should stand.

**Why it matters.** Either the parent is in the wrong field, and descent and licence are lost, or the data came out of
that model, and its terms on outputs may hold (Stalnaker et al. note both in their list of documentation defects).

**What to do.** Ask which of the two is meant: declare a parent in `base_model`, outputs in the card.

**When it is wrong.** Where a dataset of the same name exists and is withheld from the listing.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.finding import Severity

CHECK = Check(
    name="dataset-is-a-model",
    topic="datasets",
    severity=Severity.MEDIUM,
    en=Wording(
        "A model instead of a dataset",
        "As training data it names {0}, which is a model.",
        "Ask whether it is the parent or the source of the data; a parent belongs into base_model.",
    ),
    ja=Wording(
        "データセットではなくモデル",
        "学習データとして挙げられた {0} はモデルである。",
        "親モデルなのかデータの生成元なのかを確かめる。親なら base_model に書く。",
    ),
    bad=among(model("o/child", tags=["dataset:p/parent"]), model("p/parent"), dataset("d/birds")),
    good=among(model("o/child", tags=["dataset:p/parent"]), dataset("p/parent")),
    needs=("edge to missing", "edge to dataset"),
    query="""
        SELECT child AS node_id, [arg_min(held.name, edge_id)] AS details, ['edge/' || min(edge_id)] AS locations,
            max(sure * certain) AS confidence
        FROM named_edge JOIN subject AS held
            ON held.kind = 'model' AND held.state = 'present' AND lower(held.name) = lower(parent_name)
        JOIN absence ON absence.kind = parent_kind
        WHERE basis = 'declared' AND relation IN ('trained_on', 'derived_from') AND parent_kind = 'dataset'
            AND parent_state = 'missing'
            AND contains(parent_name, '/')
        GROUP BY child
    """,
)
