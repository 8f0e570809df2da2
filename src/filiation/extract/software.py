"""What runs the model, and what for: library, pipeline tag, architecture, model type."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "software",
    """
    SELECT record_id, 'library' AS predicate, library_name AS value, NULL AS relation, NULL AS weight,
        'library_name' AS source, '' AS pointer
    FROM observation WHERE library_name IS NOT NULL
    UNION ALL
    SELECT record_id, 'pipeline_tag', pipeline_tag, NULL, NULL, 'pipeline_tag', ''
    FROM observation WHERE pipeline_tag IS NOT NULL
    UNION ALL
    SELECT record_id, field, meta ->> key, NULL, NULL, meta_source, '/' || key
    FROM observation, (VALUES ('library', 'library_name'), ('pipeline_tag', 'pipeline_tag')) AS fields(field, key)
    WHERE json_type(meta, '$.' || key) = 'VARCHAR'
    UNION ALL
    SELECT record_id, 'architecture', unnest(strings(config -> 'architectures')), NULL, NULL, 'config',
        '/architectures/' || (generate_subscripts(strings(config -> 'architectures'), 1) - 1)
    FROM observation WHERE config IS NOT NULL
    UNION ALL
    SELECT record_id, 'model_type', config ->> 'model_type', NULL, NULL, 'config', '/model_type'
    FROM observation WHERE json_type(config, '$.model_type') = 'VARCHAR'
    """,
)
