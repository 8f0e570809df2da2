"""A model card whose front matter is no YAML mapping.

**Why it matters.** The front matter carries the licence, the parents and the datasets. Where it cannot be read, the
registry shows none of them, and everything that counts on tags sees an undocumented model.

**What to do.** Correct the block between the two `---` lines; `filiation card lint` says where it breaks.

**When it is wrong.** Where a reader more lenient than ours gets something out of it.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

PREFIX = "README.md front matter: "
CHECK = Check(
    name="front-matter-unreadable",
    topic="documentation",
    severity=Severity.MEDIUM,
    en=Wording(
        "Front matter cannot be read",
        "What its card declares cannot be read: {0}.",
        "Have the publisher correct the YAML between the two --- lines.",
    ),
    ja=Wording(
        "メタデータが読めない",
        "モデルカードの宣言部分が読めない: {0}。",
        "二つの --- 行の間の YAML を直すよう公開者に求める。",
    ),
    bad=among(model("o/broken", beside={"README.md": "---\nlicense: [mit\n---\nA model."})),
    good=among(model("o/fine", beside={"README.md": "---\nlicense: mit\n---\nA model."})),
    needs=("skipped",),
    query=f"""
        SELECT node_id, [rtrim(string_split(min(substr(reason, {len(PREFIX) + 1})), chr(10))[1], '.')] AS details,
            ['file/README.md'] AS locations, 0.95 AS confidence
        FROM skipped JOIN record ON skipped.snapshot_id = record.snapshot_id AND skipped.line = record.line
            AND file = record.kind || ':' || id
        JOIN subject USING (record_id)
        WHERE starts_with(reason, '{PREFIX}') GROUP BY node_id
    """,
)
