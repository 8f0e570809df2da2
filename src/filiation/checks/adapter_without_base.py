"""An adapter that does not say what it adapts.

**Why it matters.** It cannot be loaded without its base, and everything that would be asked of the base - licence,
data, behaviour - has no answer.

**What to do.** Look into `adapter_config.json`; ask the publisher to declare `base_model`.

**When it is wrong.** Where the base stands in a file that the atlas does not hold.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

ADAPTER = load("checks")["files"]["adapter"]
CHECK = Check(
    name="adapter-without-base",
    topic="dependencies",
    severity=Severity.HIGH,
    en=Wording(
        "Adapter without a base",
        "It is an adapter ({0}) and declares no base model.",
        "Look into its adapter_config.json, and ask the publisher to declare base_model.",
    ),
    ja=Wording(
        "ベースモデル不明のアダプター",
        "アダプター ({0}) だが、ベースモデルの記載がない。",
        "adapter_config.json を確かめ、公開者に base_model の宣言を求める。",
    ),
    bad=among(model("o/lora", library_name="peft")),
    good=among(model("o/lora", library_name="peft", tags=["base_model:p/base"]), model("p/base")),
    query=f"""
        SELECT node_id, [because] AS details, ['field/base_model'] AS locations,
            CASE WHEN because = 'peft' THEN 0.9 ELSE 0.85 END AS confidence,
            CASE WHEN told THEN 'medium' END AS severity
        FROM (
            SELECT node_id, list_contains(file_names, 'adapter_config.json') AS told,
                CASE WHEN library = 'peft' THEN 'peft'
                ELSE list_filter(file_names, lambda file: regexp_matches(lower(file), '{ADAPTER}'))[1] END AS because
            FROM subject
            WHERE kind = 'model' AND knows_fields AND parents_count = 0
                AND record_id NOT IN (SELECT record_id FROM claim WHERE predicate = 'base_model')
        ) WHERE because IS NOT NULL
    """,
)
