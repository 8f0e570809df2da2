"""Datasets that a model was trained on, and those that a dataset was made from."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "datasets",
    """
    SELECT record_id, 'dataset' AS predicate, substr(tag, 9) AS value, NULL AS relation, NULL AS weight,
        'tags' AS source, '/' || position AS pointer
    FROM tag WHERE kind = 'model' AND starts_with(tag, 'dataset:')
    UNION ALL
    SELECT record_id, 'dataset', unnest(strings(meta -> 'datasets')), NULL, NULL, meta_source,
        '/datasets/' || (generate_subscripts(strings(meta -> 'datasets'), 1) - 1)
    FROM observation WHERE kind = 'model' AND meta IS NOT NULL
    UNION ALL
    SELECT record_id, 'source_dataset', regexp_replace(substr(tag, 17), '^(?:extended[|:])+', ''), NULL, NULL, 'tags',
        '/' || position
    FROM tag WHERE kind = 'dataset' AND starts_with(tag, 'source_datasets:')
        AND NOT regexp_matches(substr(tag, 17), '^(?:original|extended|other)(?:$|[|:-]other|-)|^extended$')
    UNION ALL
    SELECT record_id, 'source_dataset', regexp_replace(value, '^(?:extended[|:])+', ''), NULL, NULL, meta_source, pointer
    FROM (
        SELECT record_id, meta_source, unnest(strings(meta -> 'source_datasets')) AS value,
            '/source_datasets/' || (generate_subscripts(strings(meta -> 'source_datasets'), 1) - 1) AS pointer
        FROM observation WHERE kind = 'dataset' AND meta IS NOT NULL
    ) WHERE NOT regexp_matches(value, '^(?:original|extended|other)(?:$|[|:-]other|-)')
    """,
)
