"""A file of which a scan could not tell whether it is hostile.

**Why it matters.** Not hostile and not known are two answers. Here something is called of which nothing is known, the file
is encrypted, cut short or longer than is read, or its content was never fetched.

**What to do.** Look at what it names: a class of a library that you trust is no danger.

**When it is wrong.** Often: most pickles of a small library's own classes are harmless.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="content-not-told",
    topic="files",
    severity=Severity.LOW,
    en=Wording(
        "Content that could not be told",
        "Of its file {0} nobody can tell whether it is hostile: {1}.",
        "Look at what it names, or load it where there are no secrets.",
    ),
    ja=Wording(
        "判定できない内容",
        "ファイル {0} は悪性かどうか判定できない: {1}。",
        "指摘箇所を確認するか、機密のない環境で読み込む。",
    ),
    bad=among(
        model(
            "o/a",
            files=["model.pkl"],
            beside={
                "filiation-scan.json": '[{"file": "model.pkl", "status": "inconclusive", "why": "pickle-unlisted-class: a.B"}]'
            },
        )
    ),
    good=among(model("o/b", files=["model.safetensors"], beside={"filiation-scan.json": "[]"})),
    needs=("scan",),
    query="""
        SELECT node_id, [name, why] AS details, ['file/' || name] AS locations, 0.5 AS confidence
        FROM scanned WHERE status = 'inconclusive'
        QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY name) <= 20
    """,
)
