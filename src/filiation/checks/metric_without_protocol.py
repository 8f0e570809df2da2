"""A result that does not say how it was measured.

**Why it matters.** Split, configuration and revision of the data decide the number: of detectors that were measured
again, 8 of 8 were off by more than a point, all in the same direction, because of the pipeline rather than the weights
(SCORED 2022, `err.py`).

**What to do.** Ask for the split, the version of the data and the code that measured; allow for a tolerance until then.

**When it is wrong.** Where the card's text or a linked script says it. Agents are left out: an environment
has no split.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_RESULT = {"dataset": {"type": "d/birds"}, "metrics": [{"type": "accuracy", "value": 0.9}]}
CHECK = Check(
    name="metric-without-protocol",
    topic="metrics",
    severity=Severity.LOW,
    en=Wording(
        "Results without a protocol",
        "{0} of its results name neither split nor configuration nor revision of the data.",
        "Ask for split, version of the data and the code that measured.",
    ),
    ja=Wording(
        "評価手順の記載がない",
        "評価結果のうち {0} 件は、分割・設定・データの版のいずれも書かれていない。",
        "分割、データの版、測定に使ったコードを公開者に尋ねる。",
    ),
    bad=among(model("o/score", cardData={"model-index": [{"results": [_RESULT]}]})),
    good=among(
        model(
            "o/score",
            cardData={"model-index": [{"results": [_RESULT | {"dataset": {"type": "d/birds", "split": "test"}}]}]},
        ),
    ),
    needs=("claim metric",),
    query="""
        SELECT node_id, [count(*)::VARCHAR] AS details, list('claim/' || claim_id ORDER BY claim_id) AS locations,
            0.85 AS confidence
        FROM claim JOIN subject USING (record_id)
        WHERE predicate = 'metric' AND basis = 'declared' AND contains(pointer, '/results/')
            AND coalesce(trim(value::JSON ->> '$.dataset'), '') <> ''
            AND coalesce(value::JSON ->> '$.split', value::JSON ->> '$.config', value::JSON ->> '$.revision',
                nullif(value::JSON ->> '$.args', '{}')) IS NULL
            AND coalesce(value::JSON ->> '$.task', '') <> 'reinforcement-learning'
        GROUP BY node_id
    """,
)
