"""The terms of every node of a lineage: its own, and what it inherits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from filiation.core.relation import RELATIONS, Relation
from filiation.licenses.declared import Declared, State, declared
from filiation.licenses.expression import Id
from filiation.licenses.loops import spread as spread_few
from filiation.licenses.masks import FLOWS, masks_of
from filiation.licenses.terms import Flow
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.loops import topological_order as few_in_order

CARRIES: Mapping[Relation, Flow | None] = {
    Relation.ADAPTER: "use",
    Relation.TRAINED_ON: "data",
    Relation.DISTILLED: "outputs",
    Relation.EVALUATED_ON: None,
    Relation.NEW_VERSION: None,
}
"""What an edge of a relation carries terms along; every other relation makes a derivative."""
STATES = tuple(State)
FEW_EDGES = 2000
"""So many are walked in plain Python in less time than the compiled loops take to import."""
UNREAD = Id(State.OTHER)
"""What stands for a declaration that names no licence we know: its terms are unknown."""


@dataclass(frozen=True)
class NodeTerms:
    """Terms of n nodes as bits, and what each node declares.

    Attributes:
        state: uint8[n]; index into `STATES`.
        code: int32[n]; index into `texts`, `NULL` where undeclared.
        texts: What is declared, distinct.
        certain: uint64[n]; own terms that hold whichever licence is chosen.
        possible: uint64[n]; own terms that hold under some choice.
        travels: uint64[4, n]; of `possible`, what travels along each flow.
        inherited: uint64[4, n]; what comes along each flow.
    """

    state: np.ndarray
    code: np.ndarray
    texts: tuple[Declared, ...]
    certain: np.ndarray
    possible: np.ndarray
    travels: np.ndarray
    inherited: np.ndarray


def ways(lineage: Lineage) -> np.ndarray:
    """Return uint8[m]: what each edge carries terms along, numbered as in `kernels`."""
    carried: tuple[Flow | None, ...] = (*FLOWS, None)
    of_relation = [carried.index(CARRIES.get(relation, "derivative")) for relation in RELATIONS]
    return np.array(of_relation, np.uint8)[lineage.relation]


def node_terms(lineage: Lineage, others: Mapping[int, Declared]) -> NodeTerms:
    """Return the terms of every node.

    Laws: adding an edge or a parent's term never takes an inherited term away; a node without a parent inherits nothing.

    Args:
        lineage: Who descends from whom, and what each declares.
        others: What nodes mean who declare ``other`` or several values, by node.
    """
    texts, code = _declarations(lineage, others)
    masks = [masks_of(item.expression or UNREAD) for item in texts]
    certain, possible = (_column([getattr(item, name) for item in masks], code) for name in ("certain", "possible"))
    travels = np.stack([_column([item.travels[flow] for item in masks], code) for flow in range(len(FLOWS))])
    states = [STATES.index(item.state) for item in texts]
    state = np.array([*states, STATES.index(State.UNDECLARED)], np.uint8)[code]
    return NodeTerms(state, code, texts, certain, possible, travels, spread(lineage, travels))


def spread(lineage: Lineage, travels: np.ndarray) -> np.ndarray:
    """Return uint64[4, n]: what each node inherits along each flow, of own terms that travel so."""
    if len(lineage.parent) <= FEW_EDGES:
        order = few_in_order(lineage.parent_start, lineage.child_start, lineage.child[lineage.child_edge])
        return spread_few(order, lineage.parent_start, lineage.parent, ways(lineage), travels)
    from filiation.licenses import kernels  # noqa: PLC0415  # a second to import
    from filiation.lineage.kernels import topological_order  # noqa: PLC0415  # the same

    order = topological_order(lineage.parent_start, lineage.child_start, lineage.child[lineage.child_edge])
    return kernels.spread(order, lineage.parent_start, lineage.parent, ways(lineage), travels)


def _declarations(lineage: Lineage, others: Mapping[int, Declared]) -> tuple[tuple[Declared, ...], np.ndarray]:
    """Return the distinct declarations, and the number of each node's."""
    texts: dict[Declared, int] = {}
    of_license = [texts.setdefault(declared(text.split(", ")), len(texts)) for text in lineage.licenses]
    code = np.array([*of_license, NULL], np.int32)[lineage.license]
    for node, item in others.items():
        code[node] = texts.setdefault(item, len(texts))
    return tuple(texts), code


def _column(values: Sequence[int], code: np.ndarray) -> np.ndarray:
    """Return uint64[n]: the value of each code, 0 where it is `NULL`."""
    return np.array([*values, 0], np.uint64)[code]
