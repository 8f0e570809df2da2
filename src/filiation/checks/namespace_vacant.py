"""A parent that is gone, under an owner of whom nothing is left: a stranger may be able to register the name.

**Why it matters.** Who registers the owner's name can put any weights where children, scripts and documentation still
point. Of 516 owners behind the dead parents of 2024, 57 were free to register two years later, reaching 134 names and
258 declarations (Stalnaker et al., checked again in September 2026).

**What to do.** Load nothing from there without a pinned revision and a known digest. Tell the registry.

**When it is wrong.** Mostly: the owner may have an account without public repositories. We do not ask the registry,
hence the low confidence, which is about the share that was found free. Or the account has a new name, and the registry
sends the old one on. Owners that are names of folders, such as `outputs`, are left out.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

FREE = 0.4
"""57 of the owners behind dead names were free, and 137 owners behind missing names had nothing in the listing of July 2024."""
FOLDER = load("checks")["names"]["folder"]
CHECK = Check(
    name="namespace-vacant",
    topic="dependencies",
    severity=Severity.HIGH,
    en=Wording(
        "Owner may be free to register",
        "Its parent {0} is gone, and the registry has nothing else of {1}: a stranger could register that name.",
        "Load nothing from there without a pinned revision and a known digest, and tell the registry.",
    ),
    ja=Wording(
        "所有者名が空いている可能性",
        "親モデル {0} は存在せず、{1} の公開物もない。第三者がこの名前を登録できるかもしれない。",
        "リビジョンとダイジェストを固定せずに読み込まない。レジストリに知らせる。",
    ),
    bad=among(model("o/child", tags=["base_model:gone/parent"]), model("p/other")),
    good=among(model("o/child", tags=["base_model:here/parent"]), model("here/other")),
    needs=("edge to missing",),
    query=f"""
        SELECT child AS node_id, [min(parent_name), arg_min(owner, parent_name)] AS details,
            ['edge/' || arg_min(edge_id, parent_name)] AS locations,
            max(sure * CASE parent_state WHEN 'gone' THEN 1 ELSE certain END * {FREE}) AS confidence
        FROM named_edge JOIN subject ON node_id = parent JOIN absence ON absence.kind = parent_kind
        WHERE of_weights AND basis = 'declared' AND parent_state IN ('missing', 'gone') AND owner IS NOT NULL
            AND NOT regexp_matches(owner, '{FOLDER}')
            AND lower(owner) NOT IN (SELECT lower(owner) FROM subject WHERE state = 'present' AND owner IS NOT NULL)
        GROUP BY child
    """,
)
