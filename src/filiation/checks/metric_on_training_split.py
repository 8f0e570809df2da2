"""A result measured on the data that the model was trained on.

**Why it matters.** It says how well the model remembers, not how well it does on what it has not seen.

**What to do.** Ask for a result on a split that was held out.

**When it is wrong.** Often: a trainer writes the split that the data was loaded from, though part of it was held out,
and some datasets have no other split.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_BAD, _GOOD = (
    {
        "datasets": ["d/birds"],
        "model-index": [
            {"results": [{"dataset": {"type": "d/birds", "split": split}, "metrics": [{"type": "f1", "value": 0.9}]}]}
        ],
    }
    for split in ("train", "test")
)
CHECK = Check(
    name="metric-on-training-split",
    topic="metrics",
    severity=Severity.LOW,
    en=Wording(
        "Measured on the training split",
        "{0} of its results name the split train of {1}.",
        "Ask for a result on a split that was held out.",
    ),
    ja=Wording(
        "学習用分割での評価",
        "評価結果のうち {0} 件は {1} の train 分割によるとされている。",
        "学習に使っていない分割での結果を公開者に求める。",
    ),
    bad=among(model("o/score", cardData=_BAD)),
    good=among(model("o/score", cardData=_GOOD)),
    needs=("claim metric",),
    query="""
        SELECT node_id, [count(*)::VARCHAR, min(said)] AS details,
            list('claim/' || claim_id ORDER BY claim_id) AS locations,
            CASE WHEN bool_or(trained) THEN 0.4 ELSE 0.3 END AS confidence
        FROM (
            SELECT record_id, claim_id, value::JSON ->> '$.dataset' AS said, trained.record_id IS NOT NULL AS trained
            FROM claim LEFT JOIN (
                SELECT DISTINCT record_id, lower(value) AS data FROM claim WHERE predicate = 'dataset'
            ) AS trained USING (record_id)
            WHERE predicate = 'metric' AND basis = 'declared' AND value::JSON ->> '$.split' = 'train'
                AND (data IS NULL OR data = lower(value::JSON ->> '$.dataset'))
        ) JOIN subject USING (record_id)
        GROUP BY node_id
    """,
)
