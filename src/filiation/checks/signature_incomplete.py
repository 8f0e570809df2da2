"""A signature that does not cover what is there: files that nobody signed, or signed files that are missing.

**Why it matters.** The signature says nothing of a file that it does not name; a loader reads it all the same. Of 64 signed
models, 9 held files that were not signed, and 6 lacked some that were (whence, September 2026).

**What to do.** Use only what is covered, or ask the publisher to sign the whole.

**When it is wrong.** Where files were added that no program reads. Severity is medium where weights or code are among those
that nobody signed, low else.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among
from filiation.core.check_signatures import signed_model
from filiation.core.finding import Severity
from filiation.knowledge import load

FILES = {"README.md": "card", "model.safetensors": "weights"}
WEIGHTS = load("signing")["weights"]
CHECK = Check(
    name="signature-incomplete",
    topic="files",
    severity=Severity.LOW,
    en=Wording(
        "A signature over other files than are there",
        "Its signature does not match the files that are there: {0}.",
        "Use only what the signature covers, or ask the publisher to sign the whole.",
    ),
    ja=Wording(
        "現在のファイルを網羅しない署名",
        "署名の対象と現在のファイルが一致しない: {0}。",
        "署名された範囲だけを使うか、全体への署名を公開者に求める。",
    ),
    bad=among(signed_model("o/grown", FILES, FILES | {"modeling_new.py": "code"})),
    good=among(signed_model("o/whole", FILES)),
    query=f"""
        SELECT node_id,
            [concat_ws(', ',
                array_to_string(list('+' || value ORDER BY claim_id) FILTER (NOT is_missing)[:3], ', '),
                array_to_string(list('-' || value ORDER BY claim_id) FILTER (is_missing)[:3], ', '))] AS details,
            list('file/' || value ORDER BY claim_id) AS locations, 0.95 AS confidence,
            CASE WHEN bool_or(NOT is_missing AND regexp_full_match(lower(value), '{WEIGHTS}|.*\\.py')) THEN 'medium'
                ELSE 'low' END AS severity
        FROM (
            SELECT node_id, claim_id, value, predicate = 'signed_file_missing' AS is_missing
            FROM subject JOIN claim USING (record_id) WHERE predicate IN ('unsigned_file', 'signed_file_missing')
        ) GROUP BY node_id
    """,
)
