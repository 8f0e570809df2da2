"""Put every check to every node, set at a time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from importlib.resources import files
from string import Formatter
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from filiation.checks import checks, named
from filiation.core.check import Check, Wording
from filiation.core.errors import FiliationError
from filiation.core.relation import RELATIONS, WEIGHTS
from filiation.knowledge import load
from filiation.licenses.vocabulary import Language, spoken
from filiation.lineage.arrays import Lineage

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_CONFIDENCE = 0.02
"""What is less sure is not said."""
GIVES_SEVERITY = re.compile(r"\bAS severity\b")
"""A query that rates its rows has such a column, outermost; to ask the database costs as much as a small query."""
MAX_DETAIL_CHARS = 200
MAX_LOCATIONS = 10
MAX_DEPTH = 1_000
"""Longest chain that is followed; a longer one counts as this long."""
MAX_PLACES = 6
"""Details that a message names, the text behind the last one counted."""


def run(con: duckdb.DuckDBPyConnection, lineage: Lineage, only: Collection[str] | None = None, *, afresh: bool = True) -> int:
    """Replace the findings that the checks make; return how many there are now.

    Args:
        con: In a transaction that the caller commits or rolls back.
        lineage: Agrees with the tables node and edge.
        only: Names of the checks to run; findings of the others stay. None for all.
        afresh: Whether nothing that an earlier run kept of its work is of use, since another version may have made it.

    Raises:
        FiliationError: If `only` names no check of ours, or a check that a package added cannot run.
    """
    from filiation.advisories.matching import advisories_held, drop_advisories, prepare_advisories  # noqa: PLC0415  # as below
    from filiation.names.statements import drop_statements, names_held, renew_statements  # noqa: PLC0415  # what most audits need not load
    from filiation.scores.statements import TABLES as SCORE_TABLES  # noqa: PLC0415  # as above
    from filiation.scores.statements import drop_scores, prepare_scores, scores_held  # noqa: PLC0415  # as above

    chosen = _chosen(only)
    prepare(con, lineage)
    if only is None:
        elsewhere = [check.name for check in checks() if check.made_by != "checks"]
        con.execute("DELETE FROM finding WHERE NOT list_contains(?, check_name)", [elsewhere])
    else:
        con.execute("DELETE FROM finding WHERE list_contains(?, check_name)", [[check.name for check in chosen]])
    about_names = any(check.topic == "names" for check in chosen)
    if about_names:
        renew_statements(con, afresh=afresh)
    about_scores = any(f"temp.{table}" in check.query for check in chosen for table in SCORE_TABLES)
    if about_scores:
        prepare_scores(con)
    about_advisories = any("temp.advised" in check.query for check in chosen)
    if about_advisories:
        prepare_advisories(con)
    con.execute(_RAW)
    held = {name for (name,) in con.execute(_script("held.sql")).fetchall()}
    held |= names_held(con) if about_names else set()
    held |= scores_held(con) if about_scores else set()
    held |= advisories_held(con) if about_advisories else set()
    for check in chosen:
        if not held.issuperset(check.needs):
            continue
        try:
            con.execute(_insert(check))
        except duckdb.Error as error:
            raise FiliationError(f"The check {check.name} cannot run ({str(error).splitlines()[0]}): report it.") from error
    con.register("wording", _wording(chosen))
    found = con.execute(_KEPT).fetchall()[0][0]
    con.unregister("wording")
    con.execute("DROP VIEW card")
    con.execute("DROP VIEW scanned")
    drop_statements(con)
    drop_scores(con)
    drop_advisories(con)
    for table in ("subject", "named_edge", "absence", "raw"):
        con.execute(f"DROP TABLE temp.{table}")
    return found


def prepare(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> None:
    """Make what the checks' queries read: ``subject``, ``card``, ``named_edge`` and ``absence``."""
    import pyarrow as pa  # noqa: PLC0415  # what an audit of one model, which only explains, need not load

    con.register("measure", _measures(lineage))
    witnesses = [(name, row["basis"]) for name, row in load("witnesses").items()]
    names, bases = zip(*witnesses, strict=True)
    con.register("witness", pa.table({"witness": pa.array(names), "basis": pa.array(bases)}))
    gone = load("checks")["gone"]
    con.register("gone", pa.table({"kind": pa.array(gone.keys()), "share": pa.array(gone.values(), pa.float64())}))
    con.execute(_script("subject.sql"))
    for table in ("measure", "witness", "gone"):
        con.unregister(table)


def _script(name: str) -> str:
    return files(__package__ or "").joinpath(name).read_text(encoding="utf-8")


