"""Results in ``model-index``: each metric as published, and the dataset that it was measured on."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

_RESULTS = """
    SELECT record_id, meta_source, result, '/model-index/' || model || '/results/' || position AS pointer
    FROM (
        SELECT record_id, meta_source, model, unnest(results) AS result, generate_subscripts(results, 1) - 1 AS position
        FROM (
            SELECT record_id, meta_source, position AS model, from_json(entry -> 'results', '["JSON"]') AS results
            FROM (
                SELECT record_id, meta_source, unnest(entries) AS entry, generate_subscripts(entries, 1) - 1 AS position
                FROM (
                    SELECT record_id, meta_source, from_json(results, '["JSON"]') AS entries
                    FROM observation WHERE json_type(results) = 'ARRAY'
                )
            ) WHERE json_type(entry, '$.results') = 'ARRAY'
        )
    )
"""

EXTRACTOR = SetExtractor(
    "results",
    f"""
    SELECT record_id, 'evaluated_on' AS predicate, result ->> '$.dataset.type' AS value, NULL AS relation, NULL AS weight,
        meta_source AS source, pointer || '/dataset/type' AS pointer
    FROM ({_RESULTS}) WHERE json_type(result, '$.dataset.type') = 'VARCHAR'
    UNION ALL
    SELECT record_id, 'metric', json_object('task', result -> '$.task.type', 'dataset', result -> '$.dataset.type',
            'config', coalesce(metric -> 'config', result -> '$.dataset.config'), 'split', result -> '$.dataset.split',
            'revision', result -> '$.dataset.revision', 'args', coalesce(metric -> 'args', result -> '$.dataset.args'),
            'metric', coalesce(metric -> 'type', metric -> 'name'), 'value', metric -> 'value',
            'verified', metric -> 'verified', 'metric_name', metric -> 'name', 'dataset_name', result -> '$.dataset.name',
            'by', result -> '$.source.name', 'url', result -> '$.source.url')::VARCHAR,
        NULL, NULL, meta_source, pointer || '/metrics/' || position
    FROM (
        SELECT record_id, meta_source, pointer, result, unnest(metrics) AS metric,
            generate_subscripts(metrics, 1) - 1 AS position
        FROM (
            SELECT *, from_json(result -> 'metrics', '["JSON"]') AS metrics
            FROM ({_RESULTS}) WHERE json_type(result, '$.metrics') = 'ARRAY'
        )
    )
    """,
)
