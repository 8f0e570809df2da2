"""A parent whose publisher names a newer version.

**Why it matters.** A newer version is often there because the old one has a defect, and the old one gets no repairs.

**What to do.** Look at what changed; ask whether the child will be made again from the new version.

**When it is wrong.** Where the two are kept side by side, for instance in two sizes.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="parent-superseded",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Parent superseded",
        "Its parent {0} has a newer version, {1}.",
        "Look at what changed, and ask whether this model will be made again from the new version.",
    ),
    ja=Wording(
        "親モデルに新しい版がある",
        "親モデル {0} には新しい版 {1} がある。",
        "変更点を確かめ、新しい版から作り直す予定があるかを公開者に尋ねる。",
    ),
    bad=among(model("o/child", tags=["base_model:p/v1"]), model("p/v1", cardData={"new_version": "p/v2"}), model("p/v2")),
    good=among(model("o/child", tags=["base_model:p/v2"]), model("p/v1", cardData={"new_version": "p/v2"}), model("p/v2")),
    needs=("edge new_version",),
    query="""
        SELECT below.child AS node_id,
            min([below.parent_name, newer.child_name]) AS details,
            arg_min(['edge/' || below.edge_id, 'edge/' || newer.edge_id], [below.parent_name, newer.child_name]) AS locations,
            max(below.confidence * newer.confidence
                * CASE WHEN split_part(newer.child_name, '/', 1) = split_part(newer.parent_name, '/', 1) THEN 1 ELSE 0.5 END)
                AS confidence
        FROM named_edge AS below JOIN named_edge AS newer ON newer.parent = below.parent AND newer.relation = 'new_version'
        WHERE below.of_weights AND newer.child <> below.child GROUP BY below.child
    """,
)
