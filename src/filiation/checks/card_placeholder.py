"""A model card whose template was left unfilled.

**Why it matters.** The Hub's template and trainers write "[More Information Needed]" wherever the publisher should say
something. Such a card looks complete and is not: untouched placeholders must count as empty (`modelcard_template.md` of
huggingface_hub).

**What to do.** Treat the sections as absent. Ask the publisher for those that your use depends on.

**When it is wrong.** Where few blanks are left in a long card; the number of blanks is in the message.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import words
from filiation.core.finding import Severity
from filiation.knowledge import load

BLANKS = load("checks")["template"]["blanks"]
MIN_BLANKS, MANY = 3, 10
_CARD = "# Model\n\n## Model description\n\n{0}\n\n## Intended uses\n\n{0}\n\n## Training data\n\n{0}\n"
CHECK = Check(
    name="card-placeholder",
    topic="documentation",
    severity=Severity.LOW,
    en=Wording(
        "Template not filled in",
        "{0} places of its card still say that more information is needed.",
        "Count these sections as absent, and ask the publisher for those that your use depends on.",
    ),
    ja=Wording(
        "テンプレートのまま",
        "モデルカードの {0} か所が「情報が必要」のまま残っている。",
        "該当する節は記載なしとみなし、必要なものは公開者に求める。",
    ),
    bad=among(model("o/blank", beside={"README.md": _CARD.format("More information needed")})),
    good=among(model("o/filled", beside={"README.md": _CARD.format("Songs of birds, recorded in the field.")})),
    needs=("card",),
    query=f"""
        SELECT node_id, [blanks::VARCHAR] AS details, ['file/README.md'] AS locations, 0.95 AS confidence,
            CASE WHEN blanks >= {MANY} THEN 'medium' END AS severity
        FROM (
            SELECT node_id, len(string_split(lower(text), {words(BLANKS[1:])}[1])) - 1 AS blanks
            FROM card WHERE contains(lower(text), {words(BLANKS[1:])}[1])
        ) WHERE blanks >= {MIN_BLANKS}
    """,
)
