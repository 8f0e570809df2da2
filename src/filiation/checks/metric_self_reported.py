"""Results that nobody but the publisher has measured.

**Why it matters.** Of models measured again, 8 of 8 detectors and 3 of 4 image classifiers differed by more than a
point from what was claimed (SCORED 2022, `err.py`). The registry marks a result that it has measured itself as
verified.

**What to do.** Measure on your own data before you rely on it.

**When it is wrong.** It is a fact rather than a defect: hardly any result is verified.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_BAD, _GOOD = (
    {
        "model-index": [
            {"results": [{"dataset": {"type": "d/birds"}, "metrics": [{"type": "f1", "value": 0.9, "verified": verified}]}]}
        ]
    }
    for verified in (False, True)
)
CHECK = Check(
    name="metric-self-reported",
    topic="metrics",
    severity=Severity.INFO,
    en=Wording(
        "Results are the publisher's own",
        "None of its {0} results is marked as verified.",
        "Measure on your own data before you rely on it.",
    ),
    ja=Wording(
        "評価結果は自己申告のみ",
        "評価結果 {0} 件のうち、検証済みのものはない。",
        "依存する前に自分のデータで測る。",
    ),
    bad=among(model("o/score", cardData=_BAD)),
    good=among(model("o/score", cardData=_GOOD)),
    needs=("claim metric",),
    query="""
        SELECT node_id, [count(*)::VARCHAR] AS details, ['claim/' || min(claim_id)] AS locations, 0.9 AS confidence
        FROM claim JOIN subject USING (record_id)
        WHERE predicate = 'metric' AND basis = 'declared' AND contains(pointer, '/results/')
        GROUP BY node_id HAVING bool_and(coalesce(value::JSON ->> '$.verified', 'false') <> 'true')
    """,
)
