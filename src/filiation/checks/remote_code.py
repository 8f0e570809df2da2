"""A model that loads only by running code from its repository.

**Why it matters.** `trust_remote_code` runs whatever stands in the repository on your machine, with your rights, each
time it is loaded, and the code can change without notice.

**What to do.** Read the code, pin the revision, and load it in a place that holds no secrets; or take a model that the
library itself supports.

**When it is wrong.** Where the library has supported the architecture since, and the code is a remnant. Without the tag
`custom_code`, files named like code that a library loads are half as sure.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity
from filiation.knowledge import load

CODE = load("checks")["files"]["code"]
CHECK = Check(
    name="remote-code",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "Runs code from the repository",
        "It loads by running code of its own: {0}.",
        "Read the code, pin the revision, and load it where there are no secrets.",
    ),
    ja=Wording(
        "リポジトリ内のコードを実行する",
        "読み込み時に独自のコードを実行する: {0}。",
        "コードを読み、リビジョンを固定し、機密のない環境で読み込む。",
    ),
    bad=among(model("o/own", files=["config.json", "modeling_bird.py", "model.safetensors"], tags=["custom_code"])),
    good=among(model("o/plain", files=["config.json", "model.safetensors"])),
    query=f"""
        SELECT node_id, [coalesce(code[1], 'custom_code')] AS details,
            CASE WHEN len(code) > 0 THEN list_transform(code, lambda file: 'file/' || file)
                ELSE ['field/tags'] END AS locations,
            CASE WHEN tagged THEN 0.95 ELSE 0.5 END AS confidence, CASE WHEN NOT tagged THEN 'medium' END AS severity
        FROM (
            SELECT node_id, coalesce(list_contains(tags, 'custom_code'), false) AS tagged,
                list_filter(file_names, lambda file: regexp_matches(lower(file), '{CODE}')) AS code
            FROM subject WHERE kind = 'model' AND (list_contains(tags, 'custom_code') OR file_names IS NOT NULL)
        ) WHERE tagged OR len(code) > 0
    """,
)
