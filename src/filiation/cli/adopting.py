"""Models on their way into use: what the verbs of `pilot` ask of the ledger, and print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from filiation.cli.console import heading, line, note, table
from filiation.core.adoption import Lesson, Stage
from filiation.governance.assessment import Language
from filiation.knowledge import load

if TYPE_CHECKING:
    import duckdb

    from filiation.governance.pilot.way import Way, Ways
    from filiation.ledger.store import Ledger
    from filiation.lineage.arrays import Lineage

MAX_NEEDS = 12
MAX_TEXT_CHARS = 60


Opened: TypeAlias = "tuple[duckdb.DuckDBPyConnection | None, Lineage | None]"


@contextmanager
def opened_atlas(path: Path) -> Iterator[Opened]:
    """Give the atlas and its lineage; None for both where there is none: a model may be adopted that no atlas holds."""
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    if not (path / "lineage").is_dir():
        yield None, None
        return
    lineage = Lineage.load(path)
    with Atlas.open(path) as atlas:
        yield atlas.con, lineage


def full(ref: str, lineage: Lineage | None) -> str:
    """Return the ref of a model in full, by the name that it has now where the atlas knows it."""
    from filiation.core.ref import Ref
    from filiation.lineage.arrays import NULL
    from filiation.lineage.lookup import locate

    named = Ref.parse(ref)
    node = locate(lineage, ref).node if lineage is not None else NULL
    if lineage is None or node == NULL:
        note(f"The atlas does not hold {named}: what it needs is answered by people alone.")
        return str(named)
    pinned = f"@{named.revision}" if named.revision else ""
    return f"{lineage.ref(node)}{pinned}"


def standing(ledger: Ledger, ref: str, atlas: Opened, lang: Language) -> Ways:
    """Return how one model stands, in the shape of them all."""
    from filiation.governance.pilot.needs import KIND
    from filiation.governance.pilot.way import Ways, way_of
    from filiation.ledger.adoptions import unpinned
    from filiation.ledger.store import now

    subject, at = unpinned(ref), now()
    adopted = ledger.adopted_as(subject)
    if adopted is None:
        return Ways(0, (), lang)
    given, lessons = ledger.answers(subject, KIND, at=at), ledger.lessons([subject])
    return Ways(1, (way_of(adopted, given, lessons, *atlas, at, lang),), lang)


def print_ways(answer: Ways) -> None:
    """Print adopted models: one with all that it needs next, several as a table."""
    words = load("pilot_words")[answer.lang]
    if not answer.models:
        line(words["ways"]["none"])
    elif len(answer.models) == 1:
        _print_way(answer.models[0], answer.lang)
    else:
        names = ("model", "stage", "since", "owner", "due", "open", "failures")
        table([words["ways"][name] for name in names], [_row(way, answer.lang) for way in answer.models])


def print_register(lessons: tuple[Lesson, ...], lang: Language) -> None:
    """Print the register."""
    words = load("pilot_words")[lang]
    if not lessons:
        line(words["ways"]["register_empty"])
        return
    told = words["assessment"]
    table(
        ["", *told["columns"]],
        [
            (
                item.number,
                f"{item.at:%Y-%m-%d}",
                item.subject,
                told[item.learnt],
                _short(item.what),
                _short(item.where),
                words["stage"][item.stage] if item.stage else "",
                item.who,
                _short(item.answered) or (told["open"] if item.is_open else ""),
            )
            for item in lessons
        ],
    )


def _print_way(way: Way, lang: Language) -> None:
    words = load("pilot_words")[lang]
    told = words["assessment"]
    stage = words["stage"][way.stage]
    heading(f"{way.ref}{words['colon']}{stage}")
    line(told["stands"].format(stage=stage, since=f"{way.since:%Y-%m-%d}", who=way.who, why=way.why.rstrip(".。")))
    if way.owner:
        line(told["carried"].format(owner=way.owner))
    if way.revision:
        line(told["pinned"].format(revision=way.revision))
    if way.due:
        line(told["overdue" if way.is_due else "due"].format(due=f"{way.due:%Y-%m-%d}"))
    if way.missing:
        line(told["despite"].format(missing=", ".join(way.missing)))
    ahead = words["stage"][way.ways[0]]
    if way.stage is Stage.STOPPED:
        line(told["stopped"])
        return
    count = len(way.next)
    form = ("watching" if count else "watched") if way.stage is Stage.WATCH else "needs" if count else "ready"
    line(told[form].format(stage=ahead, before=stage, count=count))
    for need in way.next[:MAX_NEEDS]:
        line(f"  {need.id}{words['colon']}{need.gap or need.text}")
        line(f"    {need.do}")


def _row(way: Way, lang: Language) -> tuple[object, ...]:
    words = load("pilot_words")[lang]
    due = f"{way.due:%Y-%m-%d}" if way.due else None
    return (
        way.ref, words["stage"][way.stage], f"{way.since:%Y-%m-%d}", way.owner or None, due, len(way.next),
        f"{way.open_failures}/{way.failures}",
    )  # fmt: skip


def _short(text: str) -> str:
    return text if len(text) <= MAX_TEXT_CHARS else f"{text[: MAX_TEXT_CHARS - 1]}…"
