"""Several licences, and nothing says how they go together.

**Why it matters.** "Either" gives you the freer one, "both" binds you to the stricter. 188 models of July 2024 declare
several (counted on the listing).

**What to do.** Keep to all of them until the publisher says that you may choose.

**When it is wrong.** Where the card says that you may choose, or which part is under which.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-several",
    topic="license",
    severity=Severity.LOW,
    en=Wording(
        "Several licenses",
        "It declares {0}, and nothing says whether one may choose.",
        "Keep to all of them until the publisher says that you may choose.",
    ),
    ja=Wording(
        "複数のライセンス",
        "{0} が宣言されているが、選択できるのかが示されていない。",
        "選択できると公開者が示すまで、すべてに従う。",
    ),
    bad=among(model("o/two", tags=["license:mit", "license:cc-by-nc-4.0"])),
    good=among(model("o/one", tags=["license:mit"])),
    needs=("several licenses",),
    query="""
        SELECT node_id, [license] AS details, ['field/license'] AS locations, 0.9 AS confidence
        FROM subject WHERE state = 'present' AND contains(license, ', ')
    """,
)
