"""A parent that the card or a file names, and the field does not.

**Why it matters.** The registry shows no parent, so whoever asks it for lineage, licences or the reach of a defect does
not see this model. 1,323 of 1,879 declared parents of 2025 also stand in the card's text; before the field existed, the
text was the only place.

**What to do.** Treat it as a child of that parent; ask the publisher to declare `base_model`.

**When it is wrong.** Where the sentence speaks of another model, for comparison. The confidence is that of the reading.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

LEAST = 0.5
_CARD = "# Bird song\n\nThis model is a fine-tuned version of [p/base](https://huggingface.co/p/base) on recordings of birds.\n"
CHECK = Check(
    name="base-model-undeclared",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Parent named only in prose",
        "Its card or files name {0} as its parent, and no field declares a parent.",
        "Treat it as a child of that model, and ask the publisher to declare base_model.",
    ),
    ja=Wording(
        "親モデルが本文にしかない",
        "モデルカードやファイルには親モデルとして {0} があるが、base_model の宣言がない。",
        "その親の派生物として扱い、公開者に base_model の宣言を求める。",
    ),
    bad=among(model("o/child", beside={"README.md": _CARD}), model("p/base")),
    good=among(model("o/child", cardData={"base_model": "p/base"}, beside={"README.md": _CARD}), model("p/base")),
    query=f"""
        SELECT child AS node_id, [string_agg(parent_name, ', ' ORDER BY confidence DESC, parent_name)] AS details,
            list('edge/' || edge_id ORDER BY confidence DESC, edge_id) AS locations, max(confidence) AS confidence
        FROM named_edge JOIN subject ON node_id = child AND knows_fields
        WHERE of_weights AND basis <> 'declared' AND confidence >= {LEAST}
            AND (parent_state = 'present' OR (confidence >= 0.8 AND contains(parent_name, '/')))
            AND child NOT IN (
                SELECT child FROM reference JOIN claim USING (claim_id) WHERE predicate = 'base_model' AND basis = 'declared'
            )
        GROUP BY child
    """,
)
