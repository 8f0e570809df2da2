"""A file that does harm when it is loaded, unpacked or rendered.

**Why it matters.** To load a model is to trust what stands in its files. This one runs a command, writes outside of its
folder, or reaches out of the template that it is rendered from; nothing else in it matters before that is settled.

**What to do.** Do not load it. `filiation scan` tells where it stands and what it would do.

**When it is wrong.** Where a repository shows an attack on purpose, as tests of scanners do. Only models that are read from
a folder are scanned; of all others this check says nothing.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="hostile-content",
    topic="files",
    severity=Severity.CRITICAL,
    en=Wording(
        "Hostile content",
        "Its file {0} is hostile: {1}.",
        "Do not load it, and take the weights from another place; tell the publisher.",
    ),
    ja=Wording(
        "悪性の内容",
        "ファイル {0} は悪性である: {1}。",
        "読み込まず、別の場所から重みを入手する。公開者に知らせる。",
    ),
    bad=among(
        model(
            "o/a",
            files=["model.pkl"],
            beside={
                "filiation-scan.json": '[{"file": "model.pkl", "status": "malicious", "why": "pickle-dangerous-call: nt"}]'
            },
        )
    ),
    good=among(model("o/b", files=["model.safetensors"], beside={"filiation-scan.json": "[]"})),
    needs=("scan",),
    query="""
        SELECT node_id, [name, why] AS details, ['file/' || name] AS locations, 0.98 AS confidence
        FROM scanned WHERE status = 'malicious'
        QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY name) <= 20
    """,
)
