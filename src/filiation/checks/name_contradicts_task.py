"""The name says another task than the pipeline tag.

**Why it matters.** The registry's page and its programs take the pipeline tag; who searches by name finds a model that
does something else.

**What to do.** Go by the architecture's head; ask the publisher to correct the other.

**When it is wrong.** Where the model does both, or the word names what it is about: only pairs of tasks count that
exclude each other.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-task",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Name and task disagree",
        "Its name says {0}; its pipeline tag is {1}.",
        "Go by the architecture, and ask the publisher to correct the other.",
    ),
    ja=Wording(
        "名前とタスクが食い違う",
        "名前は {0} を示すが、タスクは {1} と宣言されている。",
        "アーキテクチャに従い、公開者に訂正を求める。",
    ),
    bad=among(model("o/news-asr", pipeline_tag="text-to-speech")),
    good=among(model("o/news-asr", pipeline_tag="automatic-speech-recognition")),
    needs=("name",),
    query=contradicted("task"),
)
