"""A task that the declared library is not made for.

**Why it matters.** One of the two is wrong, and both decide how the model is loaded and against what it is compared.

**What to do.** Find out which from the files; ask the publisher to correct the other.

**When it is wrong.** Where somebody does something new with a library; which tasks each is made for stands in
`knowledge/checks.toml`.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import words
from filiation.core.finding import Severity
from filiation.knowledge import load

_TABLE = ", ".join(f"('{library}', {words(tasks)})" for library, tasks in load("checks")["tasks"].items())
CHECK = Check(
    name="library-contradicts-task",
    topic="attributes",
    severity=Severity.LOW,
    en=Wording(
        "Library does not fit the task",
        "It is declared for {0}, a library that is not made for {1}.",
        "Find out which of the two is wrong, and ask the publisher to correct it.",
    ),
    ja=Wording(
        "ライブラリとタスクが合わない",
        "{0} 用と宣言されているが、これは {1} のためのライブラリではない。",
        "どちらが誤りかを確かめ、公開者に訂正を求める。",
    ),
    bad=among(model("o/odd", library_name="stable-baselines3", pipeline_tag="text-generation")),
    good=among(model("o/fine", library_name="stable-baselines3", pipeline_tag="reinforcement-learning")),
    query=f"""
        SELECT node_id, [library, pipeline_tag] AS details, ['field/library_name', 'field/pipeline_tag'] AS locations,
            0.7 AS confidence
        FROM subject JOIN (VALUES {_TABLE}) AS made(made_for, tasks) ON made_for = lower(library)
        WHERE kind = 'model' AND pipeline_tag IS NOT NULL AND NOT list_contains(tasks, pipeline_tag)
    """,
)