def explain(check: Check, details: Sequence[str], lang: Language) -> Wording:
    """Return the check's words in `lang`, with a finding's `details` in their places.

    Law: in English, the message is the one in the finding.
    """
    wording = check.ja if lang == "ja" else check.en
    filled = "".join(
        text + (_told(check, details, int(place), lang) if place is not None else "")
        for text, place, _, _ in Formatter().parse(wording.message)
    )
    return Wording(wording.title, filled, wording.remedy)


def _told(check: Check, details: Sequence[str], place: int, lang: Language) -> str:
    detail = details[place] or "" if place < len(details) else ""
    return spoken(detail, check.vocabulary[place], lang) if place in check.vocabulary else detail


def _chosen(only: Collection[str] | None) -> list[Check]:
    ours = [check for check in checks() if check.made_by == "checks"]
    unknown = sorted(set(only or ()) - {check.name for check in ours})
    if unknown:
        other = "is made by another stage" if unknown[0] in named() else "is no check"
        raise FiliationError(f"{unknown[0]} {other}: 'filiation checks' lists them.")
    return [check for check in ours if only is None or check.name in only]


def _insert(check: Check) -> str:
    """Return the statement that adds what the check finds to ``raw``: bare, since most of a small atlas's time is planning."""
    severity = "severity" if GIVES_SEVERITY.search(check.query) else "NULL"
    return f"""
        INSERT INTO temp.raw SELECT '{check.name}', node_id, {severity}, confidence, locations, details FROM ({check.query})
        WHERE confidence >= {LEAST_CONFIDENCE}
    """


def _wording(chosen: Sequence[Check]) -> pa.Table:
    """Return the English words of each check: ``text0``, then a detail by its number ``place0``, ``text1`` and so on."""
    import pyarrow as pa  # noqa: PLC0415  # as above

    rows = []
    for check in chosen:
        row = {"check_name": check.name, "severity": str(check.severity), "remedy": check.en.remedy}
        parsed = list(Formatter().parse(check.en.message))
        if len(parsed) > MAX_PLACES:
            raise FiliationError(f"The message of {check.name} has more than {MAX_PLACES} parts: shorten it.")
        for number in range(MAX_PLACES):
            text, place, _, _ = parsed[number] if number < len(parsed) else ("", None, None, None)
            row |= {f"text{number}": text, f"place{number}": 0 if place is None else int(place) + 1}
        rows.append(row)
    columns = [(name, pa.string()) for name in ("check_name", "severity", "remedy")]
    columns += [column for i in range(MAX_PLACES) for column in ((f"text{i}", pa.string()), (f"place{i}", pa.int32()))]
    return pa.Table.from_pylist(rows, pa.schema(columns))


def _measures(lineage: Lineage) -> pa.Table:
    """Return what the arrays know of each node."""
    import pyarrow as pa  # noqa: PLC0415  # as above

    weights = np.isin(lineage.relation, [RELATIONS.index(item) for item in WEIGHTS])
    child, parent = lineage.child[weights], lineage.parent[weights]
    return pa.table(
        {
            "node_id": np.arange(lineage.size, dtype=np.int32),
            "descendants": lineage.descendants,
            "dominated": lineage.dominated,
            "parents_count": np.bincount(child, minlength=lineage.size).astype(np.int32),
            "depth": depths(child, parent, lineage.size),
        }
    )


def depths(child: np.ndarray, parent: np.ndarray, n: int) -> np.ndarray:
    """Return int32[n]: how many edges the longest chain above each node has; the edges have no cycle."""
    depth = np.zeros(n, np.int32)
    for _ in range(MAX_DEPTH):
        deeper = depth[parent] + 1
        if (depth[child] >= deeper).all():
            break
        np.maximum.at(depth, child, deeper)
    return depth


_RAW = """
CREATE OR REPLACE TEMP TABLE raw (
    check_name VARCHAR, node_id INTEGER, severity VARCHAR, confidence DOUBLE, locations VARCHAR[], details VARCHAR[]
)
"""
_MESSAGE = " || ".join(f"text{i} || coalesce(details[place{i}], '')" for i in range(MAX_PLACES))
"""Fills a message from the column ``details``; `explain` is its twin. No list has an item 0."""
_KEPT = f"""
INSERT INTO finding (check_name, node_id, severity, confidence, message, locations, remedy, details)
SELECT check_name, node_id, coalesce(said, severity), confidence, {_MESSAGE}, locations, remedy, details
FROM (
    SELECT check_name, node_id, severity AS said, round(confidence, 3)::FLOAT AS confidence,
        locations[:{MAX_LOCATIONS}] AS locations,
        list_transform(details, lambda text: left(text, {MAX_DETAIL_CHARS})) AS details
    FROM temp.raw
) JOIN wording USING (check_name)
"""
