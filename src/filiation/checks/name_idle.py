"""A name that a tutorial gives, or that says nothing.

**Why it matters.** 29,822 names are shared by 195,325 models of the Hub in July 2024: `test` by 3,899,
`my_awesome_model` by 1,727 (counted on the listing). Such a repository is an exercise more often than a release, and is
easily taken for another.

**What to do.** Make sure that it is meant to be used; pin the revision.

**When it is wrong.** Where the owner's name says the rest.
"""

from __future__ import annotations

from filiation.core.check import Check, Wording, among, model
from filiation.core.check_queries import words
from filiation.core.finding import Severity
from filiation.knowledge import load

IDLE = load("checks")["names"]["idle"]
CHECK = Check(
    name="name-idle",
    topic="documentation",
    severity=Severity.INFO,
    en=Wording(
        "Name of an exercise",
        "Its name, {0}, is one that exercises have.",
        "Make sure that the publisher means it to be used before you build on it.",
    ),
    ja=Wording("練習用のような名前", "「{0}」は練習で付けられる名前である。", "利用を意図して公開されたものかを確かめる。"),
    bad=among(model("o/my_awesome_model")),
    good=among(model("o/bird-song-classifier")),
    query=f"""
        SELECT node_id, [split_part(name, '/', -1)] AS details, ['name'] AS locations, 0.9 AS confidence
        FROM subject WHERE state = 'present' AND list_contains({words(IDLE)}, lower(split_part(name, '/', -1)))
    """,
)
