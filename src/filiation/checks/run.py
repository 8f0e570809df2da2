"""Put every check to every node, set at a time."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from importlib.resources import files
from string import Formatter
from typing import Literal

import duckdb
import numpy as np
import pyarrow as pa

from filiation.checks import checks, named
from filiation.core.check import Check, Wording
from filiation.core.errors import FiliationError
from filiation.core.relation import RELATIONS, WEIGHTS
from filiation.knowledge import load
from filiation.lineage.arrays import Lineage

LEAST_CONFIDENCE = 0.02
"""What is less sure is not said."""
GIVES_SEVERITY = re.compile(r"\bAS severity\b")
"""A query that rates its rows has such a column, outermost; to ask the database costs as much as a small query."""
MAX_DETAIL_CHARS = 200
MAX_LOCATIONS = 10
MAX_DEPTH = 1_000
"""Longest chain that is followed; a longer one counts as this long."""
Language = Literal["en", "ja"]


def run(con: duckdb.DuckDBPyConnection, lineage: Lineage, only: Collection[str] | None = None) -> int:
    """Replace the findings that the checks make; return how many there are now.

    Args:
        con: In a transaction that the caller commits or rolls back.
        lineage: Agrees with the tables node and edge.
        only: Names of the checks to run; findings of the others stay. None for all.

    Raises:
        FiliationError: If `only` names no check of ours, or a check that a package added cannot run.
    """
    chosen = _chosen(only)
    prepare(con, lineage)
    if only is None:
        elsewhere = [check.name for check in checks() if check.made_by != "checks"]
        con.execute("DELETE FROM finding WHERE NOT list_contains(?, check_name)", [elsewhere])
    else:
        con.execute("DELETE FROM finding WHERE list_contains(?, check_name)", [[check.name for check in chosen]])
    found = 0
    for check in chosen:
        try:
            found += con.execute(_insert(check)).fetchall()[0][0]
        except duckdb.Error as error:
            raise FiliationError(f"The check {check.name} cannot run ({str(error).splitlines()[0]}): report it.") from error
    con.execute("DROP VIEW card")
    for table in ("subject", "named_edge", "absence"):
        con.execute(f"DROP TABLE {table}")
    return found


def prepare(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> None:
    """Make what the checks' queries read: ``subject``, ``card``, ``named_edge`` and ``absence``."""
    con.register("measure", _measures(lineage))
    witnesses = [(name, row["basis"]) for name, row in load("witnesses").items()]
    names, bases = zip(*witnesses, strict=True)
    con.register("witness", pa.table({"witness": pa.array(names), "basis": pa.array(bases)}))
    gone = load("checks")["gone"]
    con.register("gone", pa.table({"kind": pa.array(gone.keys()), "share": pa.array(gone.values(), pa.float64())}))
    con.execute(files(__package__ or "").joinpath("subject.sql").read_text(encoding="utf-8"))
    for table in ("measure", "witness", "gone"):
        con.unregister(table)


def explain(check: Check, details: Sequence[str], lang: Language) -> Wording:
    """Return the check's words in `lang`, with a finding's `details` in their places.

    Law: in English, the message is the one in the finding.
    """
    wording = check.ja if lang == "ja" else check.en
    filled = "".join(
        text + (_detail(details, int(place)) if place is not None else "")
        for text, place, _, _ in Formatter().parse(wording.message)
    )
    return Wording(wording.title, filled, wording.remedy)


def _detail(details: Sequence[str], place: int) -> str:
    return details[place] or "" if place < len(details) else ""


def _chosen(only: Collection[str] | None) -> list[Check]:
    ours = [check for check in checks() if check.made_by == "checks"]
    unknown = sorted(set(only or ()) - {check.name for check in ours})
    if unknown:
        other = "is made by another stage" if unknown[0] in named() else "is no check"
        raise FiliationError(f"{unknown[0]} {other}: 'filiation checks' lists them.")
    return [check for check in ours if only is None or check.name in only]


def _insert(check: Check) -> str:
    """Return the statement that adds what the check finds."""
    message, remedy = _sql_message(check.en.message), _literal(check.en.remedy)
    severity = f"coalesce(severity, '{check.severity}')" if GIVES_SEVERITY.search(check.query) else f"'{check.severity}'"
    return f"""
        INSERT INTO finding (check_name, node_id, severity, confidence, message, locations, remedy, details)
        SELECT '{check.name}', node_id, {severity}, confidence, {message}, locations, {remedy}, details
        FROM (
            SELECT * REPLACE (
                list_transform(details, lambda text: left(text, {MAX_DETAIL_CHARS})) AS details,
                locations[:{MAX_LOCATIONS}] AS locations,
                round(confidence, 3)::FLOAT AS confidence
            ) FROM ({check.query}) WHERE confidence >= {LEAST_CONFIDENCE}
        )
    """


def _sql_message(template: str) -> str:
    """Return the expression that fills `template` from the column ``details``; `explain` is its twin."""
    parts = [
        part
        for text, place, _, _ in Formatter().parse(template)
        for part in (_literal(text), "" if place is None else f"coalesce(details[{int(place) + 1}], '')")
        if part not in {"", "''"}
    ]
    return " || ".join(parts)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _measures(lineage: Lineage) -> pa.Table:
    """Return what the arrays know of each node."""
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
