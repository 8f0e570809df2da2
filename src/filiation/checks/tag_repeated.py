"""The same tag more than once, in different spelling.

**Why it matters.** Tags are counted and filtered as they are written: such a model falls out of some counts and twice
into others. The base model of one record may stand in its tags several times (see the facts, trap 2).

**What to do.** Keep one spelling.

**When it is wrong.** Where upper and lower case differ in meaning.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.finding import Severity

CHECK = Check(
    name="tag-repeated",
    topic="attributes",
    severity=Severity.INFO,
    en=Wording("Repeated tag", "It has the tag {0} more than once.", "Ask the publisher to keep one spelling."),
    ja=Wording("タグの重複", "タグ {0} が重複している。", "表記を一つにそろえるよう公開者に求める。"),
    bad=among(model("o/twice", tags=["Birds", "birds"])),
    good=among(model("o/once", tags=["birds", "song"])),
    needs=("tags",),
    query="""
        WITH doubled AS MATERIALIZED (
            SELECT node_id, list_transform(tags, lambda tag: lower(tag)) AS spelled FROM subject
            WHERE len(tags) > list_unique(spelled)
        )
        SELECT node_id, [min(tag)] AS details, ['field/tags'] AS locations, 0.95 AS confidence
        FROM (SELECT node_id, unnest(spelled) AS tag FROM doubled)
        GROUP BY node_id, tag HAVING count(*) > 1
        QUALIFY row_number() OVER (PARTITION BY node_id ORDER BY tag) = 1
    """,
)
