"""Whether what holds for a model fits into something under a licence of its own: an application that uses it, or embeds it."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import NamedTuple

from filiation.licenses.answer import Unsaid
from filiation.licenses.conflicts import kinds
from filiation.licenses.expression import Expression
from filiation.licenses.masks import FLOWS, masks_of
from filiation.licenses.node_terms import NodeTerms
from filiation.licenses.terms import kind_mask, names_of, terms

KINDS = ("license-restriction-dropped", "license-obligation-dropped", "license-cannot-relicense")
"""The conflicts that an application can have with a model in it."""


class Misfit(NamedTuple):
    """Terms that hold for the model, and that the application's licence does not pass on to those who get it."""

    kind: str
    bits: int


def misfits(held: int, application: Expression) -> list[Misfit]:
    """Return what of `held`, the terms in force for a model, the application's licence leaves unsaid.

    That a term is left unsaid forbids nothing by itself: the application may point to the model's licence beside its own. It is
    where whoever takes the application at its word goes wrong.
    """
    missing = held & ~masks_of(application).possible & ~kind_mask("right")
    found = [Misfit(name, missing & int(kinds()[name].bits) & _touching()) for name in KINDS]
    return [misfit for misfit in found if misfit.bits]


def in_force(terms_by_node: NodeTerms, node: int) -> int:
    """Return the terms that hold for whoever runs a node: own ones under any choice, and inherited ones."""
    by = (terms_by_node.inherited[FLOWS.index(flow), node] for flow in ("derivative", "use"))
    return int(terms_by_node.possible[node]) | reduce(or_, map(int, by))


def unsaid(held: int, application: Expression) -> list[Unsaid]:
    """Return `misfits` for people."""
    return [
        Unsaid(misfit.kind, str(kinds()[misfit.kind].severity), list(names_of(misfit.bits)), _MESSAGES[misfit.kind])
        for misfit in misfits(held, application)
    ]


_MESSAGES = {
    "license-restriction-dropped": "Whoever gets the application is not told of these restrictions by its license.",
    "license-obligation-dropped": "The application's license does not pass these obligations on.",
    "license-cannot-relicense": "What is made from the model stays under its license, and this one is another.",
}


def _touching() -> int:
    """Return the terms that touch what an application does: to run a model, to host it, to come with it."""
    acts = {"use", "host", "embed-in-product"}
    return sum(term.mask for term in terms().values() if not term.uses or term.uses & acts)
