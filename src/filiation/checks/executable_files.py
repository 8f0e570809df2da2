"""A program among the files.

**Why it matters.** A model needs none. A program that comes with weights is run by somebody who trusts the model, and
no scanner of weights looks at it.

**What to do.** Do not run it. Ask the publisher for the source and build it yourself.

**When it is wrong.** Where the repository is made to hand out a runtime, such as a llamafile or a compiled kernel.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import files_like
from filiation.core.finding import Severity
from filiation.knowledge import load

CHECK = Check(
    name="executable-files",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "A program among the files",
        "Among its files is a program: {0}.",
        "Do not run it; ask the publisher for the source.",
    ),
    ja=Wording("実行ファイルが含まれる", "ファイルの中に実行形式のもの {0} がある。", "実行せず、公開者にソースを求める。"),
    bad=among(model("o/tool", files=["model.safetensors", "bin/run.exe"])),
    good=among(model("o/plain", files=["model.safetensors", "README.md"])),
    needs=("files",),
    query=files_like(load("checks")["files"]["executable"]),
)
