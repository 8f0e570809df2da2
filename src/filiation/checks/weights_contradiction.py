"""The weights show another parent than the declared one.

**Why it matters.** Licence, data and liability are asked of the parent: if it is another, all of that is. Of 369 models
that people checked, half of the dependencies were missing from the card or wrong (`declared_vs_real_369.csv`).

**What to do.** Compare the weights with both (`filiation weights compare`), and ask the publisher.

**When it is wrong.** Where the true parent was not among the models that were measured, a near relative of it may be
named in its place. It is said only where the declared parent was measured too, and is neither ancestor nor descendant
of the measured one. Distillation leaves no trace in weights: a student may rightly declare its teacher.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

LEAST = 0.8
FILE = "measured-lineage.json"
_MEASURED = {FILE: '{"parents": [{"parent": "q/other", "relation": "finetune", "confidence": 0.95}]}'}
_LOOKED_AT = {FILE: '{"parents": []}'}
CHECK = Check(
    name="weights-contradiction",
    topic="dependencies",
    severity=Severity.HIGH,
    en=Wording(
        "Weights contradict the declared parent",
        "It declares {0} as its parent; its weights come from {1}.",
        "Compare its weights with both, and ask the publisher to correct base_model.",
    ),
    ja=Wording(
        "重みが宣言された親モデルと矛盾する",
        "親モデルは {0} と宣言されているが、重みは {1} に由来する。",
        "両方の重みと比べ、base_model の訂正を公開者に求める。",
    ),
    bad=among(
        model("o/child", cardData={"base_model": "p/base"}, beside=_MEASURED),
        model("p/base", beside=_LOOKED_AT),
        model("q/other", beside=_LOOKED_AT),
    ),
    good=among(
        model("o/child", cardData={"base_model": "q/other"}, beside=_MEASURED),
        model("p/base", beside=_LOOKED_AT),
        model("q/other", beside=_LOOKED_AT),
    ),
    query=f"""
        WITH measured AS (
            SELECT child, parent, max(claim.confidence) AS sure FROM reference JOIN claim USING (claim_id)
            WHERE predicate = 'base_model' AND basis = 'measured' GROUP BY ALL
        ),
        kin AS (
            SELECT child, parent FROM named_edge WHERE of_weights AND confidence > 0.5
            UNION SELECT below.child, above.parent
            FROM named_edge AS below JOIN named_edge AS above ON above.child = below.parent
            WHERE below.of_weights AND above.of_weights AND below.confidence > 0.5 AND above.confidence > 0.5
        ),
        declared AS (
            SELECT edge_id, child, parent, parent_name FROM named_edge
            WHERE of_weights AND basis = 'declared' AND child IN (SELECT child FROM measured)
                AND parent_name IN (SELECT id FROM record WHERE kind = 'model' AND contains(files, '"{FILE}"'))
        )
        SELECT declared.child AS node_id,
            [
                string_agg(DISTINCT declared.parent_name, ', ' ORDER BY declared.parent_name),
                arg_max(seen.parent_name, (measured.sure, seen.parent_name))
            ] AS details,
            list_sort(list(DISTINCT 'edge/' || seen.edge_id)) AS locations, max(measured.sure) AS confidence
        FROM declared
        JOIN measured ON measured.child = declared.child
        JOIN named_edge AS seen ON seen.child = measured.child AND seen.parent = measured.parent AND seen.of_weights
        WHERE measured.sure >= {LEAST}
            AND declared.child NOT IN (
                SELECT measured.child FROM measured JOIN named_edge AS same USING (child, parent)
                WHERE same.of_weights AND same.basis = 'declared'
            )
            AND (measured.parent, declared.parent) NOT IN (SELECT (child, parent) FROM kin)
            AND (declared.parent, measured.parent) NOT IN (SELECT (child, parent) FROM kin)
        GROUP BY declared.child
    """,
)
