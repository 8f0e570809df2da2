"""Training data named without its owner, where several datasets have that name.

**Why it matters.** Copies of a dataset differ in what was filtered and in the licence that they declare; nobody can
tell which one it was.

**What to do.** Ask the publisher for the full name.

**When it is wrong.** Where the name is one that the registry itself used before owners were asked for, and our list of
these lacks it.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, dataset, model
from filiation.core.check_queries import data_that
from filiation.core.finding import Severity

CHECK = Check(
    name="dataset-ambiguous",
    topic="datasets",
    severity=Severity.LOW,
    en=Wording(
        "Training data could be several",
        "It names {0} as training data, and several datasets have that name.",
        "Ask the publisher for the full name, owner/name.",
    ),
    ja=Wording(
        "学習データを特定できない",
        "学習データとして挙げられた {0} に当てはまるデータセットが複数ある。",
        "owner/name の形の完全な名前を公開者に確かめる。",
    ),
    bad=among(model("o/child", tags=["dataset:birds"]), dataset("d/birds"), dataset("e/birds")),
    good=among(model("o/child", tags=["dataset:e/birds"]), dataset("d/birds"), dataset("e/birds")),
    needs=("edge to ambiguous",),
    query=data_that("basis = 'declared' AND parent_state = 'ambiguous'", sure="sure * 0.9"),
)
