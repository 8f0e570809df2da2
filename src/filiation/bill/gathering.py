"""Everything that the bills of some nodes need, read at once; components and relations are made when they are asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

import duckdb

from filiation.bill.bill import Component, Evidence, Gap, Relation
from filiation.bill.licensing import Terms, licenses, terms_above
from filiation.bill.opening import opening
from filiation.bill.parts import HUB_URL, clean, energies, facts, files, links, metrics, said_of
from filiation.bill.rows import ClaimRow, EdgeRow, NodeRow, RecordRow, Rows, read_rows
from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.core.ref import HUB, Kind, Ref
from filiation.core.relation import Relation as Kinship
from filiation.lineage.arrays import Lineage
from filiation.lineage.questions import reach

MAX_DESCRIPTION = 500
MAX_EVIDENCE = 20
"""Statements behind one relation."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_STATES = {
    "missing": "is named, but the atlas does not list it: what it is made of is not known",
    "ambiguous": "is named without its owner, and several could be meant",
    "malformed": "is named, but this is no name of a repository",
}


class Gathered:
    """What was read of some nodes, their ancestors, and what the nodes were evaluated on."""

    def __init__(self, lineage: Lineage, rows: Rows, terms: Terms, decided: Mapping[str, Override]) -> None:
        self._lineage = lineage
        self._rows = rows
        self._terms = terms
        self._decided = decided
        self._made: dict[tuple[int, bool], Component] = {}

    def ref(self, node: int) -> str:
        """Return the node's ref."""
        return self._lineage.ref(node)

    def edges(self, node: int) -> list[EdgeRow]:
        """Return the edges of which the node is the child."""
        return self._rows.edges.get(node, [])

    def evaluated_on(self, node: int) -> list[int]:
        """Return the datasets that the node was evaluated on."""
        return [edge.parent for edge in self.edges(node) if edge.relation == Kinship.EVALUATED_ON and edge.parent != node]

    def component(self, node: int, *, brief: bool) -> Component:
        """Return the node's component, with what it is and its licences only where that is to be `brief`."""
        key = (node, brief)
        if key not in self._made:
            self._made[key] = self._component(self._rows.nodes[node], brief=brief)
        return self._made[key]

    def _component(self, row: NodeRow, *, brief: bool) -> Component:
        records = self._rows.records.get(row.node, [])
        claims = self._rows.claims.get(row.node, [])
        ref = self.ref(row.node)
        on_hub = row.registry == HUB and row.state == "present"
        revision = _first(records, "sha") if on_hub else None
        revision = revision if revision and _COMMIT.fullmatch(revision) else None
        listed, left_out = files(records)
        witness = records[0].witness if records else ""
        where = links(row.kind, row.name, revision, {item.path for item in listed}, claims, witness, on_hub=on_hub)
        page = f"{HUB_URL}/{'datasets/' if row.kind == Kind.DATASET else ''}{row.name}" if on_hub else None
        return Component(
            ref,
            row.kind,
            row.state,
            purl=_purl(ref, row, revision),
            revision=revision,
            publisher=_first(records, "author") or (row.name.partition("/")[0] if _is_owned(row) else None),
            created_at=row.created_at and row.created_at.replace(microsecond=0),
            modified_at=_moment(_first(records, "lastModified")),
            description=_description(row, brief=brief),
            licenses=tuple(licenses(row.node, claims, self._terms, self._decided.get(ref), page)),
            files=() if brief else listed,
            files_left_out=0 if brief else left_out,
            facts=tuple(facts(claims, records, brief=brief)),
            metrics=() if brief else tuple(metrics(claims)),
            energies=() if brief else tuple(energies(records)),
            links=tuple(sorted(where, key=lambda item: (item.type, item.url))),
        )

    def relation(self, edge: EdgeRow) -> Relation:
        """Return the edge as a relation, with the statements behind it."""
        said = self._rows.evidence.get((edge.child, edge.parent), [])
        evidence = tuple(Evidence(clean(row.value), said_of(row)) for row in said[:MAX_EVIDENCE] if _supports(row, edge))
        return Relation(
            self.ref(edge.child), self.ref(edge.parent), edge.relation, edge.basis, edge.confidence,
            edge.relation_basis, edge.relation_confidence, edge.because, edge.weight, evidence,
        )  # fmt: skip

    def gaps(self, node: int) -> Iterator[Gap]:
        """Yield what is known to be absent above the node."""
        row = self._rows.nodes[node]
        if row.state in _STATES:
            yield Gap(self.ref(node), _STATES[row.state])
        for edge in self.edges(node):
            if edge.set_aside is not None:
                yield Gap(
                    self.ref(node), f"{self.ref(edge.parent)} is named as its parent, and was set aside: {edge.set_aside}"
                )
        if any(not record.body for record in self._rows.records.get(node, [])):
            yield Gap(self.ref(node), "a record of it could not be read")


def gather(con: duckdb.DuckDBPyConnection, lineage: Lineage, nodes: Sequence[int], decided: Mapping[str, Override]) -> Gathered:
    """Return what the bills of `nodes` need; there may be none."""
    on = con.execute(
        "SELECT DISTINCT parent FROM edge WHERE child IN (SELECT unnest($nodes)) AND relation = 'evaluated_on'",
        {"nodes": list(nodes)},
    ).fetchall()
    asked = {*nodes, *(parent for (parent,) in on)}
    ordered = sorted(asked.union(*(reach(lineage, node, "up").nodes.tolist() for node in asked)))
    return Gathered(lineage, read_rows(con, ordered), terms_above(con, lineage, ordered), decided)


def _description(row: NodeRow, *, brief: bool) -> str | None:
    """Return the registry's description, else the first paragraph of the card that says something."""
    told = row.description
    if not told and row.card and not brief:
        told = opening(row.card)
    told = " ".join(told.split()) if told else ""
    return clean(told if len(told) <= MAX_DESCRIPTION else f"{told[: MAX_DESCRIPTION - 1]}…") if told else None


def _supports(row: ClaimRow, edge: EdgeRow) -> bool:
    """Return whether a statement about the two ends is about this relation, and not only another one between them."""
    is_evaluation = row.predicate == "evaluated_on"
    return is_evaluation == (edge.relation == Kinship.EVALUATED_ON)


def _first(records: list[RecordRow], field: str) -> str | None:
    """Return the field of the first record that has it as a text."""
    return next((value for item in records if isinstance(value := item.body.get(field), str) and value), None)


def _moment(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    if found is None:
        return None
    return (found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found).replace(microsecond=0)


def _is_owned(row: NodeRow) -> bool:
    return "/" in row.name and row.state in ("present", "missing")


def _purl(ref: str, row: NodeRow, revision: str | None) -> str | None:
    """Return the package URL of what is, or would be, on the Hub under this name."""
    if row.registry != HUB or not (row.state == "present" or _is_owned(row)):
        return None
    try:
        named = Ref.parse(ref)
    except FiliationError:
        return None
    return Ref(named.kind, named.name, named.registry, revision).purl
