"""A model on its way into use, and what was learnt on the way.

Source:
    Jiang et al., ICSE 2023: people who reuse models assess, select, evaluate and deploy, and go back three times as often as
    packages of code make them. The stages here part "evaluate" from "pilot", and add what comes after roll-out.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec


class Stage(StrEnum):
    """Where an adopted model stands; ``stopped`` is off the way, and may begin anew."""

    SELECT = "select"
    EVALUATE = "evaluate"
    PILOT = "pilot"
    DEPLOY = "deploy"
    WATCH = "watch"
    STOPPED = "stopped"


WAY = (Stage.SELECT, Stage.EVALUATE, Stage.PILOT, Stage.DEPLOY, Stage.WATCH)
Learnt = Literal["success", "failure"]


class Adopted(msgspec.Struct, frozen=True):
    """A model that somebody is adopting, as it now stands.

    Attributes:
        subject: A ref, such as ``model:o/a``.
        stage: Where it stands.
        since: When it came there, naive UTC.
        who: Who moved it there.
        why: Their reason.
        owner: Who carries it; empty for nobody.
        revision: Of the model; empty where none is pinned yet.
        due: When somebody must look at it again, naive UTC; null where nobody said.
        missing: What was open when it was moved on all the same: ids of needs.
        began: When it was first adopted.
        steps: How often it was moved.
        entry: Number of the ledger's entry that moved it.
    """

    subject: str
    stage: Stage
    since: datetime
    who: str
    why: str
    owner: str
    revision: str
    due: datetime | None
    missing: tuple[str, ...]
    began: datetime
    steps: int
    entry: int

    @property
    def ways(self) -> tuple[Stage, ...]:
        """Where it may go: the next stage, then any earlier one, the nearest first, and off the way."""
        return ways(self.stage)


class Lesson(msgspec.Struct, frozen=True):
    """A success or a failure that somebody wrote down, so that the next who assesses the model reads of it.

    Attributes:
        number: Of the ledger's entry.
        subject: A ref.
        learnt: Success or failure.
        what: What happened.
        where: What shows it: a file, a link, a figure; empty for nothing.
        stage: Where the model stood then; null where nobody had adopted it.
        who: Who says so.
        at: When, naive UTC.
        answered: What was done about a failure; empty while nothing is.
        answered_by: Who did it.
    """

    number: int
    subject: str
    learnt: Learnt
    what: str
    where: str
    stage: Stage | None
    who: str
    at: datetime
    answered: str = ""
    answered_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it is a failure that nobody answered."""
        return self.learnt == "failure" and not self.answered


def ways(stage: Stage) -> tuple[Stage, ...]:
    """Return where a model at `stage` may go; see `Adopted.ways`.

    A model stays in ``watch`` by going there again: that says who looked at it and when they will again.
    """
    if stage is Stage.STOPPED:
        return (Stage.SELECT,)
    place = WAY.index(stage)
    ahead = WAY[place + 1 : place + 2] or (Stage.WATCH,)
    return (*ahead, *reversed(WAY[:place]), Stage.STOPPED)


def is_ahead(before: Stage, after: Stage) -> bool:
    """Return whether that step goes on rather than back: only those have needs."""
    return before in WAY and after in WAY and WAY.index(after) > WAY.index(before)
