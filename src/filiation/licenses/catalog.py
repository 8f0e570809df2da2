"""Every licence that we know, found by whatever it is called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from types import MappingProxyType

import msgspec

from filiation.knowledge import load_from, names_in
from filiation.licenses.license import License
from filiation.licenses.name import name_key
from filiation.licenses.terms import Flow, terms

FOLDER = "licenses"
UNKNOWN = "unknown"


class Licenses(Mapping[str, License]):
    """Licences by id, in order; each file is read when its licence is asked for, since most answers need one of a hundred."""

    def __init__(self) -> None:
        self._ids = dict.fromkeys(names_in(FOLDER))
        self._read: dict[str, License] = {}

    def __getitem__(self, key: str) -> License:
        found = self._read.get(key)
        if found is None:
            if key not in self._ids:
                raise KeyError(key)
            found = self._read[key] = msgspec.convert(load_from(FOLDER, key), License)
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(self._ids)

    def __len__(self) -> int:
        return len(self._ids)


class Catalog:
    """Licences by id, and by every other name.

    Attributes:
        licenses: By id, in order.
        names: Id by `name_key` of the id, the SPDX id, the ScanCode key, the full name and each alias.
        links: Id by address of a text, without scheme and slash at the end, in lower case.
    """

    def __init__(self) -> None:
        self.licenses = Licenses()
        self._ids = {name_key(id_): id_ for id_ in self.licenses}

    @cached_property
    def names(self) -> Mapping[str, str]:  # noqa: D102  # above
        return MappingProxyType({name_key(name): item.id for item in self.licenses.values() for name in _names(item)})

    @cached_property
    def links(self) -> Mapping[str, str]:  # noqa: D102  # above
        return MappingProxyType({link: item.id for item in self.licenses.values() for link in item.links})

    def find(self, name: str) -> License | None:
        """Return the licence of that name, whatever its case and punctuation; None where there is none.

        No two share a name, so that an id is found without reading what all others are called.
        """
        key = name_key(name)
        found = self._ids.get(key) or self.names.get(key)
        return None if found is None else self.licenses[found]


@cache
def catalog() -> Catalog:
    """Return what we know; each licence is read once, when it is asked for."""
    return Catalog()


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
