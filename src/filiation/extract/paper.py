"""Papers by their arXiv number."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "paper",
    """
    SELECT record_id, 'arxiv' AS predicate, substr(tag, 7) AS value, NULL AS relation, NULL AS weight,
        'tags' AS source, '/' || position AS pointer
    FROM tag WHERE starts_with(tag, 'arxiv:')
    """,
)
