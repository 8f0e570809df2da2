"""Results in the card's text, and none that a program can read.

**Why it matters.** Results in prose are in no leaderboard and no comparison, and nobody notices when they change. 4.2 %
of the models of 2022 had machine-readable ones (Jiang et al., ICSE 2023, the sum of figure 7).

**What to do.** Ask the publisher to declare them as `model-index`, with dataset and split.

**When it is wrong.** Where what we took for results speaks of another model.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_CARD = (
    "# Bird song\n\n## Evaluation results\n\nIt reaches an F1 of 0.91 on the test set of two thousand recordings of birds.\n"
)
_INDEX = [{"results": [{"dataset": {"type": "d/birds", "split": "test"}, "metrics": [{"type": "f1", "value": 0.91}]}]}]
CHECK = Check(
    name="metrics-undeclared",
    topic="metrics",
    severity=Severity.INFO,
    en=Wording(
        "Results only in prose",
        "Its card tells of results, and none is declared so that a program can read it.",
        "Ask the publisher to declare them as model-index, with dataset and split.",
    ),
    ja=Wording(
        "評価結果が本文にしかない",
        "モデルカードに評価結果の記載があるが、機械可読な宣言がない。",
        "データと分割を添えて model-index で宣言するよう公開者に求める。",
    ),
    bad=among(model("o/told", beside={"README.md": _CARD})),
    good=among(model("o/counted", cardData={"model-index": _INDEX}, beside={"README.md": _CARD})),
    needs=("section",),
    query="""
        SELECT node_id, []::VARCHAR[] AS details, ['section/results', 'field/model-index'] AS locations, 0.75 AS confidence
        FROM subject JOIN section USING (record_id)
        WHERE kind = 'model' AND knows_fields AND section = 'results' AND section.state = 'present'
            AND record_id NOT IN (
                SELECT record_id FROM claim
                WHERE predicate = 'metric' AND basis = 'declared' AND contains(pointer, '/results/')
            )
    """,
)
