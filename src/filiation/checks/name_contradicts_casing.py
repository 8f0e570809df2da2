"""The name says cased and the tokenizer or the parent is uncased, or the other way round.

**Why it matters.** A model that never saw capitals loses what they tell, such as names of people, and nothing reports
it.

**What to do.** Look at `do_lower_case` of the tokenizer.

**When it is wrong.** Where the tokenizer was exchanged after the parent.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-casing",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Cased or uncased",
        "Its name says {0}; its tokenizer or its parent is {1}.",
        "Look at do_lower_case of the tokenizer, and ask the publisher to rename it.",
    ),
    ja=Wording(
        "大文字小文字の扱いが食い違う",
        "名前は {0} を示すが、トークナイザーまたは親モデルは {1} である。",
        "トークナイザーの do_lower_case を確かめ、公開者に改名を求める。",
    ),
    bad=among(model("o/news-bert-base-cased", tags=["base_model:p/bert-base-uncased"]), model("p/bert-base-uncased")),
    good=among(model("o/news-bert-base-cased", tags=["base_model:p/bert-base-cased"]), model("p/bert-base-cased")),
    needs=("name",),
    query=contradicted("casing"),
)
