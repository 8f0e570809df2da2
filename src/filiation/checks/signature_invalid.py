"""A signature that is none: it cannot be read, contradicts itself, or what it signs was changed since.

**Why it matters.** Whoever sees that a model is signed takes it for what its publisher made. Of 64 signed models among the
45,000 most downloaded, 63 verified (whence, September 2026): one that does not is no habit of publishers.

**What to do.** Do not use the files; ask the publisher to sign anew, and fetch them from where they were signed.

**When it is wrong.** Where the signature is of a kind that we do not read, such as keys that no quantum computer breaks. A
signature by a bare key is not checked here, since that takes the key: `filiation verify FOLDER --key KEY.pem`.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among
from filiation.core.check_signatures import signed_model
from filiation.core.finding import Severity

FILES = {"README.md": "card", "model.safetensors": "weights"}
CHECK = Check(
    name="signature-invalid",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "A signature that is not valid",
        "Its signature is not valid: {0}.",
        "Do not use the files; ask the publisher to sign anew.",
    ),
    ja=Wording(
        "無効な署名",
        "署名が無効である: {0}。",
        "ファイルを使わず、再署名を公開者に求める。",
    ),
    bad=among(signed_model("o/lied", FILES, contradictory=True)),
    good=among(signed_model("o/honest", FILES)),
    needs=("claim signature",),
    query="""
        SELECT node_id, [rtrim(min(value[length('broken: ') + 1:]), '.')] AS details, ['claim/' || min(claim_id)] AS locations,
            0.95 AS confidence
        FROM subject JOIN claim USING (record_id)
        WHERE predicate = 'signature' AND starts_with(value, 'broken: ') GROUP BY node_id
    """,
)
