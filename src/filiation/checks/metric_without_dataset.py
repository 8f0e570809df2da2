"""A result that does not say on which data it was measured.

**Why it matters.** A number without a dataset can be compared with nothing. Only 4.2 % of models had machine-readable
results at all in 2022 (Jiang et al., ICSE 2023, the sum of figure 7).

**What to do.** Leave the number out of comparisons; ask the publisher for the dataset.

**When it is wrong.** Where the card's text names the dataset.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="metric-without-dataset",
    topic="metrics",
    severity=Severity.LOW,
    en=Wording(
        "Results without a dataset",
        "{0} of its results do not say on which dataset they were measured.",
        "Leave them out of comparisons, and ask the publisher for the dataset.",
    ),
    ja=Wording(
        "評価データの記載がない",
        "評価結果のうち {0} 件は、どのデータで測ったかが書かれていない。",
        "比較には使わず、評価データを公開者に尋ねる。",
    ),
    bad=among(
        model("o/score", cardData={"model-index": [{"results": [{"metrics": [{"type": "accuracy", "value": 0.9}]}]}]}),
    ),
    good=among(
        model(
            "o/score",
            cardData={
                "model-index": [
                    {"results": [{"dataset": {"type": "d/birds"}, "metrics": [{"type": "accuracy", "value": 0.9}]}]}
                ]
            },
        ),
    ),
    needs=("claim metric",),
    query="""
        SELECT node_id, [count(*)::VARCHAR] AS details, list('claim/' || claim_id ORDER BY claim_id) AS locations,
            0.9 AS confidence
        FROM claim JOIN subject USING (record_id)
        WHERE predicate = 'metric' AND basis = 'declared' AND contains(pointer, '/results/')
            AND coalesce(trim(value::JSON ->> '$.dataset'), '') = ''
        GROUP BY node_id
    """,
)
