"""A result without a number.

**Why it matters.** An empty or broken value shows that the training failed or the card was made by a program that
nobody checked.

**What to do.** Do not count it as a result.

**When it is wrong.** Where the value is a mean with its spread written as text, such as `200.1 +/- 14.2`: these are
left out.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_BAD, _GOOD = (
    {"model-index": [{"results": [{"dataset": {"type": "d/birds"}, "metrics": [{"type": "wer", "value": value}]}]}]}
    for value in ("NaN", 12.5)
)
CHECK = Check(
    name="metric-not-a-number",
    topic="metrics",
    severity=Severity.LOW,
    en=Wording(
        "Result without a number",
        "{0} of its results have no number: {1}.",
        "Do not count them as results, and ask the publisher to correct them.",
    ),
    ja=Wording(
        "数値のない評価結果",
        "評価結果のうち {0} 件に数値がない: {1}。",
        "結果として数えず、公開者に訂正を求める。",
    ),
    bad=among(model("o/score", cardData=_BAD)),
    good=among(model("o/score", cardData=_GOOD)),
    needs=("claim metric",),
    query="""
        SELECT node_id,
            [
                count(*)::VARCHAR,
                array_to_string(list_sort(list(DISTINCT metric || ' = ' || coalesce(text, 'null'))), ', ')
            ] AS details,
            list('claim/' || claim_id ORDER BY claim_id) AS locations, 0.9 AS confidence
        FROM (
            SELECT record_id, claim_id, coalesce(value::JSON ->> '$.metric', '?') AS metric, value::JSON ->> '$.value' AS text
            FROM claim WHERE predicate = 'metric' AND basis = 'declared' AND contains(pointer, '/results/')
        ) JOIN subject USING (record_id)
        WHERE coalesce(trim(text), '') = '' OR NOT regexp_matches(text, '[0-9]')
        GROUP BY node_id
    """,
)
