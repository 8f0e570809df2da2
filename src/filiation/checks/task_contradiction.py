"""Two different tasks declared for one model.

**Why it matters.** The registry shows one, the card says another: the code on the page and the measured results may
belong to either.

**What to do.** Go by the architecture; ask the publisher to correct the other.

**When it is wrong.** Where the model does both.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="task-contradiction",
    topic="attributes",
    severity=Severity.INFO,
    en=Wording(
        "Two tasks",
        "Its sources name different tasks: {0}.",
        "Go by its architecture, and ask the publisher to correct the other.",
    ),
    ja=Wording(
        "タスクの食い違い",
        "出所によってタスクが異なる: {0}。",
        "アーキテクチャに従い、公開者に訂正を求める。",
    ),
    bad=among(model("o/odd", pipeline_tag="fill-mask", cardData={"pipeline_tag": "text-generation"})),
    good=among(model("o/fine", pipeline_tag="fill-mask", cardData={"pipeline_tag": "fill-mask"})),
    needs=("claim pipeline_tag",),
    query="""
        SELECT node_id, [string_agg(DISTINCT value, ', ' ORDER BY value)] AS details,
            list('claim/' || claim_id ORDER BY claim_id) AS locations, 0.85 AS confidence
        FROM claim JOIN subject USING (record_id)
        WHERE predicate = 'pipeline_tag' AND basis = 'declared' AND value <> 'conversational'
            AND record_id IN (SELECT record_id FROM claim WHERE predicate = 'pipeline_tag' AND source <> 'pipeline_tag')
        GROUP BY node_id HAVING count(DISTINCT lower(trim(value))) > 1
    """,
)
