"""Which nodes of an atlas its advisories are about, as a table that checks ask."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

import duckdb
import msgspec
import pyarrow as pa
from packaging.utils import canonicalize_name

from filiation.advisories.about import AboutFile, AboutModel, AboutPackage, about, is_affected, model_confidence
from filiation.core.advisory import REGISTRY, Advisory, parse_advisory
from filiation.core.finding import Severity
from filiation.knowledge import load

MAX_SUMMARY_CHARS = 160
PACKAGE = re.compile(r"([A-Za-z][A-Za-z .-]{0,40}?)[ :=]{1,4}v?(\d[\w.+!-]{0,40})")
"""A line such as ``Transformers 4.38.1``."""
_BLANKS = re.compile(r"[ .-]")
END_OF_TIME = datetime(9999, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC


class Match(NamedTuple):
    """A node that an advisory is about: `how` is ``model``, ``file`` or ``package``, `place` where that is seen."""

    node_id: int
    advisory: str
    summary: str
    severity: str
    confidence: float
    how: str
    place: str


class ApplicationMatch(NamedTuple):
    """An application that fixes a version of a package that an advisory is about, and the file that does."""

    application: str
    advisory: str
    summary: str
    severity: str
    package: str
    file: str


class _Pinned(msgspec.Struct):
    name: str
    version: str
    file: str


def advisories(con: duckdb.DuckDBPyConnection, as_of: datetime = END_OF_TIME) -> list[Advisory]:
    """Return the advisories of an atlas as last seen at or before `as_of` (naive UTC), without those that are gone."""
    rows = con.execute(_CURRENT, {"as_of": as_of}).fetchall()
    return [parse_advisory(body) for (body,) in rows]  # what is in the table was read once before


def matches(con: duckdb.DuckDBPyConnection, known: Iterable[Advisory]) -> Iterator[Match]:
    """Yield the nodes that advisories are about, each once for an advisory and a way to see it.

    Args:
        con: Of an atlas whose lineage stands.
        known: The advisories.
    """
    models, files, packages = [], [], []
    for advisory in known:
        summary = summary_of(advisory)
        for item, severity in about(advisory):
            row = (advisory.id, summary, str(severity), item)
            (models if isinstance(item, AboutModel) else files if isinstance(item, AboutFile) else packages).append(row)
    yield from _models(con, models)
    yield from _files(con, files)
    yield from _packages(con, packages)


def _models(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, str, AboutModel]]) -> Iterator[Match]:
    found = _held(con, _BY_NAME, {"kind": [str(item.kind) for *_, item in rows], "name": [item.name for *_, item in rows]})
    for number, node, revision in found:
        advisory, summary, severity, item = rows[number]
        if (sure := model_confidence(item, revision)) > 0:
            yield Match(node, advisory, summary, severity, sure, "model", "field/sha" if item.revisions else "field/id")


def _files(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, str, AboutFile]]) -> Iterator[Match]:
    for number, node, claim in _held(con, _BY_DIGEST, {"sha256": [item.sha256 for *_, item in rows]}):
        advisory, summary, severity, _ = rows[number]
        yield Match(node, advisory, summary, severity, 0.97, "file", f"claim/{claim}")


def _packages(con: duckdb.DuckDBPyConnection, rows: list[tuple[str, str, str, AboutPackage]]) -> Iterator[Match]:
    if not rows:
        return
    said = con.execute("SELECT DISTINCT value FROM claim WHERE predicate = 'framework'").fetchall()
    values, numbers = [], []
    by_name: dict[str, list[int]] = {}
    for number, (*_, item) in enumerate(rows):
        by_name.setdefault(item.name, []).append(number)
    for (text,) in said:
        package, version = read_package(text)
        hits = [number for number in by_name.get(package, ()) if is_affected(rows[number][3].affected, version)]
        values += [text] * len(hits)
        numbers += hits
    for place, node, claim in _held(con, _BY_VALUE, {"value": values}):
        advisory, summary, severity, _ = rows[numbers[place]]
        yield Match(node, advisory, summary, severity, 0.7, "package", f"claim/{claim}")


def applications_at(con: duckdb.DuckDBPyConnection, known: Iterable[Advisory]) -> Iterator[ApplicationMatch]:
    """Yield the applications that fix a version of a package that an advisory is about, as they were last charted."""
    found: dict[str, list[tuple[Advisory, AboutPackage, Severity]]] = {}
    for advisory in known:
        for item, severity in about(advisory):
            if isinstance(item, AboutPackage):
                found.setdefault(item.name, []).append((advisory, item, severity))
    for name, text in con.execute(_APPLICATIONS).fetchall() if found else ():
        for pinned in msgspec.json.decode(text, type=list[_Pinned]):
            for advisory, item, severity in found.get(pinned.name, ()):
                if is_affected(item.affected, pinned.version):
                    package = f"{pinned.name}=={pinned.version}"
                    yield ApplicationMatch(name, advisory.id, summary_of(advisory), str(severity), package, pinned.file)


def summary_of(advisory: Advisory) -> str:
    """Return an advisory in a line, without the full stop."""
    said = (advisory.summary or advisory.details).strip().split("\n")[0]
    return said[:MAX_SUMMARY_CHARS].rstrip(" .") or advisory.id


def read_package(text: str) -> tuple[str, str]:
    """Return package and version that a line of a card names; empty where it names none."""
    match = PACKAGE.fullmatch(text.strip()[:100])
    if not match:
        return "", ""
    names: Mapping[str, str] = load("advisories")["packages"]
    known = names.get(_BLANKS.sub("", match[1]).lower())
    return (canonicalize_name(match[1]) if known is None else known), match[2]


def _held(con: duckdb.DuckDBPyConnection, query: str, columns: Mapping[str, list[str]]) -> list[tuple]:
    """Return what `query` finds of the rows of `columns`, with the number of each."""
    count = len(next(iter(columns.values())))
    if not count:
        return []
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    con.register("sought", pa.table({"number": pa.array(range(count), pa.int32()), **arrays}))
    try:
        return con.execute(query).fetchall()
    finally:
        con.unregister("sought")


def prepare_advisories(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary table ``advised``: a row for each `Match`, of each advisory and node the surest."""
    con.execute(_TABLE)
    rows = list(matches(con, advisories(con)))
    if rows:
        columns = dict(zip(Match._fields, (list(column) for column in zip(*rows, strict=True)), strict=True))
        con.register("arrow", pa.table(columns))
        con.execute(_FILL)
        con.unregister("arrow")


