"""The repository that a publisher names as the newer version of this one."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "successor",
    """
    SELECT record_id, 'new_version' AS predicate, meta ->> 'new_version' AS value, NULL AS relation, NULL AS weight,
        meta_source AS source, '/new_version' AS pointer
    FROM observation WHERE json_type(meta, '$.new_version') = 'VARCHAR'
    """,
)
