"""A result that somebody measured to be worse than it is claimed, beyond the tolerance.

**Why it matters.** The choice of a model rests on its results. Of models measured again, 8 of 8 detectors and 3 of 4 image
classifiers differed by more than a point from what was claimed (SCORED 2022, `err.py`).

**What to do.** Look at the protocol of both sides (`filiation scores REF`), then measure on your own data
(`filiation measure`). Ask the publisher how the result was taken.

**When it is wrong.** Where the measurement is. What differs in protocol is not compared, and what several models have in common
is put down to the pipeline that measured them; what neither side says is not seen.
"""

from __future__ import annotations

import json

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_CARD = {
    "model-index": [
        {
            "results": [
                {
                    "dataset": {"type": "glue", "name": "GLUE", "config": "sst2", "split": "validation"},
                    "metrics": [{"type": "accuracy", "value": 0.95}],
                }
            ]
        }
    ]
}
_RUN, _RIGHT = (
    {
        "scores.json": json.dumps(
            {
                "format": "every-eval-ever",
                "file": "run.json",
                "document": {
                    "evaluation_results": [
                        {
                            "evaluation_name": "sst2",
                            "source_data": {"dataset_name": "glue/sst2", "source_type": "hf_dataset", "hf_split": "validation"},
                            "metric_config": {"metric_id": "accuracy", "lower_is_better": False},
                            "score_details": {"score": value, "uncertainty": {"num_samples": 872}},
                        }
                    ]
                },
            }
        )
    }
    for value in (0.81, 0.94)
)
CHECK = Check(
    name="score-lower-than-claimed",
    topic="metrics",
    severity=Severity.MEDIUM,
    en=Wording(
        "Measured to be worse than claimed",
        "{0} is claimed with {1}, and was measured with {2}.",
        "Compare the protocols with 'filiation scores', and measure on your own data.",
    ),
    ja=Wording(
        "測定値が公表値より悪い",
        "{0} は {1} と公表されているが、測定では {2} だった。",
        "「filiation scores」で測定条件を比べ、自分のデータで測る。",
    ),
    bad=among(model("o/score", cardData=_CARD, beside=_RUN)),
    good=among(model("o/score", cardData=_CARD, beside=_RIGHT)),
    needs=("score contradicted",),
    query="""
        SELECT node_id, [arg_max(what, size), arg_max(claimed, size), arg_max(measured, size)] AS details,
            arg_max(locations, size) AS locations, arg_max(confidence, size) AS confidence
        FROM (
            SELECT name, metric || ' on ' || dataset AS what, format('{:.4g}', claimed) AS claimed,
                format('{:.4g}', measured) AS measured, abs(measured - claimed) * confidence AS size, locations, confidence
            FROM temp.score_row WHERE contradicted
        ) AS told JOIN subject ON subject.name = told.name AND kind = 'model' AND registry = 'hf'
        GROUP BY node_id
    """,
)
