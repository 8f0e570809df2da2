"""A parent that one must ask for, under a child that one need not.

**Why it matters.** The gate is where the parent's terms are agreed to. Who takes the child has never seen them, and
they may bind all the same; and an adapter will not load until access is granted.

**What to do.** Read the terms on the parent's page and ask for access before you depend on the child.

**When it is wrong.** Where the gate only asks for an address.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import parent_that
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-gated",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Parent is gated",
        "Its parent {0} is handed out on request only, itself to everyone.",
        "Read the terms on the parent's page, and ask for access before you depend on this model.",
    ),
    ja=Wording(
        "親モデルは申請制",
        "親モデル {0} は申請が必要だが、このモデルは誰でも入手できる。",
        "親モデルのページで条件を読み、依存する前に利用申請をする。",
    ),
    bad=among(model("o/open", gated=False, tags=["base_model:p/gated"]), model("p/gated", gated="manual")),
    good=among(model("o/open", gated=False, tags=["base_model:p/open"]), model("p/open", gated=False)),
    needs=("gated",),
    query=parent_that(
        "true",
        source="""named_edge
            JOIN subject AS above ON above.node_id = parent AND above.gated IN ('auto', 'manual')
            JOIN subject AS below ON below.node_id = child AND below.gated = 'false'""",
        sure="confidence",
        severity="CASE WHEN bool_or(relation = 'adapter') THEN 'medium' END",
    ),
)
