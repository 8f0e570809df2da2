"""The licence as its id, and for ``other`` its name and where its text lies."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "license",
    """
    SELECT record_id, 'license' AS predicate, substr(tag, 9) AS value, NULL AS relation, NULL AS weight,
        'tags' AS source, '/' || position AS pointer
    FROM tag WHERE starts_with(tag, 'license:')
    UNION ALL
    SELECT record_id, 'license', unnest(strings(meta -> 'license')), NULL, NULL, meta_source,
        '/license/' || (generate_subscripts(strings(meta -> 'license'), 1) - 1)
    FROM observation WHERE meta IS NOT NULL
    UNION ALL
    SELECT record_id, field, meta ->> field, NULL, NULL, meta_source, '/' || field
    FROM observation, (VALUES ('license_name'), ('license_link')) AS fields(field)
    WHERE json_type(meta, '$.' || field) = 'VARCHAR'
    """,
)
