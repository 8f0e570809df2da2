"""An atlas of its own for each who may not see everything: built from the records that they may see, by the same stages.

What is not in it cannot come out of it: no count, no tile, no neighbour, no message that says "did you mean".
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from filiation import pipeline
from filiation.access.hidden import Hidden, any_run, ref_expression
from filiation.access.rules import Access, Sight
from filiation.core.decision import Override
from filiation.core.errors import AtlasError
from filiation.layout import write as layout
from filiation.store.atlas import DATABASE, Atlas, explained

FOLDER = "views"
FILE = "view.json"
CHANGING = "changing"
ROWS = 4096
Progress = Callable[[str, int], None]


class Shown(msgspec.Struct, frozen=True):
    """What a view was made from; written beside it, and read by who serves it.

    Attributes:
        digest: Of the sight.
        groups: One set of groups that sees it.
        records: How many it has.
        hidden: How many it has not because a rule hides them.
        mentions: How many it has not because they name something hidden, by source.
        names: Names that are hidden because all records of theirs are, in lower case.
        upto: The last record of the whole atlas that was looked at.
        state: A digest of which records up to that one it has.
    """

    digest: str
    groups: tuple[str, ...]
    records: int
    hidden: int
    mentions: dict[str, int]
    names: tuple[str, ...]
    upto: int
    state: str


def folder_of(atlas: Path, digest: str) -> Path:
    """Return where a view lies: the atlas itself where nothing is hidden."""
    return atlas / FOLDER / digest if digest else atlas


def read_shown(atlas: Path, digest: str) -> Shown | None:
    """Return what the view of that digest was made from; None where it is not there, or not whole."""
    try:
        return msgspec.json.decode((folder_of(atlas, digest) / FILE).read_bytes(), type=Shown)
    except (OSError, msgspec.DecodeError):
        return None


class Making(NamedTuple):
    """How views are built.

    Attributes:
        progress: Called with the name of a stage and how many rows of it are done.
        overrides: Decisions in force; those about what is hidden are left out.
        without: Stages to leave for later.
        afresh: Whether to build all of them anew.
    """

    progress: Progress
    overrides: Sequence[Override] = ()
    without: Collection[str] = ()
    afresh: bool = False


def build_views(atlas: Path, access: Access, making: Making) -> list[Shown]:
    """Build, or bring up to date, the views that the file of access needs, and remove those that it does not.

    A view takes over what came since; where something that it shows is not to be seen any more, it is built anew beside its
    place and moved there. The map is drawn where the whole atlas has one.

    Args:
        atlas: The whole atlas; nobody may be writing it.
        access: Who may see what.
        making: How.

    Raises:
        AtlasError: If there is no atlas, or a view cannot be written.
    """
    made = [_build(atlas, sight, tuple(sorted(groups)), making) for groups, sight in access.sights()]
    _drop_others(atlas, {shown.digest for shown in made})
    return made


def _build(atlas: Path, sight: Sight, groups: tuple[str, ...], making: Making) -> Shown:
    place = folder_of(atlas, sight.digest)
    is_kept = not making.afresh and not (place / CHANGING).exists()
    before = read_shown(atlas, sight.digest) if is_kept else None
    making.progress(f"view {sight.digest}", 0)
    with _looking(atlas) as con:
        chosen = _choose(con, sight)
        state = _state(con, before.upto if before else -1)
        shown = _shown(con, sight, groups, chosen)
    if before is not None and before.state == state:
        with _changing(place):
            _make(place, atlas, chosen, before.upto, making)
            _write(place, shown)
        return shown
    new = place.with_name(f"{place.name}.new")
    shutil.rmtree(new, ignore_errors=True)
    _make(new, atlas, chosen, -1, making)
    _write(new, shown)
    _replace(place, new)
    return shown


@contextmanager
def _changing(place: Path) -> Iterator[None]:
    """Mark a view while it is brought up to date: one whose update was cut off is built anew."""
    with explained(place):
        (place / CHANGING).touch()
        yield
        (place / CHANGING).unlink()


def _make(place: Path, atlas: Path, chosen: _Chosen, upto: int, making: Making) -> None:
    """Take over the records behind number `upto` that are seen, and run the stages over them."""
    with Atlas.open(place, "create") as view:
        _fill(view, atlas, chosen, upto)
        seen = [
            item for item in making.overrides if not chosen.hidden.has(item.subject) and not chosen.hidden.in_text(item.why)
        ]
        draw = (atlas / layout.FOLDER / layout.CURRENT).exists()
        pipeline.build(view, making.progress, draw=draw, overrides=seen, without=making.without)


class _Chosen(msgspec.Struct, frozen=True):
    """What of the whole atlas is not seen: numbers of records, and what names it."""

    hidden: Hidden
    names: tuple[str, ...]
    records: tuple[int, ...]
    by_rule: int
    mentions: dict[str, int]
    created: str


@contextmanager
def _looking(atlas: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with Atlas.open(atlas) as whole, explained(atlas):
        yield whole.con


def _choose(con: duckdb.DuckDBPyConnection, sight: Sight) -> _Chosen:
    """Return what is hidden, leaving the numbers of its records in the table ``unseen``."""
    refs = [ref_expression(pattern) for rule in sight.hidden for pattern in rule.refs]
    sources = [any_run(pattern) for rule in sight.hidden for pattern in rule.sources]
    con.execute("CREATE OR REPLACE TEMP TABLE unseen (record_id BIGINT, source VARCHAR, by_rule BOOLEAN)")
    con.execute(_BY_RULE, {"refs": _either(refs), "sources": _either(sources)})
    names = tuple(name for (name,) in con.execute(_NAMES).fetchall())
    hidden = Hidden(sight.hidden, names)
    mentions: dict[str, int] = {}
    found = list(_mentions(con, hidden, sight.public))
    for _, source in found:
        mentions[source] = mentions.get(source, 0) + 1
    if found:
        con.executemany("INSERT INTO unseen VALUES (?, ?, false)", found)
    rows = con.execute("SELECT record_id, by_rule FROM unseen").fetchall()
    ((created,),) = con.execute("SELECT created_at::VARCHAR FROM atlas").fetchall()
    return _Chosen(hidden, names, tuple(row[0] for row in rows), sum(row[1] for row in rows), mentions, created)


def _either(expressions: list[str]) -> str:
    """Return an expression for any of them; one that nothing fits where there are none."""
    return "|".join(f"(?:{one})" for one in expressions) or "[^\\s\\S]"


def _mentions(con: duckdb.DuckDBPyConnection, hidden: Hidden, public: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Yield number and source of the records that are not hidden by a rule and name what is."""
    rows = con.execute(_TEXTS, {"public": list(public)})
    while page := rows.fetchmany(ROWS):
        for number, source, body, files in page:
            if hidden.in_text(body) or (files and hidden.in_text(files)):
                yield number, source


