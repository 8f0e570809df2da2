"""A file whose content is another than was signed.

**Why it matters.** Either somebody tampered with it, or the publisher changed it and did not sign again; the signature does
not tell which, and vouches for neither.

**What to do.** Fetch the files anew from the commit that was signed, and ask the publisher which is right.

**When it is wrong.** It is not: digests were compared. Where the registry tells those of large files alone, only they are.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among
from filiation.core.check_signatures import signed_model
from filiation.core.finding import Severity

FILES = {"README.md": "card", "config.json": "{}", "model.safetensors": "weights"}
CHECK = Check(
    name="signed-file-changed",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "A file changed after it was signed",
        "Of the files that were signed, {0} has another content now.",
        "Fetch the files anew from the commit that was signed, and ask the publisher which is right.",
    ),
    ja=Wording(
        "署名後に変更されたファイル",
        "署名されたファイルのうち、{0} の内容が変わっている。",
        "署名されたコミットから取得し直し、どちらが正しいか公開者に確認する。",
    ),
    bad=among(signed_model("o/changed", FILES, FILES | {"model.safetensors": "other weights"})),
    good=among(signed_model("o/same", FILES)),
    needs=("claim signed_file_changed",),
    query="""
        SELECT node_id, [array_to_string(list(value ORDER BY claim_id)[:3], ', ')] AS details,
            list('file/' || value ORDER BY claim_id) AS locations, 0.98 AS confidence
        FROM subject JOIN claim USING (record_id) WHERE predicate = 'signed_file_changed' GROUP BY node_id
    """,
)
