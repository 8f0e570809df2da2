"""That the registry does not hand a repository out any more, and under which name it goes on."""

from __future__ import annotations

from filiation.core.extractor import SetExtractor
from filiation.core.gone import FIELD

EXTRACTOR = SetExtractor(
    "gone",
    f"""
    SELECT record_id, 'gone' AS predicate, gone ->> 'how' AS value, NULL AS relation, NULL AS weight,
        '{FIELD}' AS source, '/how' AS pointer
    FROM observation WHERE json_type(gone, '$.how') = 'VARCHAR'
    UNION ALL
    SELECT record_id, 'renamed_to', gone ->> 'to', NULL, NULL, '{FIELD}', '/to'
    FROM observation WHERE gone ->> 'how' = 'renamed' AND json_type(gone, '$.to') = 'VARCHAR'
    """,
)
