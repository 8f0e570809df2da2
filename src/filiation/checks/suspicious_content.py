"""A file with something that no model needs.

**Why it matters.** A program among the weights, a name that promises another kind of file, an archive that tells two
stories, a secret: each has been a way in, or is a sign that somebody was careless with what you are to load.

**What to do.** `filiation scan` tells where it stands. Ask the publisher what it is for.

**When it is wrong.** Where a repository hands out a runtime beside its weights, or its code is read and trusted. Only
models that are read from a folder are scanned.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="suspicious-content",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "Suspicious content",
        "Its file {0} holds what no model needs: {1}.",
        "Look at it with filiation scan before anything loads it.",
    ),
    ja=Wording(
        "疑わしい内容",
        "ファイル {0} にモデルには不要なものがある: {1}。",
        "何かに読み込ませる前に filiation scan で確認する。",
    ),
    bad=among(
        model(
            "o/a",
            files=["tool.exe"],
            beside={"filiation-scan.json": '[{"file": "tool.exe", "status": "suspicious", "why": "executable: pe"}]'},
        )
    ),
    good=among(model("o/b", files=["model.safetensors"], beside={"filiation-scan.json": "[]"})),
    needs=("scan",),
    query="""
        SELECT node_id, [name, why] AS details, ['file/' || name] AS locations, 0.9 AS confidence
        FROM scanned WHERE status = 'suspicious'
        QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY name) <= 20
    """,
)
