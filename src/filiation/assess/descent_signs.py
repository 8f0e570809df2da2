"""Signs that descent gives of one model, from the arrays: they have them at hand, where a query reads the names of all nodes.

Law: they are those that the queries of the kinds `KINDS` in `signs` find.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from heapq import nsmallest

import duckdb
import numpy as np

from filiation.assess.formula import Numbered
from filiation.core.ref import Kind
from filiation.core.relation import RELATIONS
from filiation.lineage.arrays import STATES, Lineage, folded

KINDS = frozenset({"parent", "child", "builders"})
PRESENT, MALFORMED = STATES.index("present"), STATES.index("malformed")
Row = tuple[int, str, str]
"""Number of the part, locator and value."""


def descent_signs(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int, signs: Numbered, most: int
) -> Iterator[Row]:  # fmt: skip
    """Yield the signs among `signs` that are there.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        node: Nothing is found of what the registry does not hold, or is no model.
        signs: Of any kind; others than `KINDS` are passed over.
        most: Of the edges that show a sign so many are given, those whose locators come first.
    """
    models = next((range(s, e) for _, kind, s, e in lineage.sections if kind == Kind.MODEL and s <= node < e), None)
    if models is None or lineage.state[node] != PRESENT:
        return
    for part, sign in signs:
        if sign.parent:
            edges = np.arange(lineage.parent_start[node], lineage.parent_start[node + 1])
            state = lineage.state[lineage.parent[edges]]
            fit = state == PRESENT if sign.held else state != MALFORMED
            yield from _edges(lineage, part, edges[fit], sign.parent, lineage.parent, most)
        elif sign.child:
            edges = lineage.child_edge[lineage.child_start[node] : lineage.child_start[node + 1]]
            held = edges[lineage.state[lineage.child[edges]] == PRESENT]
            yield from _edges(lineage, part, held, sign.child, lineage.child, most)
    yield from _builders(con, lineage, node, models, [(part, sign.builders) for part, sign in signs if sign.builders])


def _edges(
    lineage: Lineage, part: int, edges: np.ndarray, relations: Collection[str], end: np.ndarray, most: int
) -> Iterator[Row]:  # fmt: skip
    chosen = edges[np.isin(lineage.relation[edges], [RELATIONS.index(relation) for relation in relations])]
    for locator, edge in nsmallest(most, ((f"edge/{edge}", edge) for edge in chosen.tolist())):
        yield part, locator, lineage.name(int(end[edge]))


def _builders(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int, models: range, asked: Iterable[tuple[int, int]]
) -> Iterator[Row]:
    """Yield how many other owners made models of what the publisher of `node` has, where they are enough."""
    owner, slash, _ = lineage.name(node).partition("/")
    if not slash:
        return
    owned = owned_by(lineage, owner, models)
    edges = [lineage.child_edge[lineage.child_start[at] : lineage.child_start[at + 1]] for at in owned]
    rows = con.execute(_BESIDE, [len(lineage.child), owned[0], owned[-1]]).fetchall()
    beside = [child for child, parent in rows if parent in set(owned)]
    children = {*lineage.child[np.concatenate(edges)].tolist(), *beside}
    among = np.array(sorted(children), np.int64)
    held = among[(lineage.state[among] == PRESENT) & lineage.is_model(among)]
    others = len({lineage.name(at).partition("/")[0] for at in held.tolist()} - {owner})
    for part, least in asked:
        if others >= least:
            yield part, f"owner {owner}", str(others)


def owned_by(lineage: Lineage, owner: str, models: range) -> list[int]:
    """Return those of `models`, a section of the lineage, that the registry holds under `owner`, ascending."""
    near: list[int] = []
    for begin in {folded(f"{owner}/").encode(), f"{owner}/".encode()}:  # a name that is not ASCII is not folded
        first, last = (
            bisect_left(models, bound, key=lambda at: folded(lineage.name(at)).encode()) for bound in (begin, begin + b"\xff")
        )
        near += models[first:last]
    return sorted(at for at in near if lineage.state[at] == PRESENT and lineage.name(at).startswith(f"{owner}/"))


_BESIDE = "SELECT child, parent FROM edge WHERE edge_id >= ? AND set_aside IS NULL AND parent BETWEEN ? AND ?"
"""The edges that are none of descent, such as to what supersedes a model, stand behind those that the arrays have."""
