"""A quantised copy that does not say of what.

**Why it matters.** A quantised file has the licence, the data and the defects of its source; without the name, none of
it is known, and nobody can tell what the loss of precision costs. 64 % of the distinct parents that the 4,000 most used
models name are sources of quantisations (whence, see the facts).

**What to do.** Look at the name and the header of the file; ask the publisher to declare `base_model`.

**When it is wrong.** Where the model was trained in low precision and has no other source.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="quantized-source-undeclared",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Quantised from an unnamed model",
        "It is a quantised model ({0}) and does not name what it was quantised from.",
        "Look at the file's header and the name, and ask the publisher to declare base_model.",
    ),
    ja=Wording(
        "量子化元の記載がない",
        "量子化モデル ({0}) だが、元のモデルの記載がない。",
        "ファイルのヘッダーと名前を確かめ、公開者に base_model の宣言を求める。",
    ),
    bad=among(model("o/bird-7b-GGUF", tags=["gguf"])),
    good=among(model("o/bird-7b-GGUF", tags=["gguf", "base_model:p/bird-7b"]), model("p/bird-7b")),
    needs=("tags",),
    query="""
        SELECT node_id, [sign] AS details, ['field/base_model', 'field/tags'] AS locations,
            CASE WHEN named_so THEN 0.9 ELSE 0.65 END AS confidence
        FROM (
            SELECT *, CASE WHEN list_contains(tags, 'gguf') THEN 'gguf' WHEN list_contains(tags, 'gptq') THEN 'gptq'
                    WHEN list_contains(tags, 'awq') THEN 'awq' WHEN list_contains(tags, 'exl2') THEN 'exl2' END AS sign,
                regexp_matches(lower(name), '(^|[^a-z])(gguf|ggml|gptq|awq|exl2|q[2-8]_|[2-8]-?bit|[2-8](\\.[0-9]+)?bpw)')
                    AS named_so
            FROM subject
            WHERE kind = 'model' AND knows_fields AND parents_count = 0
                AND record_id NOT IN (SELECT record_id FROM claim WHERE predicate = 'base_model')
        ) WHERE sign IS NOT NULL
    """,
)
