"""The licence is "other", and nothing says which.

**Why it matters.** `other` stands for anything from a note of thanks to a ban on use: without `license_name`,
`license_link` or a file nobody knows the terms. 16,447 models of July 2024 declare it (counted on the listing).

**What to do.** Look for a licence in the card; ask the publisher for name and link.

**When it is wrong.** Where the name or the link is there and we do not know the licence: read it.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-other-unexplained",
    topic="license",
    severity=Severity.MEDIUM,
    en=Wording(
        "License other, not known which",
        "It declares another license than the usual ones{0}; we do not know its terms.",
        "Read the license's text yourself, or ask the publisher for one.",
    ),
    ja=Wording(
        "「その他」のライセンス",
        "ライセンスは「その他」とされ{0}、条件が分からない。",
        "本文を自分で読むか、公開者に求める。",
    ),
    bad=among(model("o/odd", tags=["license:other"])),
    good=among(
        model(
            "o/llama",
            cardData={
                "license": "other",
                "license_name": "llama-3-community-license",
                "license_link": "https://llama.meta.com/llama3/license/",
            },
        )
    ),
    needs=("license other",),
    query="""
        SELECT node_id, [coalesce(' (' || min(value) FILTER (predicate = 'license_name') || ')', '')] AS details,
            ['field/license'] AS locations, 0.9 AS confidence
        FROM subject JOIN term USING (node_id)
        LEFT JOIN claim ON claim.record_id = subject.record_id AND predicate = 'license_name'
        WHERE subject.state = 'present' AND term.state = 'other' AND expression IS NULL GROUP BY node_id
    """,
)
