"""Every adopted model on one page: where it stands, and what it needs next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import msgspec

from filiation.core.adoption import Adopted, Lesson, Stage
from filiation.core.decision import Given
from filiation.governance.assessment import Language
from filiation.governance.pilot.found import Known
from filiation.governance.pilot.kind import next_needs
from filiation.governance.pilot.needs import KIND, NextNeed
from filiation.governance.subject import subject
from filiation.ledger.store import Ledger
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate

MAX_SHOWN = 200


class Way(msgspec.Struct, frozen=True):
    """One adopted model.

    Attributes:
        ref: The model.
        node: Its number in the atlas; null where the atlas does not hold it, and then less of what it needs can be answered.
        stage: Where it stands.
        since: When it came there, naive UTC.
        who: Who moved it there.
        why: Their reason.
        owner: Who carries it; empty for nobody.
        revision: That is used; empty where none is pinned.
        due: When somebody must look at it again.
        is_due: Whether that is past.
        missing: Needs that were open when it was moved on all the same.
        ways: Where it may go: on, back, and off the way.
        next: What is open before it goes on; only what is required.
        successes: In the register.
        failures: The same.
        open_failures: Those about which nothing was done.
    """

    ref: str
    node: int | None
    stage: Stage
    since: datetime
    who: str
    why: str
    owner: str
    revision: str
    due: datetime | None
    is_due: bool
    missing: tuple[str, ...]
    ways: tuple[Stage, ...]
    next: tuple[NextNeed, ...]
    successes: int
    failures: int
    open_failures: int


class Ways(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/pilot-ways/v1"):
    """Adopted models, those that are due first, then by stage; `total` counts them all."""

    total: int
    models: tuple[Way, ...]
    lang: Language = "en"


class Register(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/pilot-register/v1"):
    """The register, newest first."""

    lessons: tuple[Lesson, ...]


def all_ways(
    ledger: Ledger | None, con: duckdb.DuckDBPyConnection | None, lineage: Lineage | None, at: datetime, lang: Language
) -> Ways:
    """Return every adopted model.

    Args:
        ledger: None where there is none, and so nothing is adopted.
        con: Of the atlas; None where there is none.
        lineage: Agrees with it.
        at: When, naive UTC.
        lang: Of what is needed.
    """
    if ledger is None:
        return Ways(0, (), lang)
    adopted = ledger.adopted()
    order = tuple(Stage)
    first = sorted(adopted, key=lambda one: (not _is_due(one, at), order.index(one.stage), one.subject))[:MAX_SHOWN]
    given, lessons = ledger.answers(kind=KIND, at=at), ledger.lessons()
    ways = []
    for one in first:
        own = [item for item in given if item.subject == one.subject]
        learnt = [item for item in lessons if item.subject == one.subject]
        ways.append(way_of(one, own, learnt, con, lineage, at, lang))
    return Ways(len(adopted), tuple(ways), lang)


def way_of(
    adopted: Adopted, given: Sequence[Given], lessons: Sequence[Lesson], con: duckdb.DuckDBPyConnection | None,
    lineage: Lineage | None, at: datetime, lang: Language,
) -> Way:  # fmt: skip
    """Return one adopted model: `given` and `lessons` are about it alone, the other arguments as in `all_ways`."""
    node = locate(lineage, adopted.subject).node if lineage is not None else NULL
    held = subject(con, lineage, node, lang) if con is not None and lineage is not None and node != NULL else None
    known = Known(held, adopted, lessons, at, lang)
    return Way(
        ref=adopted.subject,
        node=None if node == NULL else int(node),
        stage=adopted.stage,
        since=adopted.since,
        who=adopted.who,
        why=adopted.why,
        owner=adopted.owner,
        revision=adopted.revision,
        due=adopted.due,
        is_due=_is_due(adopted, at),
        missing=adopted.missing,
        ways=adopted.ways,
        next=next_needs(known, given, adopted.subject),
        successes=sum(item.learnt == "success" for item in lessons),
        failures=sum(item.learnt == "failure" for item in lessons),
        open_failures=sum(item.is_open for item in lessons),
    )


def _is_due(adopted: Adopted, at: datetime) -> bool:
    return adopted.due is not None and adopted.due <= at and adopted.stage is not Stage.STOPPED
