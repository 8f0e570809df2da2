"""The licence is declared as "unknown".

**Why it matters.** The publisher says that the terms are not known, which gives no rights: 4,421 models of July 2024
(counted on the listing).

**What to do.** Treat it as without a licence; look at what it descends from.

**When it is wrong.** Where a file or the card names a licence all the same.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-unknown",
    topic="license",
    severity=Severity.MEDIUM,
    en=Wording(
        "License declared as unknown",
        "Its publisher declares that the license is unknown.",
        "Treat it as without a license, and look at what it descends from.",
    ),
    ja=Wording(
        "ライセンスが「不明」",
        "ライセンスは不明と宣言されている。",
        "ライセンスなしとみなし、元のモデルを調べる。",
    ),
    bad=among(model("o/odd", tags=["license:unknown"])),
    good=among(model("o/free", tags=["license:mit"])),
    needs=("license unknown",),
    query="""
        SELECT node_id, []::VARCHAR[] AS details, ['field/license'] AS locations, 0.95 AS confidence
        FROM subject JOIN term USING (node_id) WHERE subject.state = 'present' AND term.state = 'unknown'
    """,
)
