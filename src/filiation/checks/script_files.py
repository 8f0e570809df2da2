"""A shell script among the files.

**Why it matters.** Instructions in the card often end in "run this script"; it does what it likes on your machine, and
may fetch more.

**What to do.** Read it before you run it.

**When it is wrong.** Where it is the record of how the model was trained, which helps to make it again.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import files_like
from filiation.core.finding import Severity
from filiation.knowledge import load

CHECK = Check(
    name="script-files",
    topic="files",
    severity=Severity.INFO,
    en=Wording(
        "A shell script among the files",
        "Among its files is a shell script: {0}.",
        "Read it before you run it.",
    ),
    ja=Wording(
        "シェルスクリプトが含まれる",
        "ファイルの中にシェルスクリプト {0} がある。",
        "実行する前に内容を読む。",
    ),
    bad=among(model("o/tool", files=["model.safetensors", "run.sh"])),
    good=among(model("o/plain", files=["model.safetensors", "README.md"])),
    needs=("files",),
    query=files_like(load("checks")["files"]["script"], of="kind = 'model'"),
)
