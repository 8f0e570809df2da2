"""The licence field holds something that is no licence.

**Why it matters.** No program can say what is allowed, and a person may read it in several ways.

**What to do.** Ask the publisher for an identifier of the SPDX list, or for `other` with a link.

**When it is wrong.** Where a person recognises the licence.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="license-unreadable",
    topic="license",
    severity=Severity.MEDIUM,
    en=Wording(
        "License cannot be read",
        "In the license field stands {0}, which we cannot read as a license.",
        "Ask the publisher for an identifier of the SPDX list, or for other with a link.",
    ),
    ja=Wording(
        "ライセンスの記載が読めない",
        "ライセンス欄の {0} はライセンスとして読み取れない。",
        "SPDX の識別子、またはリンク付きの other を公開者に求める。",
    ),
    bad=among(model("o/odd", cardData={"license": "free for (my friends AND"})),
    good=among(model("o/free", cardData={"license": "mit"})),
    needs=("license unreadable",),
    query="""
        SELECT node_id, [said] AS details, ['field/license'] AS locations, 0.9 AS confidence
        FROM subject JOIN term USING (node_id) WHERE subject.state = 'present' AND term.state = 'unreadable'
    """,
)
