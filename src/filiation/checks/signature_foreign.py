"""A signature by somebody else, or of another model, copied along with the files.

**Why it matters.** It looks signed, and who signed never saw these files: whoever re-uploads or quantises a signed model and
keeps its `model.sig` passes on a name that vouches for nothing here. Of 63 valid signatures on the Hub 7 were so (whence,
September 2026).

**What to do.** Take it for unsigned. Go to the model that was signed, or ask the publisher to sign this one.

By files: of the weights that the signature names none is here as it was signed. By names: the signer's mail domain or account
names another than the repository's owner.

**When it is wrong.** Where people sign for an organisation whose domain has another name: `knowledge/signing.toml` holds those
that we know.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among
from filiation.core.check_signatures import signed_model
from filiation.core.finding import Severity

FILES = {"README.md": "card", "config.json": "{}", "model.safetensors": "weights"}
CHECK = Check(
    name="signature-foreign",
    topic="files",
    severity=Severity.MEDIUM,
    en=Wording(
        "A signature of somebody else, or of another model",
        "Its signature is not its publisher's for these files: it is of {0}.",
        "Take it for unsigned, go to the model that was signed, or ask the publisher to sign this one.",
    ),
    ja=Wording(
        "他者または別モデルの署名",
        "この署名は、公開者がこれらのファイルに付けたものではない: {0} のもの。",
        "未署名とみなし、署名された元のモデルを使うか、公開者に署名を求める。",
    ),
    bad=among(signed_model("q/story-GGUF", FILES, {"README.md": "another", "story.Q4_K_M.gguf": "fewer bits"})),
    good=among(signed_model("o/story", FILES)),
    needs=("claim signature_foreign",),
    query="""
        SELECT node_id, [arg_max(value, claim.confidence)] AS details,
            list('claim/' || claim_id ORDER BY claim_id) AS locations, max(claim.confidence) AS confidence
        FROM subject JOIN claim USING (record_id) WHERE predicate = 'signature_foreign' GROUP BY node_id
    """,
)
