"""The vocabulary of what a licence can grant, ask or forbid, each term one of 64 bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

import msgspec

from filiation.knowledge import load

Flow = Literal["derivative", "use", "data", "outputs"]
Use = Literal[
    "use",
    "host",
    "modify",
    "fine-tune",
    "merge",
    "quantise",
    "distil",
    "train-on-outputs",
    "redistribute-weights",
    "redistribute-derivative",
    "embed-in-product",
]
Answer = Literal["no", "ask", "if", "note"]


class Term(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a licence may say; ``license_terms.toml`` describes the fields."""

    id: str
    bit: int
    kind: Literal["right", "obligation", "restriction"]
    en: str
    ja: str
    uses: frozenset[Use]
    flows: frozenset[Flow]
    answer: Answer
    commercial: bool = False

    @property
    def mask(self) -> int:
        """The term as a single bit of 64."""
        return 1 << self.bit


@cache
def terms() -> Mapping[str, Term]:
    """Return every term by its id, in the order of the bits."""
    rows = msgspec.convert(load("license_terms")["term"], list[Term])
    return MappingProxyType({term.id: term for term in sorted(rows, key=lambda term: term.bit)})


@cache
def flow_mask(flow: Flow) -> int:
    """Return the bits of the terms that travel along `flow`, unless a licence says otherwise of its own."""
    return sum(term.mask for term in terms().values() if flow in term.flows)


@cache
def kind_mask(kind: Literal["right", "obligation", "restriction"]) -> int:
    """Return the bits of the terms of that kind."""
    return sum(term.mask for term in terms().values() if term.kind == kind)


def names_of(bits: int) -> tuple[str, ...]:
    """Return the ids of the terms whose bits are set, in the order of the bits; bits that mean nothing are left out."""
    return tuple(name for name, term in terms().items() if bits & term.mask)


def bits_of(names: Iterable[str]) -> int:
    """Return the bits of the terms with those ids; the inverse of `names_of`.

    Raises:
        KeyError: If there is no such term.
    """
    return sum({terms()[name].mask for name in names})
