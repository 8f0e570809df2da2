"""A merge that names fewer than two of the models it was merged from.

**Why it matters.** A merge is a derivative of all its parents: the licence of each holds, and a defect of each may be
in it. The one that is not named cannot be asked.

**What to do.** Look for the recipe (`mergekit_config.yml`) or a table in the card; ask for the full list.

**When it is wrong.** Where a model was merged with its own adapter or its own earlier state.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="merge-parents-undeclared",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Merge without its parents",
        "It is tagged {0} and names {1} of the models it was merged from.",
        "Look for the recipe, mergekit_config.yml, and ask the publisher for the full list.",
    ),
    ja=Wording(
        "マージ元の記載不足",
        "「{0}」のタグがあるが、マージ元は {1} 個しか挙げられていない。",
        "mergekit_config.yml を探し、公開者に全一覧を求める。",
    ),
    bad=among(model("o/soup", tags=["mergekit", "merge", "base_model:a/one"]), model("a/one")),
    good=among(
        model("o/soup", tags=["mergekit", "merge", "base_model:a/one", "base_model:a/two"]), model("a/one"), model("a/two")
    ),
    needs=("tags",),
    query="""
        SELECT node_id, [tag, parents_count::VARCHAR] AS details, ['field/base_model', 'field/tags'] AS locations,
            CASE WHEN parents_count = 1 THEN 0.6 WHEN tag = 'mergekit' THEN 0.85 ELSE 0.8 END AS confidence
        FROM (
            SELECT *, CASE WHEN list_contains(tags, 'mergekit') THEN 'mergekit'
                WHEN list_contains(tags, 'merge') THEN 'merge' END AS tag
            FROM subject
            WHERE kind = 'model' AND parents_count < 2
                AND NOT list_has_any(tags, ['gguf', 'gptq', 'awq', 'exl2', 'peft', 'lora'])
                AND NOT regexp_matches(lower(name), 'gguf|gptq|awq|exl2|[0-9]bpw|-[0-9]bit|imat|lora|prune|franken|upscal')
                AND node_id NOT IN (
                    SELECT child FROM named_edge WHERE relation = 'quantized' AND relation_confidence > 0.5)
        ) WHERE tag IS NOT NULL
    """,
)
