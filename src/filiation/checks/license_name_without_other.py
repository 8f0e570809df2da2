"""A licence's name or link beside another licence than `other`.

**Why it matters.** The registry reads `license_name` and `license_link` only with `other`. Beside `apache-2.0` nobody
sees them, though they often hold the terms that count.

**What to do.** Read the link. Ask the publisher to declare `other`, or to take the name away.

**When it is wrong.** Where both name the same licence.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-name-without-other",
    topic="license",
    severity=Severity.LOW,
    en=Wording(
        "A second license's name",
        "It declares {0}, and beside it names {1}.",
        "Read what the name or link leads to, and ask the publisher which one holds.",
    ),
    ja=Wording(
        "別のライセンス名の併記",
        "{0} と宣言しながら、別に {1} を挙げている。",
        "名前やリンクの先を読み、どちらが有効か公開者に尋ねる。",
    ),
    bad=among(model("o/two", cardData={"license": "apache-2.0", "license_name": "my-own-terms"})),
    good=among(model("o/one", cardData={"license": "other", "license_name": "my-own-terms"})),
    needs=("claim license_name",),
    query="""
        SELECT node_id, [min(license), arg_min(value, claim_id)] AS details, ['claim/' || min(claim_id)] AS locations,
            0.8 AS confidence
        FROM subject JOIN claim USING (record_id)
        WHERE predicate = 'license_name' AND license IS NOT NULL AND lower(license) <> 'other'
            AND regexp_replace(lower(value), '[^a-z0-9]', '', 'g') <> regexp_replace(lower(license), '[^a-z0-9]', '', 'g')
        GROUP BY node_id
    """,
)
