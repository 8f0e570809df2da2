"""A parent named without its owner, where several repositories have that name.

**Why it matters.** Nobody can tell which model was meant, so neither its licence nor its data nor its defects are
known. Of the 237 names without an owner that models of the Hub declared in July 2024, 115 fit several repositories
(counted on the listing).

**What to do.** Ask the publisher for the full name, `owner/name`.

**When it is wrong.** Where the name is one that the Hub itself used before owners were asked for, and our list of these
lacks it.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import NOT_OVERRULED, parent_that
from filiation.core.finding import Severity

CHECK = Check(
    name="base-model-ambiguous",
    topic="dependencies",
    severity=Severity.MEDIUM,
    en=Wording(
        "Parent could be several",
        "It names {0} as its parent, and several repositories have that name.",
        "Ask the publisher for the full name, owner/name.",
    ),
    ja=Wording(
        "親モデルを特定できない",
        "親モデルとして挙げられた {0} に当てはまるリポジトリが複数ある。",
        "owner/name の形の完全な名前を公開者に確かめる。",
    ),
    bad=among(model("o/child", tags=["base_model:parent"]), model("p/parent"), model("q/parent")),
    good=among(model("o/child", tags=["base_model:q/parent"]), model("p/parent"), model("q/parent")),
    needs=("edge to ambiguous",),
    query=parent_that(f"parent_state = 'ambiguous' AND {NOT_OVERRULED}"),
)
