"""A file that usually holds a password, a key or a token.

**Why it matters.** Whoever finds it can act as the publisher, for instance replace the weights that you load tomorrow.

**What to do.** Tell the publisher; pin the revision that you have checked, and count the account as open to others
until the key is changed.

**When it is wrong.** Where the file is empty or an example.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import files_like
from filiation.core.finding import Severity
from filiation.knowledge import load

CHECK = Check(
    name="secret-files",
    topic="files",
    severity=Severity.HIGH,
    en=Wording(
        "A file for secrets",
        "Among its files is {0}, which usually holds a password, a key or a token.",
        "Tell the publisher, and pin a revision that you have checked.",
    ),
    ja=Wording(
        "秘密情報のファイル",
        "ファイルの中に、通常はパスワードや鍵を入れる {0} がある。",
        "公開者に知らせ、確認済みのリビジョンに固定する。",
    ),
    bad=among(model("o/leak", files=["model.safetensors", ".env"])),
    good=among(model("o/plain", files=["model.safetensors", "tokenizer.json"])),
    needs=("files",),
    query=files_like(load("checks")["files"]["secret"], confidence=0.6),
)
