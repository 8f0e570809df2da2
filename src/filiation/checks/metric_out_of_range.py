"""A result that cannot be so.

**Why it matters.** An accuracy of 103 %, or one below 0, was typed by hand or computed wrongly; the others in the table
come from the same place.

**What to do.** Believe none of the results until the publisher corrects it.

**When it is wrong.** Where the metric is called like a share and is none, such as a mean return called accuracy.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import words
from filiation.core.finding import Severity
from filiation.knowledge import load

SHARES, ERRORS = load("checks")["metrics"]["shares"], load("checks")["metrics"]["errors"]
_BAD, _GOOD = (
    {"model-index": [{"results": [{"dataset": {"type": "d/birds"}, "metrics": [{"type": "accuracy", "value": value}]}]}]}
    for value in (103.2, 93.2)
)
CHECK = Check(
    name="metric-out-of-range",
    topic="metrics",
    severity=Severity.MEDIUM,
    en=Wording(
        "Impossible result",
        "It claims {0} of {1}, which cannot be.",
        "Believe none of its results until the publisher corrects this one.",
    ),
    ja=Wording(
        "ありえない評価値",
        "{0} が {1} とされているが、ありえない値である。",
        "公開者が訂正するまで、ほかの評価結果も信用しない。",
    ),
    bad=among(model("o/score", cardData=_BAD), dataset("d/birds")),
    good=among(model("o/score", cardData=_GOOD), dataset("d/birds")),
    needs=("claim metric",),
    query=f"""
        SELECT node_id, [min(metric), arg_min(number::VARCHAR, (metric, number))] AS details,
            list('claim/' || claim_id ORDER BY claim_id) AS locations, 0.9 AS confidence
        FROM (
            SELECT record_id, claim_id, replace(lower(value::JSON ->> '$.metric'), ' ', '_') AS metric,
                try_cast(value::JSON ->> '$.value' AS DOUBLE) AS number
            FROM claim WHERE predicate = 'metric' AND basis = 'declared' AND contains(pointer, '/results/')
        ) JOIN subject USING (record_id)
        WHERE (list_contains({words(SHARES)}, metric) AND isfinite(number) AND (number < 0 OR number > 100))
            OR (list_contains({words(ERRORS)}, metric) AND isfinite(number) AND number < 0)
        GROUP BY node_id
    """,
)
