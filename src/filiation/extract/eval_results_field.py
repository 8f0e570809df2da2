"""Results of evaluations as the Hub's API tells them of a repository's ``.eval_results``: the field ``evalResults``."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "eval results field",
    """
    SELECT record_id, 'metric' AS predicate, json_object('task', NULL, 'dataset', told -> '$.dataset.id',
            'config', told -> '$.dataset.task_id', 'revision', told -> '$.dataset.revision', 'metric', NULL,
            'otherwise', 'main_score', 'value', told -> '$.value', 'verified', entry -> '$.verified',
            'variant', told -> '$.notes', 'at', told -> '$.date',
            'by', coalesce(told -> '$.source.name', told -> '$.source.org', told -> '$.source.user'),
            'url', told -> '$.source.url')::VARCHAR AS value,
        NULL AS relation, NULL AS weight, 'evalResults' AS source, '/' || position AS pointer
    FROM (
        SELECT record_id, entry, position, coalesce(entry -> '$.data', entry) AS told FROM (
            SELECT record_id, unnest(from_json("evalResults", '["JSON"]')) AS entry,
                generate_subscripts(from_json("evalResults", '["JSON"]'), 1) - 1 AS position
            FROM observation WHERE json_type("evalResults") = 'ARRAY'
        )
    ) WHERE json_type(told, '$.dataset.id') = 'VARCHAR' AND json_type(told, '$.value') IS NOT NULL
    """,
)
