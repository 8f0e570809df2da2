"""Parents, in every form that the Hub has had."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

RELATION_WORDS = "adapter|finetune|merge|quantized"

EXTRACTOR = SetExtractor(
    "base model",
    f"""
    SELECT record_id, 'base_model' AS predicate,
        regexp_replace(tag, '^base_model:(?:(?:{RELATION_WORDS}):)?', '') AS value,
        nullif(regexp_extract(tag, '^base_model:({RELATION_WORDS}):', 1), '') AS relation,
        NULL AS weight, 'tags' AS source, '/' || position AS pointer
    FROM tag WHERE starts_with(tag, 'base_model:')
    UNION ALL
    SELECT record_id, 'base_model', unnest(strings(meta -> 'base_model')),
        CASE WHEN meta ->> 'base_model_relation' IN ('finetune', 'adapter', 'quantized', 'merge', 'distilled', 'converted')
             THEN meta ->> 'base_model_relation' END,
        NULL, meta_source, '/base_model/' || (generate_subscripts(strings(meta -> 'base_model'), 1) - 1)
    FROM observation WHERE meta IS NOT NULL
    UNION ALL
    SELECT record_id, 'base_model', coalesce(parent ->> 'id', parent ->> '$'), coalesce(parent ->> 'relation', relation),
        NULL, 'baseModels', '/' || position
    FROM (
        SELECT record_id, base_models ->> 'relation' AS relation, unnest(parents) AS parent,
            generate_subscripts(parents, 1) - 1 AS position
        FROM (
            SELECT record_id, base_models, from_json(coalesce(base_models -> 'models', base_models), '["JSON"]') AS parents
            FROM observation WHERE json_type(coalesce(base_models -> 'models', base_models)) = 'ARRAY'
        )
    )
    """,
)
