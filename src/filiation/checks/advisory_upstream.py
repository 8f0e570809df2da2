"""A model made from one that an advisory is about.

**Why it matters.** What is built into weights goes on into what is made from them: behaviour that was planted, files that
were copied, code that loads them.

**What to do.** Read the advisory, find out whether it holds of the child too, and build again on a revision that is fixed.

**When it is wrong.** Where the harm lay in files that the child does not have, such as a loader. Each step down from the
model that the advisory is about takes a tenth from the confidence, and an edge that we are unsure of as much as that.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, advisory, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="advisory-upstream",
    topic="dependencies",
    severity=Severity.HIGH,
    en=Wording(
        "Advisory upstream",
        "It comes from {0}, which the advisory {1} is about: {2}.",
        "Read the advisory, and build again on a revision of the parent that is fixed.",
    ),
    ja=Wording(
        "上流の脆弱性情報",
        "脆弱性情報 {1} の対象である {0} から作られている: {2}。",
        "脆弱性情報を読み、修正済みの親モデルから作り直す。",
    ),
    bad=among(
        model("o/c", tags=["base_model:o/b"]),
        model("o/b", tags=["base_model:o/a"]),
        model("o/a"),
        advisory("pkg:huggingface/o/a"),
    ),
    good=among(model("o/a"), model("o/b", tags=["base_model:o/a"]), advisory("pkg:huggingface/o/b")),
    needs=("advisory", "edge of model"),
    query="""
        SELECT node_id, [name, advisory, summary] AS details, ['edge/' || edge_id] AS locations, confidence,
            severity AS severity
        FROM (
            WITH RECURSIVE below(node_id, origin, advisory, edge_id, confidence, depth) AS (
                SELECT node_id, node_id, advisory, NULL::INTEGER, max(confidence), 0
                FROM temp.advised WHERE how <> 'package' GROUP BY ALL
                UNION ALL
                SELECT named_edge.child, below.origin, below.advisory, arg_max(named_edge.edge_id, named_edge.confidence),
                    max(below.confidence * named_edge.confidence * 0.9), below.depth + 1
                FROM below JOIN named_edge ON named_edge.parent = below.node_id
                WHERE of_weights AND set_aside IS NULL AND below.depth < 12 GROUP BY ALL
            )
            SELECT below.node_id, origin, below.advisory, edge_id, below.confidence, advised.summary, advised.severity,
                node.name
            FROM below JOIN node ON node.node_id = origin
            JOIN (SELECT advisory, any_value(summary) AS summary, any_value(severity) AS severity
                FROM temp.advised GROUP BY ALL) AS advised USING (advisory)
            WHERE depth > 0 AND (below.node_id, below.advisory) NOT IN (
                SELECT (node_id, advisory) FROM temp.advised WHERE how <> 'package')
            QUALIFY row_number() OVER (
                PARTITION BY below.node_id, below.advisory ORDER BY below.confidence DESC, depth, origin) = 1
        )
    """,
)
