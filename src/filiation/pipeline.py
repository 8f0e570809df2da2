"""The stages in order: ingest, extract, lineage, names, predict, licenses, audit, search, map. Nothing else knows the order."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path

import duckdb
import msgspec

from filiation import assess, checks, extract, licenses, lineage, names, registry
from filiation.assess.build import build_scores
from filiation.checks.run import run as run_checks
from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.core.record import ReadOptions
from filiation.core.ref import Kind
from filiation.extract.run import extract as run_extractors
from filiation.layout import version as layout_version
from filiation.layout import write as layout
from filiation.layout.sizes import Size
from filiation.licenses.build import build_terms
from filiation.lineage import arrays, prediction
from filiation.lineage.applications import save_applications
from filiation.lineage.arrays import Lineage
from filiation.lineage.build import build_tables
from filiation.lineage.prediction.build import build_predictions
from filiation.lineage.prediction.fit import drop_others as drop_other_fits
from filiation.lineage.reading_headers import observe_headers
from filiation.names.build import build_names
from filiation.store import parts, search
from filiation.store.atlas import Atlas, explained
from filiation.store.indexing import build_index
from filiation.store.ingest import Ingested, ingest
from filiation.store.inputs import renumbered
from filiation.store.stages import last_run, recorded
from filiation.store.validity import validate

SPARED = ("names", "predict", "audit", "search")
"""Stages that may wait: nothing but a later audit or search finds less for it, and these run again after them."""
Progress = Callable[[str, int], None]
"""Called with the name of a stage and how many rows of it are done; 0 when it begins."""
SEARCH_VERSION = "4"
"""Changes when the index of names and cards is written in another way."""
END_OF_TIME = datetime(9999, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC


class Stage(msgspec.Struct, frozen=True):
    """A stage that ran: how many rows it made, in how many seconds."""

    name: str
    rows: int
    seconds: float


def observe(
    atlas: Atlas, sources: Sequence[Path], at: datetime, kind: Kind | None, progress: Progress, *, whole: bool = False
) -> tuple[list[Ingested], Stage]:
    """Ingest each of `sources`, in a transaction of its own: what one of them cannot give, the others still do.

    Where a source holds files of models, the headers of their weights are observed too. `whole` says that each source names all
    that its registry holds: what it does not name any more is gone.
    """
    clock = time.perf_counter()
    done = []
    for path in sources:
        batches = registry.read(path, ReadOptions(kind))
        done.append(
            ingest(atlas, path, batches, at, lambda rows, name=path.name: progress(f"ingest {name}", rows), whole=whole)
        )
        observe_headers(atlas, path, at, kind, lambda models, name=path.name: progress(f"headers {name}", models))
    return done, Stage("ingest", sum(item.added for item in done), time.perf_counter() - clock)


def build(
    atlas: Atlas,
    progress: Progress,
    start: str | None = None,
    *,
    draw: bool = False,
    size: Size | None = None,
    overrides: Sequence[Override] = (),
    without: Collection[str] = (),
) -> list[Stage]:
    """Run the stages that are out of date, and with `start` that one and those after it; return those that ran.

    The map is drawn with `draw`, or where there is one already; `size` is what its radii mean, None for what they mean now.
    `overrides` are the decisions of reviewers that are in force. `without` names stages of `SPARED` to leave for later.

    Raises:
        FiliationError: If `start` is no stage.
    """
    stages: dict[str, Callable[[Atlas, bool], int | None]] = {
        "extract": _extract,
        "lineage": _lineage,
        "names": _names,
        "predict": _predict,
        "licenses": partial(_licenses, overrides=overrides),
        "audit": _audit,
        "search": _search,
        "map": partial(_map, size=size),
    }
    order = list(stages)
    if start is not None and start not in stages:
        raise FiliationError(f"{start!r} is no stage: choose one of {', '.join(order)}.")
    ran = []
    for name, stage in stages.items():
        if name in without:
            continue
        if name == "map" and not (draw or size or start == "map" or (atlas.path / layout.FOLDER / layout.CURRENT).exists()):
            continue
        progress(name, 0)
        clock = time.perf_counter()
        forced = start is not None and order.index(name) >= order.index(start)
        rows = stage(atlas, forced)
        if rows is not None:
            ran.append(Stage(name, rows, time.perf_counter() - clock))
    return ran


def _extract(atlas: Atlas, forced: bool) -> int | None:  # the stages share one signature
    run = last_run(atlas.con, "extract")
    last = _number(atlas.con, "SELECT coalesce(max(record_id), -1) FROM record")
    afresh = forced or run is None or run.version != extract.version()
    if run is not None and not afresh and run.input == str(last):
        return None
    with atlas.transaction() as con, recorded(con, "extract", extract.version(), str(last)) as running:
        if afresh:
            con.execute("DELETE FROM claim")
            con.execute("DELETE FROM trait")
            con.execute("DELETE FROM section")
            con.execute("DELETE FROM made_from WHERE stage = 'statements'")  # which name claims by their numbers
        after = -1 if afresh or run is None else int(run.input)
        running.rows = run_extractors(con, after, atlas.path / parts.FOLDER)
    return running.rows


def _lineage(atlas: Atlas, forced: bool) -> int | None:
    given = _state_of_claims(atlas.con)
    run = last_run(atlas.con, "lineage")
    current = run is not None and (run.version, run.input) == (lineage.version(), given)
    if run is not None and run.token and current and not forced and _is_whole(atlas.path, run.token):
        arrays.publish(atlas.path, run.token)
        return None
    token = f"{_number(atlas.con, 'SELECT count(*) FROM stage_run'):06d}-{lineage.version()}"
    with atlas.transaction() as con, recorded(con, "lineage", lineage.version(), given, token) as running:
        with renumbered(con):
            built = build_tables(con, END_OF_TIME)
        validate(con)
        built.save(atlas.path, token)
        save_applications(con, built, atlas.path, token)
        running.rows = built.summary.edges
    with explained(atlas.path):
        arrays.publish(atlas.path, token)
        arrays.drop_others(atlas.path, token)
    return running.rows


def _names(atlas: Atlas, forced: bool) -> int | None:
    token = _standing(atlas.con)
    run = last_run(atlas.con, "names")
    if run is not None and (run.version, run.input) == (names.version(), token) and not forced:
        return None
    with atlas.transaction() as con, recorded(con, "names", names.version(), token) as running:
        running.rows = build_names(con, afresh=forced or run is None or run.version != names.version())
    return running.rows


def _predict(atlas: Atlas, forced: bool) -> int | None:
    token = _standing(atlas.con)
    run = last_run(atlas.con, "predict")
    current = run is not None and run.version == prediction.version() and not forced
    if run is not None and current and run.input == token:
        return None
    with atlas.transaction() as con, recorded(con, "predict", prediction.version(), token) as running:
        standing = run.token if run is not None and current else None
        running.rows, running.token = build_predictions(con, Lineage.load(atlas.path, token), atlas.path, token, standing)
    drop_other_fits(atlas.path, running.token)
    return running.rows


def _licenses(atlas: Atlas, forced: bool, overrides: Sequence[Override]) -> int | None:
    token = _standing(atlas.con)
    given = "-".join([token, *(str(item.entry) for item in overrides)])
    run = last_run(atlas.con, "licenses")
    if run is not None and (run.version, run.input) == (licenses.version(), given) and not forced:
        return None
    with atlas.transaction() as con, recorded(con, "licenses", licenses.version(), given) as running:
        running.rows = build_terms(con, Lineage.load(atlas.path, token), overrides)
    return running.rows


def _audit(atlas: Atlas, forced: bool) -> int | None:
    """Score every node, and put every check to it."""
    below = [last_run(atlas.con, stage) for stage in ("licenses", "names")]
    given = "-".join(f"{run.version}-{run.input}" if run else "" for run in below)
    version = "-".join((checks.version(), assess.version(), *(stage.version() for stage in (extract, lineage, names))))
    run = last_run(atlas.con, "audit")
    kept = run is not None and run.version == version and not forced
    if run is not None and kept and run.input == given:
        return None
    with atlas.transaction() as con, recorded(con, "audit", version, given) as running:
        arrays_of = Lineage.load(atlas.path, _standing(con))
        build_scores(con, arrays_of)
        running.rows = run_checks(con, arrays_of, afresh=not kept)
    return running.rows


def _search(atlas: Atlas, forced: bool) -> int | None:
    token = _standing(atlas.con)
    read = last_run(atlas.con, "names")
    given = f"{token}-{read.version if read else ''}"
    run = last_run(atlas.con, "search")
    current = run is not None and (run.version, run.input) == (SEARCH_VERSION, given)
    if current and not forced and (atlas.path / search.FOLDER / token).exists():
        return None
    with atlas.transaction() as con, recorded(con, "search", SEARCH_VERSION, given, token) as running:
        kept = run is not None and run.version == SEARCH_VERSION and not forced
        running.rows = build_index(con, atlas.path, token, run.token if run is not None and kept else None)
    search.drop_others(atlas.path, token)
    return running.rows


def _map(atlas: Atlas, forced: bool, size: Size | None) -> int | None:
    token = _standing(atlas.con)
    run = last_run(atlas.con, "map")
    current = run is not None and (run.version, run.input) == (layout_version(), token)
    if run is not None and run.token and current and not forced and layout.is_drawn(atlas.path, run.token, size):
        layout.publish(atlas.path, run.token)
        return None
    with atlas.transaction() as con, recorded(con, "map", layout_version(), token) as running:
        drawn = layout.write_map(con, Lineage.load(atlas.path, token), atlas.path, token, size)
        running.rows, running.token = drawn.nodes, drawn.token
    with explained(atlas.path):
        layout.publish(atlas.path, drawn.token)
    return drawn.nodes


def lineage_as_of(atlas: Atlas, moment: datetime) -> Lineage:
    """Return the lineage as the atlas would have known it at `moment`; see `token_as_of`."""
    return Lineage.load(atlas.path, token_as_of(atlas, moment))


def token_as_of(atlas: Atlas, moment: datetime) -> str:
    """Return the token of the lineage as the atlas would have known it at `moment`, naive UTC; built once, then kept.

    Args:
        atlas: Open for writing, since it is built in the database's tables and rolled back.
        moment: Observations after it do not count.

    Raises:
        AtlasError: If the atlas cannot be written.
    """
    token = f"{arrays.AS_OF}{moment:%Y%m%dT%H%M%S}-{lineage.version()}-{_state_of_claims(atlas.con)}"
    if not _is_whole(atlas.path, token):
        with explained(atlas.path):
            atlas.con.begin()
            try:
                built = build_tables(atlas.con, moment)
                built.save(atlas.path, token)
                save_applications(atlas.con, built, atlas.path, token)
            finally:
                atlas.con.rollback()
    return token


def _standing(con: duckdb.DuckDBPyConnection) -> str:
    """Return the token of the lineage that stands."""
    run = last_run(con, "lineage")
    return run.token if run and run.token else ""


def _is_whole(atlas: Path, token: str) -> bool:
    return (atlas / arrays.FOLDER / token / arrays.SUMMARY).exists()


def _state_of_claims(con: duckdb.DuckDBPyConnection) -> str:
    """Return what the lineage depends on: which records and which claims there are."""
    records = _number(con, "SELECT count(*) FROM record")
    run = last_run(con, "extract")
    return f"{records}-{run.version if run else ''}-{run.input if run else ''}"


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return con.execute(query).fetchall()[0][0]
