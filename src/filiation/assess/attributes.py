"""How traceable, reproducible and portable each model is, by the formula in ``knowledge/attributes.toml``.

A part of the formula is *filled* where the atlas holds a sign of it, and *known* where it is filled or where every place was
seen in which the answer would stand. An attribute's score is the points of its filled parts by those of its known ones, null
where more than half of its points are unknown. So, with the same places seen, a further sign never lowers a score.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

import duckdb
import msgspec
import numpy as np

from filiation.assess.descent_signs import descent_signs
from filiation.assess.formula import UNKNOWN_AT_MOST, AttributeRule, FactorRule, PartRule, formula, numbered
from filiation.assess.signs import asked, asking, seen
from filiation.assess.witnesses import witnesses
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage

MAX_VALUE_CHARS = 200
MAX_EVIDENCE = 5
"""How many signs of a part a portrait shows."""
Sign = tuple[str, str]
"""Locator and value."""
SHARED = {"registry": Kind.MODEL, "datasets": Kind.DATASET}
"""Places that are the same for all models of a registry: enough repositories of this kind."""
State = Literal["present", "partial", "undeclared", "unknown"]


class Evidence(msgspec.Struct, frozen=True):
    """A sign of a part: where it was read, and what stands there."""

    part: str
    locator: str
    value: str


class Factor(msgspec.Struct, frozen=True):
    """A factor of one node: `points` out of `of`, the points that are known; all are `weight`.

    Attributes:
        name: Id of the factor in the formula.
        state: ``present``: every known part is filled; ``partial``: some; ``undeclared``: none, though we looked;
            ``unknown``: we did not look.
        points: Of the parts that are filled.
        of: Of the parts that are known.
        weight: Of all its parts.
        parts: Of each part whether it is filled; None where that is unknown.
        evidence: At most `MAX_EVIDENCE` signs of each part.
    """

    name: str
    state: State
    points: float
    of: float
    weight: float
    parts: dict[str, bool | None]
    evidence: list[Evidence]


class Attribute(msgspec.Struct, frozen=True):
    """An attribute of one node; its factors' points and `of` add up to its own, and `score` is their quotient."""

    name: str
    score: float | None
    points: float
    of: float
    weight: float
    factors: list[Factor]


class Columns(NamedTuple):
    """What is known of k nodes: `filled` and `known`, bool[k, parts]."""

    filled: np.ndarray
    known: np.ndarray