def _state(con: duckdb.DuckDBPyConnection, upto: int) -> str:
    """Return a digest of the records up to that number that are seen; ``unseen`` holds the others."""
    ((state,),) = con.execute(_STATE, {"upto": upto}).fetchall()
    return state


def _shown(con: duckdb.DuckDBPyConnection, sight: Sight, groups: tuple[str, ...], chosen: _Chosen) -> Shown:
    (total, upto) = con.execute("SELECT count(*), coalesce(max(record_id), -1) FROM record").fetchall()[0]
    records = total - len(chosen.records)
    return Shown(sight.digest, groups, records, chosen.by_rule, chosen.mentions, chosen.names, upto, _state(con, upto))


def _fill(view: Atlas, atlas: Path, chosen: _Chosen, upto: int) -> None:
    """Copy the records behind number `upto` that are seen, numbered without gaps, and what is told of their readings."""
    quoted = str((atlas / DATABASE).resolve()).replace("'", "''")
    with explained(view.path):
        view.con.execute(f"ATTACH '{quoted}' AS whole (READ_ONLY)")
        try:
            with view.transaction() as con:
                _copy(con, chosen, upto)
        finally:
            view.con.execute("DETACH whole")


def _copy(con: duckdb.DuckDBPyConnection, chosen: _Chosen, upto: int) -> None:
    con.execute("CREATE OR REPLACE TEMP TABLE unseen (record_id BIGINT)")
    if chosen.records:
        con.execute("INSERT INTO unseen SELECT unnest(?)", [list(chosen.records)])
    con.execute("UPDATE atlas SET created_at = ?::TIMESTAMP", [chosen.created])
    con.execute("DELETE FROM snapshot")
    con.execute(_SNAPSHOTS)
    con.execute(_RECORDS, {"upto": upto})
    for table in ("unseen", "seen_snapshot"):
        con.execute(f"DROP TABLE IF EXISTS {table}")


