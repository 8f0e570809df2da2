"""The card or a file names one parent, the field another.

**Why it matters.** One of them is wrong, and with it licence, data and everything else that is asked of the parent. 11
of 12 practitioners had met missing or contradictory documentation (Jiang et al., ICSE 2023, 2.4).

**What to do.** Compare the shapes and the weights with both; ask the publisher.

**When it is wrong.** Where one is the parent of the other (left out as far as the atlas knows), where both went into a
merge, or where the sentence speaks of another model.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

LEAST = 0.7
_CARD = (
    "# Bird song\n\nThis model is a fine-tuned version of [q/other](https://huggingface.co/q/other) on recordings of birds.\n"
)
CHECK = Check(
    name="base-model-contradiction",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Sources name different parents",
        "Its field declares {0} as its parent, its card or files name {1}.",
        "Compare the weights with both, and ask the publisher.",
    ),
    ja=Wording(
        "親モデルの記載が食い違う",
        "宣言された親モデルは {0} だが、モデルカードやファイルには {1} とある。",
        "両方の重みと比べ、公開者に尋ねる。",
    ),
    bad=among(
        model("o/child", cardData={"base_model": "p/base"}, beside={"README.md": _CARD}), model("p/base"), model("q/other")
    ),
    good=among(
        model("o/child", cardData={"base_model": "q/other"}, beside={"README.md": _CARD}), model("p/base"), model("q/other")
    ),
    needs=("edge stated", "edge declared"),
    query=f"""
        WITH kin AS (
            SELECT child, parent FROM named_edge WHERE of_weights AND confidence > 0.5
            UNION SELECT below.child, above.parent
            FROM named_edge AS below JOIN named_edge AS above ON above.child = below.parent
            WHERE below.of_weights AND above.of_weights AND below.confidence > 0.5 AND above.confidence > 0.5
        ),
        declared AS (
            SELECT child, parent, parent_name, parent_state FROM named_edge WHERE of_weights AND basis = 'declared'
        ),
        agreed AS (
            SELECT child FROM reference JOIN claim USING (claim_id)
            WHERE predicate = 'base_model' AND basis = 'stated' AND confidence >= {LEAST} AND (child, parent) IN (
                SELECT (child, parent) FROM declared
            )
        )
        SELECT stated.child AS node_id,
            [
                string_agg(DISTINCT declared.parent_name, ', ' ORDER BY declared.parent_name),
                arg_max(stated.parent_name, (stated.confidence, stated.parent_name))
            ] AS details,
            list_sort(list(DISTINCT 'edge/' || edge_id)) AS locations, max(stated.confidence) * 0.7 AS confidence
        FROM named_edge AS stated JOIN declared ON declared.child = stated.child
        WHERE stated.of_weights AND stated.basis = 'stated' AND stated.confidence >= {LEAST}
            AND declared.parent_state IN ('present', 'missing', 'gone')
            AND stated.parent_state IN ('present', 'missing', 'gone')
            AND stated.child NOT IN (SELECT child FROM agreed)
            AND (stated.parent, declared.parent) NOT IN (SELECT (child, parent) FROM kin)
            AND (declared.parent, stated.parent) NOT IN (SELECT (child, parent) FROM kin)
            AND contains(stated.parent_name, '/')
            AND regexp_replace(lower(split_part(stated.parent_name, '/', -1)), '-hf$|[^a-z0-9]', '', 'g')
                <> regexp_replace(lower(split_part(declared.parent_name, '/', -1)), '-hf$|[^a-z0-9]', '', 'g')
        GROUP BY stated.child
    """,
)
