"""A model that does not say what loads it.

**Why it matters.** Framework support is one of the factors of portability that practitioners name (Jiang et al., ICSE
2023, table I); without it nobody knows what must be installed, or whether the files run code when they are read.

**What to do.** Look at its files; ask the publisher to declare `library_name`.

**When it is wrong.** Where the files make it plain to a person. A tag that says it, such as `gguf`, counts as said.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import undeclared, words
from filiation.core.finding import Severity
from filiation.knowledge import load

CHECK = Check(
    name="library-undeclared",
    topic="documentation",
    severity=Severity.INFO,
    en=Wording(
        "Library not declared",
        "It does not say which library loads it.",
        "Find out from its files, and ask the publisher to declare library_name.",
    ),
    ja=Wording(
        "ライブラリの宣言がない",
        "どのライブラリで読み込むかが宣言されていない。",
        "ファイルから確かめ、公開者に library_name の宣言を求める。",
    ),
    bad=among(model("o/mute", pipeline_tag="fill-mask")),
    good=among(model("o/told", library_name="transformers")),
    query=undeclared(
        "library", "library", "library_name", unless=f"list_has_any(tags, {words(load('checks')['tags']['loads'])})"
    ),
)
