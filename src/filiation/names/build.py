"""Read the names of all models of an atlas into its tables."""

from __future__ import annotations

import gc
import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.resources import files
from multiprocessing import get_context
from typing import Any

import duckdb
import pyarrow as pa

from filiation.core.worker import begin_work
from filiation.knowledge import load
from filiation.names.name import Context
from filiation.names.parse import parse
from filiation.store.inputs import changed, forget

NAMES_PER_CHUNK = 20_000
MANY = 40_000
"""From how many names on processes pay: each needs a second to start."""
MAX_PROCESSES = 32
MOST_SAID = 8
"""So many languages, datasets and parents of one model are looked at."""
Row = tuple[int, str, str | None, str | None, str | None, list[str] | None, list[str] | None, list[str] | None]
"""A node, its name, pipeline tag, library, model type, languages, datasets, parents."""
_ELEMENTS = pa.schema(
    [
        ("node_id", pa.int32()),
        ("position", pa.int16()),
        ("element", pa.string()),
        ("text", pa.string()),
        ("value", pa.string()),
        ("confidence", pa.float32()),
        ("by_context", pa.bool_()),
    ]
)
_INPUTS = """
SELECT node_id, json_array(name, pipeline_tag, library, model_type, languages, datasets, parents) AS input FROM known_of_model
"""
_CONVENTIONS = pa.schema([("node_id", pa.int32()), ("convention", pa.string()), ("confidence", pa.float32())])
Read = tuple[pa.Table, pa.Table]


def build_names(con: duckdb.DuckDBPyConnection, *, afresh: bool = True) -> int:
    """Make ``name_element`` and ``name_convention`` say what every model's name does; return how many elements there are.

    Names of which all that decides how they are read is as it was are not read again. Law: the tables are then as if they were.

    Args:
        con: In a transaction that the caller commits; the lineage stands in it.
        afresh: Whether all names are read, because another version may have read those that were.
    """
    query = files("filiation.names").joinpath("context.sql").read_text(encoding="utf-8").replace("{types}", _types())
    con.execute(f"CREATE OR REPLACE TEMP TABLE known_of_model AS {query}")
    count = changed(con, "names", _INPUTS, afresh=afresh)
    forget(con, "names", "name_element", "name_convention")
    con.execute("DELETE FROM known_of_model WHERE node_id NOT IN (FROM again)")
    for elements, conventions in _read_all(_chunks(con), count):
        for table, read in (("name_element", elements), ("name_convention", conventions)):
            con.register("arrow", read)
            con.execute(f"INSERT INTO {table} SELECT * FROM arrow")
            con.unregister("arrow")
    for table in ("known_of_model", "again"):
        con.execute(f"DROP TABLE temp.{table}")
    return con.execute("SELECT count(*) FROM name_element").fetchall()[0][0]


def _chunks(con: duckdb.DuckDBPyConnection) -> Iterator[list[Row]]:
    last = -1
    while True:
        rows = con.execute(
            "SELECT * FROM known_of_model WHERE node_id > ? ORDER BY node_id LIMIT ?", [last, NAMES_PER_CHUNK]
        ).fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield rows


def _read_all(chunks: Iterator[list[Row]], count: int) -> Iterator[Read]:
    """Yield what the chunks say, in their order; many are read in processes, with the same result."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if count < MANY or cores < 2:
        yield from map(read_chunk, chunks)
        return
    waiting: deque[tuple[list[Row], Future[Read]]] = deque()
    with ProcessPoolExecutor(min(cores, MAX_PROCESSES), get_context("spawn"), initializer=_begin) as pool:
        for chunk in chunks:
            try:
                waiting.append((chunk, pool.submit(read_chunk, chunk)))
            except BrokenProcessPool:
                yield read_chunk(chunk)
            while len(waiting) > 2 * cores:
                yield _outcome(*waiting.popleft())
        while waiting:
            yield _outcome(*waiting.popleft())


def _begin() -> None:
    """Begin as every worker does; readings hold no cycles, so that looking for some among a million tuples only takes time."""
    begin_work()
    gc.disable()


def _outcome(chunk: list[Row], future: Future[Read]) -> Read:
    """Return what a chunk says; read here where the process that had it was killed."""
    try:
        return future.result()
    except BrokenProcessPool:
        return read_chunk(chunk)


def _types() -> str:
    """Return the architectures as a list for the database."""
    return "[" + ", ".join(f"'{value}'" for value in load("name_architectures")["architecture"]) + "]"


def read_chunk(rows: list[Row]) -> Read:
    """Return the elements and the conventions of some names: the work of one process."""
    elements: list[tuple[Any, ...]] = []
    conventions: list[tuple[Any, ...]] = []
    for node, text, tag, library, model_type, languages, datasets, parents in rows:
        said = [tuple(values[:MOST_SAID]) if values else () for values in (languages, datasets, parents)]
        name = parse(text, Context(tag, model_type, library, *said))
        elements += [
            (node, place, item.kind, item.text, item.value, item.confidence, item.by_context)
            for place, item in enumerate(name.elements)
        ]
        conventions.append((node, name.convention, name.confidence))
    return _table(elements, _ELEMENTS), _table(conventions, _CONVENTIONS)


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)
