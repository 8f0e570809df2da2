"""A model of text or speech that does not say of which language.

**Why it matters.** Language decides whether a model can be used at all, and on whose data it was measured. The field is
part of the Hub's card template (Model Details: languages).

**What to do.** Look into the card's text and the training data; ask the publisher to fill in `language`.

**When it is wrong.** Where the language is plain from the parent or the data, or the text is no natural language, as
for code or proteins.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import words
from filiation.core.finding import Severity
from filiation.knowledge import load

CHECK = Check(
    name="language-undeclared",
    topic="documentation",
    severity=Severity.INFO,
    en=Wording(
        "Language not declared",
        "It is for {0} and does not say in which language.",
        "Look for the language in the card and the training data, and ask the publisher to declare it.",
    ),
    ja=Wording(
        "言語の宣言がない",
        "{0} のモデルだが、対象言語の宣言がない。",
        "モデルカードや学習データで言語を確かめ、公開者に宣言を求める。",
    ),
    bad=among(model("o/mute", pipeline_tag="text-classification")),
    good=among(model("o/told", pipeline_tag="text-classification", tags=["en"])),
    query=f"""
        SELECT node_id, [pipeline_tag] AS details, ['field/language'] AS locations, 0.9 AS confidence
        FROM subject ANTI JOIN (SELECT record_id FROM claim WHERE predicate = 'language') USING (record_id)
        WHERE kind = 'model' AND knows_fields AND list_contains({words(load("checks")["language"]["tasks"])}, pipeline_tag)
    """,
)