def _write(place: Path, shown: Shown) -> None:
    partial = place / f"{FILE}.new"
    partial.write_bytes(msgspec.json.encode(shown))
    partial.replace(place / FILE)


def _replace(place: Path, new: Path) -> None:
    old = place.with_name(f"{place.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            place.rename(old)
        new.rename(place)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise AtlasError(f"The view {place} cannot be put in its place: {error.strerror or error}.") from error


def _drop_others(atlas: Path, digests: set[str]) -> None:
    for path in (atlas / FOLDER).glob("*"):
        if path.is_dir() and path.name not in digests:
            shutil.rmtree(path, ignore_errors=True)


_BY_RULE = """
INSERT INTO unseen
SELECT record_id, record.source, true FROM record JOIN snapshot USING (snapshot_id)
WHERE regexp_full_match(lower(registry || ':' || kind || ':' || record.id), $refs, 's')
    OR regexp_full_match(lower(record.source), $sources, 's') OR regexp_full_match(lower(snapshot.path), $sources, 's')
"""

_NAMES = """
SELECT DISTINCT lower(id) FROM record WHERE record_id IN (SELECT record_id FROM unseen)
EXCEPT SELECT DISTINCT lower(id) FROM record WHERE record_id NOT IN (SELECT record_id FROM unseen)
ORDER BY 1
"""

# A source is called by its registry too, but for the Hub's: what a company's own Hub says is no public matter.
_TEXTS = """
SELECT record_id, CASE registry WHEN 'hf' THEN source ELSE registry || ':' || source END AS witness, body, files FROM record
WHERE record_id NOT IN (SELECT record_id FROM unseen) AND NOT list_contains($public, witness)
"""

_STATE = """
SELECT count(*) || '-' || coalesce(bit_xor(hash(record_id, seen_at, id)), 0) || '-' || (SELECT created_at FROM atlas)::VARCHAR
FROM record WHERE record_id <= $upto AND record_id NOT IN (SELECT record_id FROM unseen)
"""

# What a source told of what is hidden is counted nowhere: a reading counts what is seen of it, and is not there without any.
# Paths are the machine's own, and say what nobody looked for in them.
_SNAPSHOTS = """
CREATE OR REPLACE TEMP TABLE seen_snapshot AS
SELECT snapshot_id AS old, row_number() OVER (ORDER BY snapshot_id) AS new, n FROM (
    SELECT snapshot_id, count(*) AS n FROM whole.record
    WHERE record_id NOT IN (SELECT record_id FROM unseen) GROUP BY snapshot_id
);
INSERT INTO snapshot
SELECT new, source, source, seen_at, ingested_at, n, n, 0, 0
FROM whole.snapshot JOIN seen_snapshot ON snapshot_id = old ORDER BY new
"""

_RECORDS = """
INSERT INTO record
SELECT (SELECT coalesce(max(record_id), -1) FROM record) + row_number() OVER (ORDER BY record_id),
    registry, kind, id, source, repo_id, seen_at, new, 0, body, files
FROM whole.record JOIN seen_snapshot ON snapshot_id = old
WHERE record_id > $upto AND record_id NOT IN (SELECT record_id FROM unseen)
ORDER BY record_id
"""
