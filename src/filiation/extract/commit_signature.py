"""The key that signed the commit which a folder's git has checked out: what the signature names, verified by nobody here.

The Hub marks commits as `Verified` on its pages, and its API does not tell it.
"""

from __future__ import annotations

from filiation.core.extractor import SetExtractor

EXTRACTOR = SetExtractor(
    "commit signature",
    """
    SELECT record_id, 'commit_signature' AS predicate,
        trim(concat_ws(' ', body ->> '$.headCommit.kind', body ->> '$.headCommit.key')) AS value,
        NULL AS relation, NULL AS weight, 'headCommit' AS source, '/key' AS pointer
    FROM record WHERE record_id > getvariable('after') AND registry = 'local' AND contains(body, '"headCommit"')
        AND body ->> '$.headCommit.kind' IS NOT NULL
    """,
)
