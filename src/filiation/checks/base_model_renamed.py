"""A parent that is named as it was called before.

**Why it matters.** The registry sends old names on only as long as nobody else takes them: five dead names of 2024 led
elsewhere two years later, one of them to another owner (Stalnaker et al., checked again in September 2026).

**What to do.** Use the new name, and pin the revision.

**When it is wrong.** Where the name is kept on purpose, because older software knows no other.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import parents_read_as
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-renamed",
    topic="dependencies",
    severity=Severity.INFO,
    en=Wording(
        "Parent's old name",
        "It names its parent {0}, which is called {1} now.",
        "Use the new name in what you write and load.",
    ),
    ja=Wording(
        "親モデルの旧名",
        "親モデルは {0} と書かれているが、現在の名前は {1} である。",
        "記述や読み込みには新しい名前を使う。",
    ),
    bad=among(model("o/child", tags=["base_model:gpt2"]), model("openai-community/gpt2")),
    good=among(model("o/child", tags=["base_model:openai-community/gpt2"]), model("openai-community/gpt2")),
    needs=("claim base_model",),
    query=parents_read_as("alias", "renamed", confidence=0.95),
)
