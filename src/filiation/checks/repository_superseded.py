"""A model whose publisher names a newer version of it.

**Why it matters.** The publisher says that this is not the version to begin with; it gets no repairs.

**What to do.** Look at the newer version first.

**When it is wrong.** Where you need to reproduce a result of the old one.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="repository-superseded",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Superseded",
        "Its publisher names {0} as its newer version.",
        "Look at the newer version first.",
    ),
    ja=Wording("新しい版がある", "公開者が新しい版として {0} を挙げている。", "まず新しい版を検討する。"),
    bad=among(model("p/v1", cardData={"new_version": "p/v2"}), model("p/v2")),
    good=among(model("p/v2"), model("p/v1", cardData={"new_version": "p/v2"})),
    needs=("edge new_version",),
    query="""
        SELECT parent AS node_id, [min(child_name)] AS details, ['edge/' || arg_min(edge_id, child_name)] AS locations,
            max(confidence * CASE WHEN split_part(child_name, '/', 1) = owner THEN 1 ELSE 0.5 END) AS confidence
        FROM named_edge JOIN subject ON node_id = parent AND subject.state = 'present'
        WHERE relation = 'new_version' GROUP BY parent
    """,
)
