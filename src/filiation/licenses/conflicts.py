"""Where what a node declares does not fit what it descends from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import msgspec
import numpy as np

from filiation.core.finding import Severity
from filiation.knowledge import load
from filiation.licenses.catalog import license_of
from filiation.licenses.declared import State
from filiation.licenses.expression import ids
from filiation.licenses.masks import FLOWS
from filiation.licenses.naming import unnamed
from filiation.licenses.node_terms import STATES, NodeTerms, ways
from filiation.licenses.terms import bits_of
from filiation.lineage.arrays import Lineage

DERIVATIVE, DATA = FLOWS.index("derivative"), FLOWS.index("data")
PERMISSIVE = frozenset({"permissive", "public-domain"})


class Kind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of conflict, as ``knowledge/license_conflicts.toml`` keeps it."""

    severity: Severity
    terms: tuple[str, ...]
    message: str
    ja: str
    remedy: str

    @property
    def bits(self) -> np.uint64:
        """The terms that it is about."""
        return np.uint64(bits_of(self.terms))


@cache
def kinds() -> dict[str, Kind]:
    """Return every kind of conflict by its id."""
    return msgspec.convert(load("license_conflicts"), dict[str, Kind])


class Conflicts(NamedTuple):
    """Conflicts of one kind, k of them.

    Attributes:
        kind: Id, see `kinds`.
        node: int32[k]; ascending.
        terms: uint64[k]; the terms in question, 0 where the kind is about none.
        confidence: float32[k]; that they hold for the node at all: how sure the line is by which they come.
    """

    kind: str
    node: np.ndarray
    terms: np.ndarray
    confidence: np.ndarray


