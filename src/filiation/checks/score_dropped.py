"""A score that is worse than when it was measured before, by the same protocol.

**Why it matters.** A new revision under the same name may be worse at what it was chosen for, and nobody says so. Where the
same revision was measured twice with different results, the measurement cannot be repeated.

**What to do.** Pin the revision that was measured to be good; look at what changed between the two (`filiation scores REF`).

**When it is wrong.** Where the harness changed what it asks without a new version, or another machine rounds differently.
"""

from __future__ import annotations

import json

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity


def _runs(*values: float) -> dict[str, str]:
    """Return what a leaderboard holds of one model: a row for each revision."""
    rows = [
        {
            "fullname": "o/score", "Model sha": f"{number:040x}", "Precision": "bfloat16", "Chat Template": "False",
            "MMLU-PRO Raw": str(value), "Submission Date": f"2024-07-0{number}",
        }
        for number, value in enumerate(values, 1)
    ]  # fmt: skip
    return {"scores.json": json.dumps({"format": "open-llm-leaderboard", "file": "board.csv", "document": {"rows": rows}})}


CHECK = Check(
    name="score-dropped",
    topic="metrics",
    severity=Severity.MEDIUM,
    en=Wording(
        "A score dropped",
        "{0} was measured with {1}, and then with {2}.",
        "Pin the revision that was measured to be good, and look at what changed since.",
    ),
    ja=Wording(
        "評価値の低下",
        "{0} の測定値が {1} から {2} に下がった。",
        "良い値が測定されたリビジョンを固定し、その後の変更を調べる。",
    ),
    bad=among(model("o/score", beside=_runs(0.5, 0.4))),
    good=among(model("o/score", beside=_runs(0.5, 0.505))),
    needs=("score step",),
    query="""
        SELECT node_id, [arg_max(what, size), arg_max("before", size), arg_max("after", size)] AS details,
            arg_max(locations, size) AS locations, arg_max(confidence, size) AS confidence
        FROM (
            SELECT name, metric || ' on ' || dataset AS what, format('{:.4g}', "before") AS "before",
                format('{:.4g}', "after") AS "after", abs("after" - "before") * confidence AS size, locations, confidence
            FROM temp.score_step WHERE change = 'dropped'
        ) AS told JOIN subject ON subject.name = told.name AND kind = 'model' AND registry = 'hf'
        GROUP BY node_id
    """,
)
