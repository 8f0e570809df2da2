"""A model through which every line of descent of very many others runs.

**Why it matters.** Whoever can write to this one repository reaches all of them, and if it goes, none of them can be
rebuilt. Ten bases carry 19.5 % of all edges of the Hub of July 2024, a thousand carry 76 %; 5,194 models descend from
Mistral-7B-v0.1 (counted on the listing).

**What to do.** Keep a copy with its digest, and pin the revision. It is no defect of the model.

The count is given by its power of ten, so that what was accepted stays accepted when one more model is made.

**When it is wrong.** Where its models could be made again from another copy.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

MANY = 100
CHECK = Check(
    name="upstream-concentration",
    topic="dependencies",
    severity=Severity.INFO,
    en=Wording(
        "Much stands on this one repository",
        "At least {0} models have every line of descent through it.",
        "Keep a copy of it with its digest, and pin its revision where you use it.",
    ),
    ja=Wording(
        "一つの上流への集中",
        "{0} 個以上のモデルの系統がすべてこのリポジトリを通る。",
        "ダイジェスト付きで手元に控え、利用時にはリビジョンを固定する。",
    ),
    bad=among(model("o/root"), *(model(f"o/child-{i}", tags=["base_model:o/root"]) for i in range(MANY))),
    good=among(model("o/root"), *(model(f"o/child-{i}", tags=["base_model:o/root"]) for i in range(3))),
    query=f"""
        SELECT node_id,
            [(10 ** floor(log10(dominated)))::BIGINT::VARCHAR] AS details, ['name'] AS locations,
            0.95 AS confidence
        FROM subject WHERE kind = 'model' AND dominated >= {MANY} AND state = 'present'
    """,
)
