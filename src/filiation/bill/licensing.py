"""The licences of a component: declared by its publisher, concluded after all, and brought along by ancestors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import duckdb
import msgspec
import numpy as np

from filiation.bill.bill import License, Said
from filiation.bill.parts import HUB_URL, address, clean, said_of
from filiation.bill.rows import ClaimRow
from filiation.bill.spdx_names import all_of, spdx
from filiation.core.claim import Basis
from filiation.core.decision import Override
from filiation.licenses.build import as_built
from filiation.licenses.declared import State, declared
from filiation.licenses.expression import Expression
from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import NodeTerms, node_terms
from filiation.licenses.paths import inherited
from filiation.lineage.ancestry import among
from filiation.lineage.arrays import NULL, Lineage

WITNESS = "filiation"
_MADE_OF = ("derivative", "use")
"""Ways by which another's licence comes along for certain; whether data and outputs bring theirs is not settled."""
_RELATIVE = frozenset({"LICENSE", "LICENSE.md", "LICENSE.txt", "license", "license.md"})


class Terms(NamedTuple):
    """Terms of some nodes and all that they descend from; `place` is a node's number in `lineage`."""

    lineage: Lineage
    terms: NodeTerms
    place: Mapping[int, int]


def terms_above(con: duckdb.DuckDBPyConnection, lineage: Lineage, nodes: Sequence[int]) -> Terms:
    """Return the terms of `nodes`, among which are all that they descend from."""
    ordered = np.array(sorted(nodes), np.int64)
    part = among(lineage, ordered)
    place = {int(whole): number for number, whole in enumerate(ordered)}
    built = as_built(con, list(place))
    return Terms(part, node_terms(part, {place[at]: item for at, item in built.items()}), place)


def licenses(node: int, claims: Sequence[ClaimRow], about: Terms, decided: Override | None, page: str | None) -> list[License]:
    """Return the licences of a node, declared first, then concluded, then inherited.

    Args:
        node: Its number in the atlas.
        claims: Of its records.
        about: Holds the node and its ancestors.
        decided: What a reviewer decided on its licence.
        page: Where its files are to be seen, None where that is not known.
    """
    found = list(_declared(claims, page))
    brought = list(_inherited(node, about))
    concluded = _concluded(node, about, brought, decided)
    if concluded and found and concluded.said.basis == Basis.INFERRED:
        sure = min(concluded.said.confidence, *(item.said.confidence for item in found), 1.0)
        concluded = msgspec.structs.replace(concluded, said=msgspec.structs.replace(concluded.said, confidence=sure))
    return [*found, *([concluded] if concluded else []), *(item for _, item in brought)]


def _declared(claims: Sequence[ClaimRow], page: str | None) -> Iterator[License]:
    """Yield what fields declare, each text once; ``other`` is told with the name and the address beside it."""
    beside = {row.predicate: row.value for row in reversed(claims) if row.predicate in ("license_name", "license_link")}
    seen = set()
    for row in claims:
        if row.predicate != "license" or row.basis != Basis.DECLARED or row.value.strip().lower() in seen:
            continue
        seen.add(row.value.strip().lower())
        is_other = row.value.strip().lower() == State.OTHER
        name, link = (beside.get("license_name"), beside.get("license_link")) if is_other else (None, None)
        meant = declared([row.value], name, link)
        if meant.state is State.UNDECLARED:
            continue
        text = clean(name or row.value.strip())
        expression = None if meant.expression is None else spdx(meant.expression)
        yield License("declared", text, expression, _link(link, page), said_of(row))


def _link(link: str | None, page: str | None) -> str | None:
    """Return where a licence is; the name of a file is one of the repository."""
    if link in _RELATIVE and page and page.startswith(HUB_URL):
        return f"{page}/blob/main/{link}"
    return address(link)


def _inherited(node: int, about: Terms) -> Iterator[tuple[Expression, License]]:
    """Yield the licences of ancestors that say something that the node's own does not, the surest first, each once."""
    at = about.place[node]
    own = int(about.terms.possible[at])
    found: dict[str, tuple[Expression, License]] = {}
    for item in inherited(about.lineage, about.terms, at):
        code = int(about.terms.code[item.source])
        expression = None if code == NULL else about.terms.texts[code].expression
        text = None if expression is None else spdx(expression)
        if expression is None or text is None or FLOWS[item.flow] not in _MADE_OF or not item.bits & ~own:
            continue
        source, sure = about.lineage.ref(item.source), round(item.confidence, 3)
        if text in found:
            first = found[text][1]
            sources = tuple(dict.fromkeys((*first.inherited_from, source)))
            found[text] = expression, License("inherited", text, text, None, first.said, sources)
        else:
            said = Said(Basis.INFERRED, sure, WITNESS, _path(about.lineage, item.path))
            found[text] = expression, License("inherited", text, text, None, said, (source,))
    yield from found.values()


def _path(lineage: Lineage, path: tuple[int, ...]) -> str:
    return " > ".join(lineage.ref(int(lineage.parent[edge])) for edge in path)


def _concluded(node: int, about: Terms, brought: list[tuple[Expression, License]], decided: Override | None) -> License | None:
    """Return what holds after all: a reviewer's decision, else the node's own licence with what ancestors bring.

    Nothing is concluded where the node's own licence is not known: what ancestors ask for grants nothing by itself.
    """
    code = int(about.terms.code[about.place[node]])
    if code == NULL:
        return None
    own = about.terms.texts[code]
    if own.expression is None or spdx(own.expression) is None:
        return None
    if decided is not None and own.state is State.DECIDED:
        said = Said(Basis.STATED, 1.0, f"reviewer {decided.who}", f"ledger#entry/{decided.entry}")
        return License("concluded", decided.value, spdx(own.expression), None, said)
    text = spdx(all_of([own.expression, *(expression for expression, _ in brought)]))
    if text is None:
        return None
    sure = round(min([own.confidence, *(item.said.confidence for _, item in brought)]), 3)
    said = Said(Basis.INFERRED, sure, WITNESS, "license" if own.state is not State.STATED else own.text[0])
    origins = dict.fromkeys(ref for _, item in brought for ref in item.inherited_from)
    return License("concluded", text, text, None, said, tuple(origins))
