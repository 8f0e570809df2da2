"""A model's repository without a file that could hold weights.

**Why it matters.** There is nothing to use, only a name, a card or a placeholder; what descends from it must have come
from elsewhere.

**What to do.** Look for the weights where the card points; make sure that they are what the children were made from.

**When it is wrong.** Where it holds a tokenizer, a configuration or training logs on purpose.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

PICKLE, SAFE, STATE, ARCHIVE = (load("checks")["files"][name] for name in ("pickle", "safe", "state", "archive"))
CHECK = Check(
    name="weights-missing",
    topic="files",
    severity=Severity.LOW,
    en=Wording(
        "No weights",
        "None of its {0} files could hold weights.",
        "Look for the weights where the card points, and ask the publisher.",
    ),
    ja=Wording("重みがない", "{0} 個のファイルのどれも重みではない。", "モデルカードの案内先を探し、公開者に尋ねる。"),
    bad=among(model("o/husk", files=[".gitattributes", "README.md", "config.json"])),
    good=among(model("o/whole", files=["README.md", "config.json", "model.safetensors"])),
    needs=("files",),
    query=f"""
        SELECT node_id, [len(file_names)::VARCHAR] AS details, ['field/siblings'] AS locations, 0.9 AS confidence
        FROM subject
        WHERE kind = 'model' AND file_names IS NOT NULL
            AND len(list_filter(file_names, lambda file: NOT regexp_matches(lower(file), '{STATE}')
                AND regexp_matches(lower(file), '{PICKLE}|{SAFE}|{ARCHIVE}'))) = 0
    """,
)
