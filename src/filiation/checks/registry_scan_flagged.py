"""A file that the registry's own scanners flag.

**Why it matters.** The Hub scans what is uploaded for viruses, for imports in pickles and with scanners of other firms, and
tells of files with issues. It sees the file as it was uploaded, with tools that are not ours.

**What to do.** Read the registry's page of the file; `filiation scan` on a copy tells what we see in it.

**When it is wrong.** Its scanners flag pickles that only import something unknown, too. Records that were fetched without
`securityStatus` say nothing of it, which does not mean that nothing was flagged.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="registry-scan-flagged",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "Flagged by the registry",
        "The registry's own scan flags {0} as {1}.",
        "Do not load that file before you know why it was flagged.",
    ),
    ja=Wording(
        "レジストリによる警告",
        "レジストリ自身のスキャンが {0} を {1} と判定している。",
        "理由が分かるまで、そのファイルを読み込まない。",
    ),
    bad=among(
        model(
            "o/a",
            files=["model.pkl"],
            securityRepoStatus={"scansDone": True, "filesWithIssues": [{"path": "model.pkl", "level": "unsafe"}]},
        )
    ),
    good=among(model("o/b", files=["model.safetensors"], securityRepoStatus={"scansDone": True, "filesWithIssues": []})),
    needs=("registry scan",),
    query="""
        SELECT node_id, [issue ->> '$.path', coalesce(issue ->> '$.level', 'unsafe')] AS details,
            ['file/' || (issue ->> '$.path')] AS locations, 0.8 AS confidence
        FROM (SELECT node_id, unnest(json_extract(registry_scan, '$[*]')) AS issue FROM subject WHERE registry_scan IS NOT NULL)
        WHERE issue ->> '$.path' IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY issue ->> '$.path') <= 20
    """,
)
