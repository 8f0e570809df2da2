"""Every licence that we know, found by whatever it is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import msgspec

from filiation.knowledge import load_folder
from filiation.licenses.license import License
from filiation.licenses.name import name_key
from filiation.licenses.terms import Flow, terms

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Catalog:
    """Licences by id, and by every other name.

    Attributes:
        licenses: By id, in order.
        names: Id by `name_key` of the id, the SPDX id, the ScanCode key, the full name and each alias.
        links: Id by address of a text, without scheme and slash at the end, in lower case.
    """

    licenses: Mapping[str, License]
    names: Mapping[str, str]
    links: Mapping[str, str]

    def find(self, name: str) -> License | None:
        """Return the licence of that name, whatever its case and punctuation; None where there is none."""
        found = self.names.get(name_key(name))
        return None if found is None else self.licenses[found]


@cache
def catalog() -> Catalog:
    """Return what we know, read once."""
    licenses = {id_: msgspec.convert(table, License) for id_, table in load_folder("licenses").items()}
    names = {name_key(name): item.id for item in licenses.values() for name in _names(item)}
    links = {link: item.id for item in licenses.values() for link in item.links}
    return Catalog(MappingProxyType(licenses), MappingProxyType(names), MappingProxyType(links))


def _names(item: License) -> list[str]:
    return [name for name in (item.id, item.spdx, item.scancode, item.name, *item.aliases) if name]


def license_of(name: str) -> License | None:
    """Return the licence that a Hub id, an SPDX id, a ScanCode key, a full name or an alias names."""
    return catalog().find(name)


def bits(item: License, flow: Flow | None = None) -> int:
    """Return the licence's terms as bits: all of them, or those that travel along `flow`."""
    said = [clause for clause in item.terms if flow is None or clause.travels(flow)]
    return sum({terms()[clause.term].mask for clause in said})


def kind_of(name: str) -> str:
    """Return the kind of the licence of that name; ``unknown`` where we know none, as for colours on a map."""
    found = license_of(name)
    return UNKNOWN if found is None else found.kind
