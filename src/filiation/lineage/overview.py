"""A registry, or a portfolio of models, on one screen: how much is documented, what it rests on, what to look at first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

import msgspec
import numpy as np

from filiation.lineage.arrays import NULL
from filiation.lineage.columns import Declares
from filiation.lineage.defects import TITLES, defects_of
from filiation.lineage.ground import Ground, Listed, Listing, UnknownFigureError
from filiation.lineage.questions import reach

TOP = 12
MANY = 10
"""From so many descendants on a licence that is not declared is everybody's problem."""
SINGLE = 100
"""From so many models with every line of descent through one node, that node is a single point of failure."""
PATH = "/api/v1/overview"


class Figure(msgspec.Struct, frozen=True):
    """A number that opens the list behind it: `count` of `of`; `nodes` is where the list is."""

    id: str
    title: str
    count: int
    of: int
    nodes: str


class Upstream(msgspec.Struct, frozen=True):
    """A node that much of the scope descends from: `dependents` in the scope, `descendants` in the whole registry."""

    ref: str
    node: int
    dependents: int
    descendants: int
    downloads: int | None
    license: str | None
    state: str | None


class Overview(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/overview/v1"):
    """The figures of a scope: the registry, or a portfolio.

    Attributes:
        portfolio: Its name, null for the registry.
        portfolios: All that may be chosen.
        nodes: How many models are in the scope; a portfolio counts its datasets too.
        downloads: Of the scope, where known.
        descendants: How many nodes have an ancestor in the scope.
        unknown: Names in a portfolio that the atlas does not hold.
        documented: What is declared.
        risks: What may go wrong.
        upstream: What most of the scope descends from.
        attention: The first of what needs attention, by (1 + descendants) x defects; the rest is listed under ``attention``.
    """

    portfolio: str | None
    portfolios: list[str]
    nodes: int
    downloads: int
    descendants: int
    unknown: list[str]
    documented: list[Figure]
    risks: list[Figure]
    upstream: list[Upstream]
    attention: list[Listed]


@dataclass(frozen=True)
class Scope:
    """What an overview is of: nodes int64[k], ascending, and names that were not found."""

    name: str | None
    nodes: np.ndarray
    unknown: tuple[str, ...] = ()


class OverviewTables:
    """Overviews of one lineage: of the registry, and of each portfolio once it is asked for."""

    def __init__(self, ground: Ground, portfolios: Mapping[str, Scope]) -> None:
        self._ground = ground
        self._defects = defects_of(ground)
        self._scopes: dict[str | None, Scope] = {None: Scope(None, np.flatnonzero(ground.present)), **portfolios}
        self._made: dict[str | None, _Made] = {}

    def answer(self, portfolio: str | None) -> Overview:
        """Return the figures of the registry, or of a portfolio.

        Raises:
            UnknownFigureError: If there is no such portfolio.
        """
        return self._of(portfolio).answer

    def models(self, portfolio: str | None, figure: str, offset: int, limit: int) -> Listing:
        """Return the nodes behind a figure, or behind ``attention`` in its order.

        Raises:
            UnknownFigureError: If there is no such portfolio or figure.
        """
        return self._of(portfolio).listing(figure, offset, limit)

    def _of(self, portfolio: str | None) -> _Made:
        if portfolio not in self._scopes:
            known = ", ".join(name for name in self._scopes if name) or "none were given to 'filiation serve --portfolio'"
            raise UnknownFigureError(f"There is no portfolio {portfolio!r}: {known}.")
        if portfolio not in self._made:
            names = [name for name in self._scopes if name]
            self._made[portfolio] = _Made(self._ground, self._defects, self._scopes[portfolio], names)
        return self._made[portfolio]


class _Made:
    """The overview of one scope."""

    def __init__(self, ground: Ground, defects: Mapping[str, np.ndarray], scope: Scope, portfolios: list[str]) -> None:
        self._ground, self._defects, self._scope = ground, defects, scope
        self._figures = {name: (title, nodes) for name, title, nodes in _figures(ground, defects, scope)}
        lineage, nodes = ground.lineage, scope.nodes
        groups: dict[bool, list[Figure]] = {True: [], False: []}
        for name, (title, found) in self._figures.items():
            groups[name.startswith("declares-")].append(Figure(name, title, len(found), len(nodes), self._path(name)))
        downloads = lineage.downloads[nodes]
        self.answer = Overview(
            scope.name, portfolios, len(nodes), int(downloads[downloads != NULL].sum()), _standing_on(ground, scope),
            list(scope.unknown), groups[True], groups[False], list(_upstream(ground, scope)), self._attention(0, TOP),
        )  # fmt: skip

    def listing(self, figure: str, offset: int, limit: int) -> Listing:
        """Return the nodes behind a figure."""
        if figure != "attention" and figure not in self._figures:
            raise UnknownFigureError(f"There is no figure {figure!r}: choose one of attention, {', '.join(self._figures)}.")
        if figure == "attention":
            title, nodes, items = "What needs attention first", self._urgent, self._attention(offset, limit)
        else:
            title, found = self._figures[figure]
            nodes = _most_stood_upon(self._ground, found)
            items = self._ground.listed(nodes, offset, limit)
        end = offset + limit
        return Listing(title, len(nodes), offset, items, self._path(figure, end, limit) if end < len(nodes) else None)

    def _attention(self, offset: int, limit: int) -> list[Listed]:
        return [
            msgspec.structs.replace(item, defects=[name for name, mask in self._defects.items() if mask[item.node]])
            for item in self._ground.listed(self._urgent, offset, limit)
        ]

    @cached_property
    def _urgent(self) -> np.ndarray:
        """The nodes with defects, the most urgent first; of a registry also those that are named and not there."""
        ground, lineage = self._ground, self._ground.lineage
        count = np.zeros(lineage.size, np.int64)
        for mask in self._defects.values():
            count += mask
        nodes = np.flatnonzero(count & ground.is_model) if self._scope.name is None else self._scope.nodes
        nodes = nodes[count[nodes] > 0]
        urgency = count[nodes] * (1 + lineage.descendants[nodes])
        return nodes[np.lexsort((nodes, -lineage.downloads[nodes], -urgency))]

    def _path(self, figure: str, offset: int = 0, limit: int = 0) -> str:
        words = {"portfolio": self._scope.name or "", "offset": offset or "", "limit": limit or ""}
        query = urlencode({name: value for name, value in words.items() if value})
        return f"{PATH}/{figure}/models" + (f"?{query}" if query else "")


def _figures(ground: Ground, defects: Mapping[str, np.ndarray], scope: Scope) -> Iterator[tuple[str, str, np.ndarray]]:
    """Yield (id, title, nodes) of each figure."""
    declares, nodes = ground.columns.declares[scope.nodes], scope.nodes
    for flag in Declares:
        word = str(flag.name).lower().replace("_", " ")
        yield f"declares-{word.replace(' ', '-')}", f"declare a {word}", nodes[(declares & int(flag)) > 0]
    for name, mask in defects.items():
        if name != "repository-missing" or scope.name is not None:
            yield name, TITLES[name], nodes[mask[nodes]]
    lineage = ground.lineage
    if scope.name is None:
        named = np.flatnonzero(ground.is_model & (lineage.state != 0) & (lineage.descendants > 0))
        yield "repository-missing", "named as a parent, and not in the registry", named
    many = (declares & int(Declares.LICENSE) == 0) & (lineage.descendants[nodes] >= MANY)
    yield "license-missing-upstream", f"declare no license, and {MANY} or more stand on them", nodes[many]
    yield "single-upstream", f"are the only way up for {SINGLE} or more", nodes[lineage.dominated[nodes] >= SINGLE]


def _standing_on(ground: Ground, scope: Scope) -> int:
    """Return how many nodes have an ancestor in the scope: all that have a parent, of a registry."""
    lineage = ground.lineage
    if scope.name is None:
        return int((np.diff(lineage.parent_start) > 0).sum())
    reached = _spread(scope.nodes, lineage.child_start, lineage.child[lineage.child_edge], lineage.size)
    return int(reached.sum())


def _spread(nodes: np.ndarray, start: np.ndarray, far_end: np.ndarray, n: int) -> np.ndarray:
    """Return bool[n]: what is reached from `nodes` by an edge or more."""
    reached = np.zeros(n, bool)
    level = nodes
    while len(level):
        count = start[level + 1] - start[level]
        skip = np.cumsum(count) - count
        ends = np.unique(far_end[np.repeat(start[level] - skip, count) + np.arange(int(count.sum()))])
        level = ends[~reached[ends]].astype(np.int64)
        reached[level] = True
    return reached


def _upstream(ground: Ground, scope: Scope) -> Iterator[Upstream]:
    """Yield what most of the scope descends from, the first `TOP`."""
    lineage = ground.lineage
    if scope.name is None:
        dependents = np.where(ground.is_model, lineage.descendants, 0)
    else:
        dependents = np.zeros(lineage.size, np.int64)
        for node in scope.nodes.tolist():
            dependents[reach(lineage, node, "up").nodes] += 1
    nodes = np.argpartition(-dependents, min(TOP, lineage.size - 1))[:TOP] if lineage.size else np.zeros(0, int)
    for node in nodes[np.lexsort((nodes, -dependents[nodes]))].tolist():
        if dependents[node]:
            listed = ground.listed(np.array([node]), 0, 1)[0]
            code = int(lineage.license[node])
            license_ = None if code == NULL else lineage.licenses[code]
            yield Upstream(
                listed.ref, node, int(dependents[node]), listed.descendants, listed.downloads, license_, listed.state
            )


def _most_stood_upon(ground: Ground, nodes: np.ndarray) -> np.ndarray:
    lineage = ground.lineage
    return nodes[np.lexsort((nodes, -lineage.downloads[nodes], -lineage.descendants[nodes]))]
