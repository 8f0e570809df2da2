"""Make bills from an atlas: of one repository each, of several together, or of an application."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import duckdb

from filiation.bill.bill import APPLICATION, USES, Bill, Component, Evidence, Gap, Relation, Said
from filiation.bill.gathering import Gathered, gather
from filiation.core.claim import Basis
from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.core.ref import HUB, Kind, Ref
from filiation.core.relation import Relation as Kinship
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate
from filiation.lineage.questions import reach
from filiation.uses.tree import Found
from filiation.uses.use import Use

CHUNK = 250
"""So many bills are gathered at a time."""
MAX_COMPONENTS = 5_000
"""Of one bill; what is farther away is told as a gap."""


class Maker:
    """Makes bills from an open atlas."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, lineage: Lineage, made_at: datetime, overrides: Sequence[Override] = ()
    ) -> None:
        """Take what every bill needs.

        Args:
            con: Of the atlas.
            lineage: Of the same atlas.
            made_at: What the bills say of when they were made, naive UTC.
            overrides: What reviewers decided and is in force.
        """
        self._con = con
        self._lineage = lineage
        self._made_at = made_at.replace(microsecond=0)
        self._decided: Mapping[str, Override] = {item.subject: item for item in overrides if item.predicate == "license"}

    def each(self, nodes: Sequence[int]) -> Iterator[Bill]:
        """Yield a bill of each of `nodes`, in their order."""
        for start in range(0, len(nodes), CHUNK):
            chunk = nodes[start : start + CHUNK]
            gathered = gather(self._con, self._lineage, chunk, self._decided)
            yield from (self._bill(gathered, [node], gathered.ref(node)) for node in chunk)

    def together(self, nodes: Sequence[int], name: str) -> Bill:
        """Return one bill of all of `nodes`, at least one, each once."""
        nodes = list(dict.fromkeys(nodes))
        return self._bill(gather(self._con, self._lineage, nodes, self._decided), nodes, name)

    def application(self, found: Found, name: str) -> Bill:
        """Return the bill of an application: what its source loads, and what that stands on.

        Args:
            found: The models and datasets that the source loads.
            name: What the application is called.
        """
        own = Component(f"{APPLICATION}:{name}", APPLICATION, "present")
        uses: dict[str, list[Use]] = {}
        gaps = [Gap(own.ref, f"{item.file}: {item.reason}") for item in found.skipped]
        for use in found.uses:
            if use.ref is None:
                gaps.append(Gap(own.ref, f"{use.file}:{use.line}: {use.how}: which it loads shows only when it runs"))
            else:
                uses.setdefault(use.ref, []).append(use)
        nodes = {ref: self._node(ref) for ref in uses}
        known = list(dict.fromkeys(node for node in nodes.values() if node != NULL))
        gathered = gather(self._con, self._lineage, known, self._decided)
        below = self._bill(gathered, known, name)
        unlisted = [_unlisted(ref) for ref, node in nodes.items() if node == NULL]
        joined: dict[str, list[Use]] = {}
        for ref, places in uses.items():
            joined.setdefault(ref if nodes[ref] == NULL else gathered.ref(nodes[ref]), []).extend(places)
        relations = [_use(own.ref, ref, places) for ref, places in sorted(joined.items())]
        gaps += [Gap(item.ref, "is not listed in the atlas: nothing is known of it") for item in unlisted]
        components = (own, *below.components, *unlisted)
        gaps += [*_other_revisions(joined, {item.ref: item for item in components}), *below.gaps]
        relations = sorted([*relations, *below.relations], key=lambda item: (item.child, item.relation, item.parent))
        return Bill(name, "application", (own.ref,), components, tuple(relations), tuple(gaps), self._made_at)

    def _node(self, ref: str) -> int:
        try:
            return locate(self._lineage, ref).node
        except FiliationError:
            return NULL

    def _bill(self, gathered: Gathered, subjects: Sequence[int], name: str) -> Bill:
        """Return the bill of `subjects`: they, their ancestors, nearest first, and what they were evaluated on."""
        nodes = dict.fromkeys(subjects)
        left_out = 0
        for node in subjects:
            above = reach(self._lineage, node, "up").nodes.tolist()
            left_out += max(0, len(above) - MAX_COMPONENTS)
            nodes.update(dict.fromkeys(above[:MAX_COMPONENTS]))
        nodes.update(dict.fromkeys(parent for node in subjects for parent in gathered.evaluated_on(node)))
        whole = set(subjects)
        components = tuple(gathered.component(node, brief=node not in whole) for node in nodes)
        relations = [
            gathered.relation(edge)
            for node in nodes
            for edge in gathered.edges(node)
            if edge.set_aside is None and edge.parent in nodes and (node in whole or edge.relation != Kinship.EVALUATED_ON)
        ]
        relations.sort(key=lambda item: (item.child, item.relation, item.parent))
        gaps = [gap for node in nodes for gap in gathered.gaps(node)]
        if left_out:
            gaps.append(Gap(components[0].ref, f"{left_out:,} of the farthest ancestors are left out"))
        refs = tuple(gathered.ref(node) for node in subjects)
        return Bill(name, "repositories", refs, components, tuple(relations), tuple(gaps), self._made_at)


def application_name(tree: Path) -> str:
    """Return what the source tree at `tree` is called: by its folder, or its file."""
    return tree.resolve().name or "application"


def _unlisted(text: str) -> Component:
    ref = Ref.parse(text)
    owner = ref.name.partition("/")[0] if "/" in ref.name else None
    return Component(str(ref), str(Kind(ref.kind)), "unlisted", purl=ref.purl if ref.registry == HUB else None, publisher=owner)


def _use(application: str, ref: str, places: list[Use]) -> Relation:
    sure = max(item.confidence for item in places)
    evidence = tuple(
        Evidence(
            f"{item.how}: {item.written}", Said(Basis.STATED, item.confidence, USES, f"{item.file}#L{item.line}"), item.revision
        )
        for item in places
    )
    return Relation(application, ref, USES, Basis.STATED, sure, Basis.STATED, sure, evidence=evidence)


def _other_revisions(uses: Mapping[str, list[Use]], components: Mapping[str, Component]) -> Iterator[Gap]:
    """Yield a gap for each component of which a place pins another commit than the one that is described."""
    for ref, places in sorted(uses.items()):
        known = components[ref].revision
        others = sorted({item.revision for item in places if item.is_pinned and item.revision and item.revision != known})
        if known and others:
            yield Gap(ref, f"{', '.join(others)} is asked for; what is said here is of {known}")
