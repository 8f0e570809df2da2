"""Which records speak of a node that is asked about, and what stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files

import duckdb

from filiation.assess.formula import formula
from filiation.assess.spelling import listed, step, text
from filiation.knowledge import load


@contextmanager
def witnesses(con: duckdb.DuckDBPyConnection, node: int | None) -> Iterator[None]:
    """Make the tables of ``witness.sql``, which whatever is assessed is read from; drop them afterwards.

    Args:
        con: An atlas, open for reading at least.
        node: The one that is asked about; None for all of them.
    """
    numbers = None if node is None else _records(con, node)
    if numbers is None:
        chosen = read = "true"
    else:  # named one by one, so that of the columns of all others nothing is read but the names
        read = f"record.record_id IN ({', '.join(map(str, numbers))})" if numbers else "false"
        chosen = f"node.node_id = {node:d} AND {read}"
    script = files(__package__ or "").joinpath("witness.sql").read_text(encoding="utf-8")
    con.execute(script.format(chosen=chosen, read=read, **_constants()))
    try:
        yield
    finally:
        for table in ("witness", "carded", "latest"):
            con.execute(f"DROP TABLE temp.{table}")


@cache
def asked_fields() -> tuple[str, ...]:
    """Return the fields of the registry's answer that the formula asks for, in the order of the column ``fields``."""
    return tuple(sorted({sign.field for part in formula().parts for sign in part.signs if sign.field}))


def _records(con: duckdb.DuckDBPyConnection, node: int) -> list[int]:
    [(registry, kind, name, own)] = con.execute(_NODE, [node]).fetchall()
    if con.execute(_ONE_EACH).fetchall()[0][0]:
        return [] if own is None else [own]
    return sorted(number for (number,) in con.execute(_RECORDS, [registry, kind, name]).fetchall())


def declaring() -> tuple[str, ...]:
    """Return the sources that show what a publisher declares, so that their silence tells."""
    return tuple(name for name, row in load("witnesses").items() if row["basis"] == "declared")


@cache
def _constants() -> dict[str, str]:
    """Return what stands in the braces of ``witness.sql``."""
    return {
        "declaring": listed(declaring()),
        "keys": text(f'"(?:config|{"|".join(sorted({path.split(".")[0] for path in asked_fields()}))})":'),
        "fields": listed("$" + "".join(map(step, path.split("."))) for path in asked_fields()),
    }


_NODE = "SELECT registry, kind::VARCHAR, name, record_id FROM node WHERE node_id = ?"
_ONE_EACH = "SELECT (SELECT count(*) FROM record) = (SELECT count(*) FROM node WHERE state = 'present')"
"""Whether no node has a second record, which nobody then need look for: that takes a walk through the names of all."""
_RECORDS = "SELECT record_id FROM record WHERE registry = ? AND kind = ?::kind AND id = ?"
