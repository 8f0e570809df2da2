"""A repository that others stand on, and that is not in the registry.

**Why it matters.** All that descend from it have an origin that nobody can look at: no licence, no data, no card. Of
the dead parents of 2024, 1,166 were still dead two years later (Stalnaker et al., checked again in September 2026).

**What to do.** Look for a mirror, and compare its weights with those of the children before you trust it.

**When it is wrong.** Where the atlas holds only part of a registry; the less of what is named it holds, the lower
the confidence.
"""

from __future__ import annotations

from filiation.core.check import Check, Example, Wording, among, model
from filiation.core.finding import Severity

MANY = 10
CHECK = Check(
    name="repository-missing",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Not in the registry",
        "{0} is named by others, which stand on it, and is not in the registry.",
        "Look for a mirror, and compare its weights with those of the children before you trust it.",
    ),
    ja=Wording(
        "レジストリに存在しない",
        "{0} は他から参照されているがレジストリになく、それに依存するものがある。",
        "複製を探し、信頼する前に子モデルの重みと比べる。",
    ),
    bad=Example("model:gone/parent", (model("o/child", tags=["base_model:gone/parent"]),)),
    good=among(model("p/parent"), model("o/child", tags=["base_model:p/parent"])),
    needs=("edge to missing",),
    query=f"""
        SELECT node_id, [name] AS details, ['name'] AS locations, 0.9 * certain AS confidence,
            CASE WHEN descendants >= {MANY} THEN 'high' END AS severity
        FROM subject JOIN absence USING (kind) WHERE state = 'missing' AND descendants > 0
            AND node_id IN (SELECT parent FROM named_edge WHERE basis = 'declared')
    """,
)
