"""A repository that is disabled or private, or that the registry hands out no more.

**Why it matters.** A registry disables what was reported to it or breaks its rules; what is private to others cannot be
fetched again.

**What to do.** Find out why; do not deploy it until you know.

**When it is wrong.** Where it is private because it is yours.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="repository-withdrawn",
    topic="dependencies",
    severity=Severity.HIGH,
    en=Wording(
        "Withdrawn",
        "The registry lists it as disabled or private, or hands it out no more.",
        "Find out why before you deploy it.",
    ),
    ja=Wording(
        "取り下げられている",
        "レジストリで無効化または非公開になっているか、もう提供されていない。",
        "導入する前に理由を調べる。",
    ),
    bad=among(model("o/off", disabled=True)),
    good=among(model("o/on", disabled=False, private=False)),
    needs=("withdrawn",),
    query="""
        SELECT node_id, []::VARCHAR[] AS details,
            [CASE state WHEN 'gone' THEN 'field/filiation:gone' ELSE 'field/disabled' END] AS locations, 0.97 AS confidence
        FROM subject WHERE state IN ('present', 'gone') AND is_withdrawn
    """,
)
