"""An adapter that loads its base at whatever revision is newest.

**Why it matters.** An adapter changes its base's behaviour at load time: whoever can write to the base's repository
changes your model. Checking out a commit by its hash is one of the mitigations that the Hub leaves to the client (Jiang
et al., ICSE 2023, 2.5).

**What to do.** Set `revision` in `adapter_config.json`, or pass it when you load the base.

**When it is wrong.** Where the code that loads it pins the revision itself.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

_FILE = "adapter_config.json"
CHECK = Check(
    name="base-model-unpinned",
    topic="dependencies",
    severity=Severity.LOW,
    en=Wording(
        "Base not pinned",
        "Its adapter loads {0} at whatever revision is newest.",
        "Pin the revision of the base when you load it.",
    ),
    ja=Wording(
        "ベースの版が固定されていない",
        "アダプターは {0} の最新版をそのまま読み込む。",
        "読み込むときにベースモデルのリビジョンを固定する。",
    ),
    bad=among(
        model("o/lora", beside={_FILE: '{"base_model_name_or_path": "p/base", "revision": null}'}),
        model("p/base"),
    ),
    good=among(
        model("o/lora", beside={_FILE: '{"base_model_name_or_path": "p/base", "revision": "0a1b2c3d4e5f"}'}),
        model("p/base"),
    ),
    query=f"""
        SELECT node_id, [config ->> '$.base_model_name_or_path'] AS details, ['file/{_FILE}'] AS locations, 0.9 AS confidence
        FROM (
            SELECT node_id, CASE WHEN json_valid(text) THEN text::JSON END AS config
            FROM (
                SELECT node_id, json_extract_string(files, '$."{_FILE}"') AS text
                FROM subject JOIN record USING (record_id) WHERE contains(files, '"{_FILE}"')
            )
        )
        WHERE json_type(config, '$.base_model_name_or_path') = 'VARCHAR'
            AND coalesce(config ->> '$.revision', '') IN ('', 'main', 'master')
    """,
)
