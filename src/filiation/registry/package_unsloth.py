"""The table in the package ``unsloth`` from quantized models to those that they were made from, exported as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, is_name
from filiation.core.relation import Relation
from filiation.formats.compressed import inner_suffix, peek
from filiation.formats.json_rows import document

KEY = "__INT_TO_FLOAT_MAPPER"
QUANTIZED = "-bnb-4bit"

Edge = tuple[str, str, Relation]
"""Child, parent and relation."""


class UnslothPackage:
    """A row names a quantized model, the owner's copy in full precision, the original, and further quantizations."""

    name = "unsloth package"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether this is the table that unsloth's ``mapper.py`` holds."""
        return inner_suffix(path) == ".json" and f'"{KEY}"'.encode() in peek(path, 1024)

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each child, whose line is the number of the row that first names it."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))


SOURCE = UnslothPackage()


def _sightings(path: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    try:
        rows = document(path).get(KEY)
    except ValueError as error:
        yield Skipped(str(path), 0, f"cannot be read ({error})")
        return
    if not isinstance(rows, dict):
        yield Skipped(str(path), 0, f"{KEY} is not a table")
        return
    seen: dict[str, tuple[int, Relation, list[str]]] = {}
    for number, (child, names) in enumerate(rows.items(), 1):
        edges = list(_edges(child, names))
        if not edges:
            yield Skipped(str(path), number, f"{child[:80]}: no model in full precision")
        for name, parent, relation in edges:
            _, first_relation, parents = seen.setdefault(name, (number, relation, []))
            if relation is first_relation and parent not in parents:
                parents.append(parent)
    for name, (number, relation, parents) in seen.items():
        body = {"id": name, "cardData": {"base_model": parents, "base_model_relation": str(relation)}}
        yield Sighting(number, Record(kind, name, body), "unsloth")


def _edges(key: str, names: Any) -> Iterator[Edge]:
    """Yield what one row says.

    `names` lists models in full precision, the owner's copy first and the original last, then quantized ones; or is an
    object of such a list under ``16`` and one of eight-bit models under ``8``.
    """
    eights = _names(names.get("8")) if isinstance(names, dict) else []
    sixteens = _names(names.get("16") if isinstance(names, dict) else names)
    full = [name for name in sixteens if not name.endswith(QUANTIZED)]
    if not full:
        return
    for name in dict.fromkeys([key, *sixteens, *eights]):
        if name not in full and is_name(name):
            yield name, _nearest(name, full), Relation.QUANTIZED
    if len(full) > 1 and full[0] != full[-1]:
        yield full[0], full[-1], Relation.CONVERTED


def _nearest(name: str, full: list[str]) -> str:
    """Return the same owner's model in full precision, else the original."""
    owner = name.partition("/")[0]
    return next((other for other in full if other.partition("/")[0] == owner), full[-1])


def _names(value: Any) -> list[str]:
    return [name for name in value if isinstance(name, str) and is_name(name)] if isinstance(value, list) else []