def score(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return the score of every node for each attribute: float64[n], NaN where it is null; datasets have none."""
    with witnesses(con, None):
        return scored(con, lineage)


def scored(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> dict[str, np.ndarray]:
    """Return the same where the tables of `witnesses` are there."""
    columns = known_and_filled(con, lineage)
    result, start = {}, 0
    for attribute in formula().attribute:
        stop = start + len(attribute.parts)
        result[attribute.id] = quotient(columns, slice(start, stop), attribute)
        start = stop
    return result


def known_and_filled(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> Columns:
    """Return what is known of every node; nothing is of datasets, and of what no registry holds.

    The tables of `witnesses` must be there.
    """
    filled = np.zeros((lineage.size, len(formula().parts)), bool)
    with asking(con):
        for query in asked(con, None):
            rows = con.sql(f"SELECT node_id, part FROM ({query})").to_arrow_table()
            filled[rows["node_id"].to_numpy(), rows["part"].to_numpy()] = True
        return _columns(con, lineage, filled, None)


def quotient(columns: Columns, parts: slice, attribute: AttributeRule) -> np.ndarray:
    """Return points by known points of an attribute whose parts stand at `parts`: float64[k], NaN where it is null."""
    weights = np.array([part.points for part in attribute.parts])
    points, of = columns.filled[:, parts] @ weights, columns.known[:, parts] @ weights
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where((of > 0) & (attribute.points - of <= UNKNOWN_AT_MOST * attribute.points), points / of, np.nan)


def portrait(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> list[Attribute]:
    """Return each attribute of `node` with its factors and the signs of them; all unknown for a dataset."""
    with witnesses(con, node):
        return told(con, lineage, node)


def told(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> list[Attribute]:
    """Return the same where the tables of `witnesses` are there."""
    filled = np.zeros((1, len(formula().parts)), bool)
    with asking(con):
        evidence = _evidence(con, lineage, node)
        filled[0, list(evidence)] = True
        columns = _columns(con, lineage, filled, node)
    result, start = [], 0
    for attribute in formula().attribute:
        stop = start + len(attribute.parts)
        numbered = iter(range(start, stop))
        factors = [
            _factor(rule, [(next(numbered), part) for part in rule.part], columns, evidence) for rule in attribute.factor
        ]
        value = float(quotient(columns, slice(start, stop), attribute)[0])
        points, of = sum(factor.points for factor in factors), sum(factor.of for factor in factors)
        result.append(Attribute(attribute.id, None if np.isnan(value) else value, points, of, attribute.points, factors))
        start = stop
    return result


def _evidence(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> dict[int, list[Sign]]:
    """Return the first signs of each part, by its number, in the order of their places."""
    found: dict[int, list[Sign]] = {}
    rows = [row for query in asked(con, node) for row in con.execute(_FIRST.format(query=query)).fetchall()]
    rows += descent_signs(con, lineage, node, numbered(), MAX_EVIDENCE)
    for part, locator, value in sorted({(part, str(locator), str(value)[:MAX_VALUE_CHARS]) for part, locator, value in rows}):
        found.setdefault(part, []).append((locator, value))
    return {part: items[:MAX_EVIDENCE] for part, items in found.items()}


def _factor(
    rule: FactorRule,
    parts: Iterable[tuple[int, PartRule]],
    columns: Columns,
    evidence: dict[int, list[Sign]],
) -> Factor:
    states: dict[str, bool | None] = {}
    points = of = 0.0
    shown: list[Evidence] = []
    for number, part in parts:
        filled, known = bool(columns.filled[0, number]), bool(columns.known[0, number])
        states[part.id] = filled if known else None
        points += part.points * filled
        of += part.points * known
        shown += [Evidence(part.id, *item) for item in evidence.get(number, [])]
    return Factor(rule.id, _state(points, of), points, of, sum(part.points for part in rule.part), states, shown)


def _state(points: float, of: float) -> State:
    if of == 0:
        return "unknown"
    return "present" if points == of else "partial" if points else "undeclared"


def _columns(con: duckdb.DuckDBPyConnection, lineage: Lineage, filled: np.ndarray, node: int | None) -> Columns:
    """Return what is known of all nodes, or of one, of which `filled` parts are filled."""
    places = _places(con, lineage, node)
    known = filled.copy()
    for number, part in enumerate(formula().parts):
        known[:, number] |= np.logical_and.reduce([places[place] for place in part.looked])
    return Columns(filled, known)


def _places(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int | None) -> dict[str, np.ndarray]:
    """Return which places were seen of all nodes, or of one: bool[k] for each."""
    k, first = (lineage.size, 0) if node is None else (1, node)
    rows = seen(con, node)
    at = np.asarray(rows["node_id"], np.int64) - first
    places = {}
    for place in formula().place:
        if place.id in SHARED:
            places[place.id] = _in_large_registry(lineage, node, SHARED[place.id], place.least)
        else:
            places[place.id] = np.zeros(k, bool)
            places[place.id][at] = rows[place.id.replace("-", "_")]
    return places


def _in_large_registry(lineage: Lineage, node: int | None, of: Kind, least: int) -> np.ndarray:
    """Return which nodes are models of a registry of which the atlas holds at least so many repositories of a kind: bool[k]."""
    spans = {(registry, kind): slice(start, end) for registry, kind, start, end in lineage.sections}
    k, first = (lineage.size, 0) if node is None else (1, node)
    chosen = np.zeros(k, bool)
    for (registry, kind), span in spans.items():
        start, end = max(span.start - first, 0), min(span.stop - first, k)
        if kind == Kind.MODEL and start < end:
            there = spans.get((registry, str(of)), slice(0))
            enough = np.count_nonzero(lineage.state[there] == 0) >= least
            chosen[start:end] = enough & (lineage.state[first + start : first + end] == 0)
    return chosen


_FIRST = f"""
SELECT part, locator, value FROM ({{query}})
QUALIFY row_number() OVER (PARTITION BY part ORDER BY locator, value) <= {MAX_EVIDENCE}
"""
