"""A card that says nothing of how well the model does.

**Why it matters.** Evaluation is among the parts that are filled least (Liang et al. 2024), and a model without results
cannot be compared. 4.2 % of the models of 2022 had machine-readable results (Jiang et al., ICSE 2023).

**What to do.** Measure on your own data; ask the publisher for results and how they were measured.

**When it is wrong.** Where the results stand in a paper or on a leaderboard. Nothing is said where the front matter has
results.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import unfilled
from filiation.core.finding import Severity

_BAD = "# Bird song\n\nA classifier of birds by their song, made for field stations on islands.\n"
_GOOD = _BAD + "\n## Evaluation results\n\nIt reaches an F1 of 0.91 on the held-out test set of two thousand recordings.\n"
CHECK = Check(
    name="evaluation-undocumented",
    topic="documentation",
    severity=Severity.LOW,
    en=Wording(
        "Evaluation not documented",
        "Its card says nothing of how well it does.",
        "Measure on your own data, and ask the publisher for results.",
    ),
    ja=Wording("評価の記載がない", "モデルカードに評価結果の記載がない。", "自分のデータで測り、公開者に評価結果を求める。"),
    bad=among(model("o/bare", beside={"README.md": _BAD})),
    good=among(model("o/told", beside={"README.md": _GOOD})),
    needs=("section",),
    query=unfilled(
        "results",
        "metrics",
        "testing_data",
        unless="record_id IN (SELECT record_id FROM claim WHERE predicate = 'metric')",
    ),
)