@dataclass(frozen=True)
class _Ground:
    lineage: Lineage
    terms_by_node: NodeTerms
    way: np.ndarray
    sure: np.ndarray
    row: np.ndarray

    def surest(self, nodes: np.ndarray, terms: np.ndarray) -> np.ndarray:
        """Return float32[k]: how sure the surest of each node's `terms` is, uint64[k]."""
        flags = (terms[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
        return (self.sure[self.row[nodes]] * flags).max(axis=1, initial=0).astype(np.float32)


def conflicts(lineage: Lineage, terms_by_node: NodeTerms, has_notice: np.ndarray) -> Iterator[Conflicts]:
    """Yield what does not fit, kind by kind. Nothing is said of nodes that the registry does not hold.

    Args:
        lineage: Who descends from whom.
        terms_by_node: Terms of every node.
        has_notice: int8[n]; 1 where a list of files names a license or notice, 0 where it names none, -1 without a list.
    """
    from filiation.licenses import kernels  # noqa: PLC0415  # a second to import
    from filiation.lineage.kernels import topological_order  # noqa: PLC0415  # the same

    way = ways(lineage)
    heirs = terms_by_node.inherited[DERIVATIVE] != 0
    row = np.where(heirs, np.cumsum(heirs) - 1, -1).astype(np.int32)
    order = topological_order(lineage.parent_start, lineage.child_start, lineage.child[lineage.child_edge])
    confidence = (lineage.confidence * lineage.relation_confidence).astype(np.float32)
    sure = kernels.sureness(
        order,
        lineage.parent_start,
        lineage.parent,
        way,
        confidence,
        terms_by_node.travels[DERIVATIVE],
        terms_by_node.certain,
        row,
    )
    ground = _Ground(lineage, terms_by_node, way, sure, row)
    yield from _dropped(ground)
    yield from _by_edge(ground)
    yield _noticeless(ground, has_notice)
    yield _misnamed(ground)
    yield _trained_on_noncommercial(ground)


def _declared(ground: _Ground) -> np.ndarray:
    """Return bool[n]: held by the registry, and declares licences that we read."""
    readable = [STATES.index(State.EXPRESSION), STATES.index(State.STATED), STATES.index(State.DECIDED)]
    return np.isin(ground.terms_by_node.state, readable) & (ground.lineage.state == 0)


def _dropped(ground: _Ground) -> Iterator[Conflicts]:
    """Yield terms that come by derivation, and that nothing in the node's own declaration answers."""
    terms_by_node, declared = ground.terms_by_node, _declared(ground)
    missing = terms_by_node.inherited[DERIVATIVE] & ~terms_by_node.possible
    for name in ("license-restriction-dropped", "license-obligation-dropped", "license-cannot-relicense"):
        yield _of(ground, name, np.where(declared, missing & kinds()[name].bits, 0))
    held = ground.lineage.state == 0
    forbidden = terms_by_node.inherited[DERIVATIVE] & kinds()["license-no-derivatives"].bits
    yield _of(ground, "license-no-derivatives", np.where(held, forbidden, 0))


def _of(ground: _Ground, name: str, terms: np.ndarray) -> Conflicts:
    nodes = np.flatnonzero(terms).astype(np.int32)
    return Conflicts(name, nodes, terms[nodes], ground.surest(nodes, terms[nodes]))


def _by_edge(ground: _Ground) -> Iterator[Conflicts]:
    """Yield what an edge shows by itself: a license removed, and two share-alike licenses that do not go together."""
    lineage, terms_by_node = ground.lineage, ground.terms_by_node
    edges = np.flatnonzero(ground.way == DERIVATIVE)
    child, parent = lineage.child[edges], lineage.parent[edges]
    confidence = (lineage.confidence * lineage.relation_confidence)[edges]
    undeclared = STATES.index(State.UNDECLARED)
    removed = (
        (terms_by_node.state[child] == undeclared) & (terms_by_node.state[parent] != undeclared) & (lineage.state[child] == 0)
    )
    yield _worst("license-removed", child[removed], confidence[removed])
    pairs, pair = np.unique(np.stack([terms_by_node.code[parent], terms_by_node.code[child]]), axis=1, return_inverse=True)
    clash = np.array([_clashes(terms_by_node, int(above), int(below)) for above, below in pairs.T], bool)[pair.ravel()]
    yield _worst("license-incompatible", child[clash], confidence[clash])


def _worst(name: str, nodes: np.ndarray, confidence: np.ndarray) -> Conflicts:
    """Return one conflict for each node, as sure as the surest of its edges."""
    found, place = np.unique(nodes, return_inverse=True)
    surest = np.zeros(len(found), np.float32)
    np.maximum.at(surest, place, confidence)
    return Conflicts(name, found.astype(np.int32), np.full(len(found), kinds()[name].bits), surest)


def _clashes(terms_by_node: NodeTerms, above: int, below: int) -> bool:
    """Return whether two declarations each want to stay under their own licence, and neither lets the other in."""
    if min(above, below) < 0 or above == below:
        return False
    share_alike = bits_of(["share-alike"])
    sides = []
    for code in (above, below):
        expression = terms_by_node.texts[code].expression
        named = [item.key for item in ids(expression)] if expression else []
        if len(named) != 1 or not (found := license_of(named[0])):
            return False  # several licences, or one that we do not know: for a person
        sides.append(found)
    bound = all(share_alike & bits_of(clause.term for clause in item.terms) for item in sides)
    return bound and sides[0].id != sides[1].id and sides[1].id not in load("license_compatibility").get(sides[0].id, [])


def _noticeless(ground: _Ground, has_notice: np.ndarray) -> Conflicts:
    wanted = ground.terms_by_node.inherited[DERIVATIVE] & kinds()["license-notice-missing"].bits
    return _of(ground, "license-notice-missing", np.where((has_notice == 0) & (ground.lineage.state == 0), wanted, 0))


def _misnamed(ground: _Ground) -> Conflicts:
    """Return the nodes whose name does not begin as a licence above asks."""
    wanted = ground.terms_by_node.inherited[DERIVATIVE] & kinds()["license-naming-clause"].bits
    candidates = np.flatnonzero((wanted != 0) & (ground.lineage.state == 0)).astype(np.int32)
    nodes = candidates[unnamed(ground.lineage, ground.terms_by_node, ground.way, candidates)]
    return Conflicts("license-naming-clause", nodes, wanted[nodes], ground.surest(nodes, wanted[nodes]))


def _trained_on_noncommercial(ground: _Ground) -> Conflicts:
    """Return the nodes that are free to use by what they declare, and were trained on data that is not."""
    lineage, terms_by_node = ground.lineage, ground.terms_by_node
    permissive = np.array([*(_is_permissive(terms_by_node, code) for code in range(len(terms_by_node.texts))), False])[
        terms_by_node.code
    ]
    terms = terms_by_node.inherited[DATA] & kinds()["license-data-noncommercial"].bits
    nodes = np.flatnonzero((terms != 0) & permissive & (lineage.state == 0)).astype(np.int32)
    surest = np.zeros(lineage.size, np.float32)
    edges = np.flatnonzero(ground.way == DATA)
    np.maximum.at(surest, lineage.child[edges], (lineage.confidence * lineage.relation_confidence)[edges])
    return Conflicts("license-data-noncommercial", nodes, terms[nodes], np.where(surest[nodes] > 0, surest[nodes], 0.5))


def _is_permissive(terms_by_node: NodeTerms, code: int) -> bool:
    expression = terms_by_node.texts[code].expression
    known = [license_of(item.key) for item in ids(expression)] if expression else []
    return bool(known) and all(item is not None and item.kind in PERMISSIVE for item in known)
