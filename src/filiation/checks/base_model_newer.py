"""A parent that was made after its child.

**Why it matters.** 99.7 % of true parents are older than their children (Horwitz et al. 2025, section 4). A younger one
was named by mistake, or is a copy, uploaded again, of what the child was really made from.

**What to do.** Look for the original: an older repository with the parent's name.

**When it is wrong.** Where the publisher changed the name of a field later, or the parent was moved and lost its date.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-newer",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Parent younger than its child",
        "Its parent {0} was made {1} days after it.",
        "Look for the original that both come from.",
    ),
    ja=Wording(
        "親モデルの方が新しい",
        "親モデル {0} は、このモデルより {1} 日後に作られている。",
        "両者の元になったモデルを探す。",
    ),
    bad=among(
        model("o/child", tags=["base_model:p/parent"], createdAt="2024-01-01T00:00:00.000Z"),
        model("p/parent", createdAt="2024-03-01T00:00:00.000Z"),
    ),
    good=among(
        model("o/child", tags=["base_model:p/parent"], createdAt="2024-03-01T00:00:00.000Z"),
        model("p/parent", createdAt="2024-01-01T00:00:00.000Z"),
    ),
    needs=("edge declared",),
    query="""
        SELECT child AS node_id, [arg_max(parent_name, (days, parent_name)), max(days)::VARCHAR] AS details,
            ['edge/' || arg_max(edge_id, (days, parent_name))] AS locations, max(sure) AS confidence
        FROM (
            SELECT edge.*, date_diff('day', below.created_at, above.created_at) AS days
            FROM named_edge AS edge
            JOIN subject AS above ON above.node_id = parent
            JOIN subject AS below ON below.node_id = child
            WHERE of_weights AND basis = 'declared' AND above.created_at > below.created_at + INTERVAL 1 DAY
        ) GROUP BY child
    """,
)