def advisories_held(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return what there is to be asked about, by the names that a check's `needs` has."""
    return {"advisory"} if con.execute("SELECT 1 FROM temp.advised LIMIT 1").fetchall() else set()


def drop_advisories(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what `prepare_advisories` made."""
    con.execute("DROP TABLE IF EXISTS temp.advised")


_APPLICATIONS = """
SELECT id, packages FROM (
    SELECT id, arg_max(files, (seen_at, record_id)) ->> '$."requirements.json"' AS packages FROM record
    WHERE registry = 'application' GROUP BY id
) WHERE packages IS NOT NULL ORDER BY id
"""
_TABLE = """
CREATE OR REPLACE TEMP TABLE advised (
    node_id INTEGER, advisory VARCHAR, summary VARCHAR, severity VARCHAR, confidence DOUBLE, how VARCHAR, place VARCHAR)
"""
_FILL = """
INSERT INTO temp.advised SELECT * FROM arrow
QUALIFY row_number() OVER (PARTITION BY node_id, advisory, how ORDER BY confidence DESC, place) = 1
"""
_CURRENT = f"""
SELECT body FROM (
    SELECT id, arg_max(body, (seen_at, record_id)) AS body FROM record
    WHERE registry = '{REGISTRY}' AND seen_at <= $as_of GROUP BY id
) WHERE NOT (contains(body, '"filiation:gone"') AND json_exists(body, '$."filiation:gone"')) ORDER BY id
"""
_BY_NAME = """
SELECT number, node_id, revision FROM sought
JOIN node ON node.registry = 'hf' AND node.kind::VARCHAR = sought.kind AND lower(node.name) = lower(sought.name)
LEFT JOIN trait USING (record_id)
"""
_BY_DIGEST = """
SELECT number, node_id, min(claim_id) FROM sought JOIN claim ON predicate = 'weights_sha256' AND value = sha256
JOIN node USING (record_id) GROUP BY ALL
"""
_BY_VALUE = """
SELECT number, node_id, min(claim_id) FROM sought JOIN claim ON predicate = 'framework' AND claim.value = sought.value
JOIN node USING (record_id) GROUP BY ALL
"""
