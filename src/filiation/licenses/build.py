"""The licence stage: what every node declares and inherits, and where the two do not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from filiation.core.decision import Override
from filiation.core.finding import Finding, Severity
from filiation.licenses import conflict_names
from filiation.licenses.catalog import license_of
from filiation.licenses.decided import decided_licenses, keep
from filiation.licenses.declared import Declared, State, declared
from filiation.licenses.expression import ids, parse, render
from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import STATES, NodeTerms, node_terms
from filiation.licenses.terms import names_of
from filiation.licenses.vocabulary import spoken
from filiation.lineage.arrays import NULL, Lineage

if TYPE_CHECKING:
    import pyarrow as pa

    from filiation.licenses.conflicts import Conflicts
    from filiation.licenses.readings import Read

DERIVATIVE = FLOWS.index("derivative")
NOTICES = r"(?i)^(.*/)?(licen[cs]e|notice|copying)[^/]*$"
"""Names of files that carry a licence or a notice."""


def build_terms(con: duckdb.DuckDBPyConnection, lineage: Lineage, overrides: Sequence[Override] = ()) -> int:
    """Replace the table term and the findings about licences; return how many nodes have terms.

    Args:
        con: In a transaction that the caller commits or rolls back.
        lineage: Agrees with the tables node and edge.
        overrides: What reviewers decided; the sources of those nodes are heard no more.
    """
    from filiation.licenses.conflicts import conflicts  # noqa: PLC0415  # an answer about one model needs `as_built` alone
    from filiation.licenses.readings import readings  # noqa: PLC0415  # the same

    decided = decided_licenses(lineage, overrides)
    keep(con, decided)
    read = [item for item in readings(con) if item.node not in decided]
    said = {item.node: item.stated for item in read if item.stated}
    settled = {node: item for node, (item, _) in decided.items()}
    terms = node_terms(lineage, named_otherwise(con) | said | settled)
    con.execute("DELETE FROM term")
    con.execute("DELETE FROM finding WHERE list_contains(?, check_name)", [conflict_names()])
    _insert(con, "finding", _disagreements(read))
    rows = _rows(terms)
    _insert(con, "term", rows)
    for found in conflicts(lineage, terms, _notices(con, lineage.size)):
        _insert(con, "finding", _findings(lineage, terms, found))
    return len(rows)


def named_otherwise(con: duckdb.DuckDBPyConnection) -> dict[int, Declared]:
    """Return what is meant by nodes that declare "other", by ``license_name`` and ``license_link``."""
    query = """
        SELECT node_id, any_value(value) FILTER (predicate = 'license_name'),
            any_value(value) FILTER (predicate = 'license_link')
        FROM node JOIN claim USING (record_id) WHERE license = 'other' AND predicate IN ('license_name', 'license_link')
        GROUP BY node_id ORDER BY node_id
    """
    return {node: declared(["other"], name, link) for node, name, link in con.execute(query).fetchall()}


def as_built(con: duckdb.DuckDBPyConnection, nodes: Sequence[int] | None = None) -> dict[int, Declared]:
    """Return what the stage found for the nodes whose license field leaves it open, for whoever asks later.

    Args:
        con: Of the atlas.
        nodes: Only of these; None for all.
    """
    chosen = "true" if nodes is None else "node_id IN (SELECT unnest($nodes))"
    rows = con.execute(
        "SELECT node_id, state, said, expression FROM term"
        f" WHERE state IN ('other', 'stated', 'decided') AND expression IS NOT NULL AND {chosen}",
        {} if nodes is None else {"nodes": list(nodes)},
    ).fetchall()
    return {node: Declared(State(state), (said,), parse(text)) for node, state, said, text in rows}


def conflicts_of(con: duckdb.DuckDBPyConnection, ref: str, node: int) -> list[Finding]:
    """Return what the stage found that does not fit with one node."""
    rows = con.execute(
        "SELECT check_name, message, severity, confidence, locations, remedy, details FROM finding"
        " WHERE node_id = ? AND list_contains(?, check_name) ORDER BY ALL",
        [node, conflict_names()],
    ).fetchall()
    return [
        Finding(name, ref, text, Severity(level), round(sure, 3), tuple(at), cure, tuple(details or ()))
        for name, text, level, sure, at, cure, details in rows
    ]


def _notices(con: duckdb.DuckDBPyConnection, n: int) -> np.ndarray:
    """Return int8[n]: whether a list of files names a licence or a notice; -1 where there is no list."""
    listed = con.execute(
        "SELECT node_id, len(list_filter(file_names, lambda name: regexp_matches(name, ?))) > 0"
        " FROM node JOIN trait USING (record_id) WHERE len(file_names) > 0",
        [NOTICES],
    ).fetchnumpy()
    result = np.full(n, -1, np.int8)
    node, found = listed.values()
    result[np.asarray(node, np.int64)] = np.asarray(found, np.int8)
    return result


def _rows(terms: NodeTerms) -> pa.Table:
    """Return the table term: a row for each node that declares or inherits something."""
    import pyarrow as pa  # noqa: PLC0415  # as above

    said = (terms.state != STATES.index(State.UNDECLARED)) | (terms.inherited != 0).any(axis=0)
    nodes = np.flatnonzero(said).astype(np.int32)
    texts = [_text(item) for item in terms.texts]
    code = terms.code[nodes]
    expressions = pa.array([text for text, _ in texts] + [None], pa.string())
    words = pa.array([kind for _, kind in texts] + [None], pa.string())
    place = pa.array(np.where(code == NULL, len(texts), code))
    columns = {
        "node_id": nodes,
        "state": pa.array([str(state) for state in STATES]).take(pa.array(terms.state[nodes])),
        "said": pa.array([", ".join(item.text) for item in terms.texts] + [None], pa.string()).take(place),
        "expression": expressions.take(place),
        "kind": words.take(place),
        "certain": terms.certain[nodes],
        "possible": terms.possible[nodes],
    }
    for name, bits in zip(("by_derivation", "by_use", "by_data", "by_outputs"), terms.inherited, strict=True):
        columns[name] = bits[nodes]
    return pa.table(columns)


def _text(item: Declared) -> tuple[str | None, str | None]:
    """Return an expression as text, and the kind that all its licences are of; None where they differ or are not known."""
    if item.expression is None:
        return None, None
    found = {license_.kind if (license_ := license_of(part.key)) else None for part in ids(item.expression)}
    return render(item.expression), found.pop() if len(found) == 1 else None


def _disagreements(read: list[Read]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  # as above

    rows = [(item.node, found) for item in read for found in item.findings]
    columns = {
        "check_name": [found.check for _, found in rows],
        "severity": [str(found.severity) for _, found in rows],
        "message": [found.message for _, found in rows],
        "remedy": [found.remedy for _, found in rows],
    }
    return pa.table(
        {name: pa.array(values, pa.string()) for name, values in columns.items()}
        | {
            "node_id": pa.array([node for node, _ in rows], pa.int32()),
            "confidence": pa.array([found.confidence for _, found in rows], pa.float32()),
            "locations": pa.array([list(found.locations) for _, found in rows], pa.list_(pa.string())),
            "details": pa.array([list(found.details) for _, found in rows], pa.list_(pa.string())),
        }
    )


def _findings(lineage: Lineage, terms: NodeTerms, found: Conflicts) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  # as above

    from filiation.licenses.conflicts import kinds  # noqa: PLC0415  # as above

    kind = kinds()[found.kind]
    k = len(found.node)
    terms_named = [", ".join(names_of(bits)) for bits in found.terms.tolist()]
    messages = [
        f"{kind.message} In question: {spoken(named, 'term', 'en')}." if named else kind.message for named in terms_named
    ]
    return pa.table(
        {
            "check_name": pa.array([found.kind] * k, pa.string()),
            "node_id": found.node,
            "severity": pa.array([str(kind.severity)] * k, pa.string()),
            "confidence": found.confidence,
            "message": pa.array(messages, pa.string()),
            "locations": pa.array([list(_edges(lineage, terms, found, i)) for i in range(k)], pa.list_(pa.string())),
            "remedy": pa.array([kind.remedy] * k, pa.string()),
            "details": pa.array([[named] if named else [] for named in terms_named], pa.list_(pa.string())),
        }
    )


def _edges(lineage: Lineage, terms: NodeTerms, found: Conflicts, i: int) -> Iterator[str]:
    """Yield the edge by which the terms come, the surest that brings any of them."""
    node, wanted = int(found.node[i]), int(found.terms[i])
    span = range(int(lineage.parent_start[node]), int(lineage.parent_start[node + 1]))
    best = max(span, key=lambda edge: (_brings(lineage, terms, edge, wanted), lineage.confidence[edge]), default=None)
    if best is not None:
        yield f"edge/{best}"


def _brings(lineage: Lineage, terms: NodeTerms, edge: int, wanted: int) -> bool:
    above = int(lineage.parent[edge])
    held = int(terms.possible[above]) | int(terms.inherited[DERIVATIVE, above])
    return bool(held & wanted) if wanted else terms.state[above] != STATES.index(State.UNDECLARED)


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    con.register("arrow", rows)
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arrow")
    con.unregister("arrow")
