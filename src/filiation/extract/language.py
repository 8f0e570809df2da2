"""Natural languages: two-letter tags, ``language:`` tags and front matter."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor
from filiation.knowledge import load

_CODES = ", ".join(f"'{code}'" for code in load("languages")["codes"])

EXTRACTOR = SetExtractor(
    "language",
    f"""
    SELECT record_id, 'language' AS predicate, tag AS value, NULL AS relation, NULL AS weight,
        'tags' AS source, '/' || position AS pointer
    FROM tag WHERE kind = 'model' AND tag IN ({_CODES})
    UNION ALL
    SELECT record_id, 'language', substr(tag, 10), NULL, NULL, 'tags', '/' || position
    FROM tag WHERE starts_with(tag, 'language:')
    UNION ALL
    SELECT record_id, 'language', unnest(strings(meta -> 'language')), NULL, NULL, meta_source,
        '/language/' || (generate_subscripts(strings(meta -> 'language'), 1) - 1)
    FROM observation WHERE meta IS NOT NULL
    """,
)
