"""A model that does not say what it is for.

**Why it matters.** Reuse begins with the task: input, output, and which measure counts (Jiang et al., ICSE 2023, the
first of four steps of the decision). Without a pipeline tag a model is not found by task, and cannot be compared.

**What to do.** Find out from the architecture or the card, and ask the publisher to declare it.

**When it is wrong.** Where no task of the Hub's list fits, as for a tokenizer.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import undeclared
from filiation.core.finding import Severity

CHECK = Check(
    name="task-undeclared",
    topic="documentation",
    severity=Severity.INFO,
    en=Wording(
        "Task not declared",
        "It does not say which task it is for.",
        "Find out from its architecture or its card, and ask the publisher to declare pipeline_tag.",
    ),
    ja=Wording(
        "タスクの宣言がない",
        "どのタスクのためのモデルかが宣言されていない。",
        "アーキテクチャやモデルカードで確かめ、公開者に pipeline_tag の宣言を求める。",
    ),
    bad=among(model("o/mute", library_name="transformers")),
    good=among(model("o/told", pipeline_tag="fill-mask")),
    query=undeclared("pipeline_tag", "pipeline_tag", "pipeline_tag"),
)
