"""A model at the end of a long chain of others.

**Why it matters.** Every step is a place where a licence, a defect or a tampered file comes in, and all of them must be
looked at to answer for the last one. The longest chain on the Hub of July 2024 has 41 models; about 2,300 models are
five or more steps down (counted on the listing).

**What to do.** Look at the whole chain with `filiation trace`, or take a model nearer to its origin.

**When it is wrong.** It is a fact rather than a defect; where an edge is uncertain, the chain may be shorter.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

DEEP = 8
CHECK = Check(
    name="lineage-deep",
    topic="dependencies",
    severity=Severity.INFO,
    en=Wording(
        "Long chain of parents",
        "It stands at the end of a chain of {0} steps.",
        "Look at the whole chain with 'filiation trace', or take a model nearer to its origin.",
    ),
    ja=Wording(
        "系統が長い",
        "元のモデルから {0} 段階を経ている。",
        "filiation trace で系統全体を確かめるか、起源に近いモデルを選ぶ。",
    ),
    bad=among(*(model(f"o/m{i}", tags=[f"base_model:o/m{i - 1}"]) for i in range(DEEP, 0, -1)), model("o/m0")),
    good=among(model("o/m1", tags=["base_model:o/m0"]), model("o/m0")),
    query=f"""
        SELECT node_id, [depth::VARCHAR] AS details, ['name'] AS locations, 0.85 AS confidence
        FROM subject WHERE state = 'present' AND depth >= {DEEP}
    """,
)
