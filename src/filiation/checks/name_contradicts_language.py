"""The name says another language than those declared.

**Why it matters.** Who looks for a language finds, or misses, the model by what is declared.

**What to do.** Ask the publisher to declare the languages; try the model in yours.

**When it is wrong.** Where the word is a place or a people and not a language. Codes of two or three letters never
contradict.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import contradicted
from filiation.core.finding import Severity

CHECK = Check(
    name="name-contradicts-language",
    topic="names",
    severity=Severity.LOW,
    en=Wording(
        "Name and language disagree",
        "Its name says {0}; declared is {1}.",
        "Try it in your language, and ask the publisher to declare all of its languages.",
    ),
    ja=Wording(
        "名前と言語が食い違う",
        "名前は {0} を示すが、宣言された言語は {1} である。",
        "自分の言語で試し、公開者に言語の宣言を求める。",
    ),
    bad=among(model("o/llama-tamil", tags=["en"])),
    good=among(model("o/llama-tamil", tags=["ta", "en"])),
    needs=("name",),
    query=contradicted("language"),
)
