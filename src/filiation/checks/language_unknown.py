"""A language that is no ISO code.

**Why it matters.** Whoever filters by language does not find the model, and two spellings of one language count as two.

**What to do.** Write the ISO 639 code, such as `ja`.

**When it is wrong.** Where the value is a language family or a script that has no code.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import words
from filiation.core.finding import Severity
from filiation.knowledge import load

KNOWN = [*load("languages")["codes"], *load("checks")["language"]["words"]]
CHECK = Check(
    name="language-unknown",
    topic="attributes",
    severity=Severity.INFO,
    en=Wording("Language is no code", "Its language is given as {0}, which is no ISO code.", "Write the ISO 639 code instead."),
    ja=Wording("言語コードが不正", "言語が {0} と書かれているが、ISO の言語コードではない。", "ISO 639 のコードで書く。"),
    bad=among(model("o/odd", cardData={"language": "Japanese"})),
    good=among(model("o/fine", cardData={"language": ["ja", "zh-Hant", "ain"]})),
    needs=("claim language",),
    query=f"""
        SELECT node_id, [string_agg(DISTINCT value, ', ' ORDER BY value)] AS details, ['claim/' || min(claim_id)] AS locations,
            0.9 AS confidence
        FROM claim JOIN subject USING (record_id)
        WHERE predicate = 'language' AND NOT list_contains({words(KNOWN)}, lower(value))
            AND NOT regexp_full_match(value, '(?i)[a-z]{{3}}([-_][a-z0-9]{{2,8}})*|[a-z]{{2}}([-_][a-z0-9]{{2,8}})+')
        GROUP BY node_id
    """,
)
