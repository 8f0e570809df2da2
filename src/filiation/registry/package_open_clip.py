"""The pretrained weights that the package ``open_clip`` lists, exported as a JSON array."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from filiation.core.hub_shape import trimmed
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import HUB, Kind, is_name
from filiation.formats.compressed import damaged, inner_suffix, peek
from filiation.formats.json_rows import elements

KEYS = (b'"model"', b'"tag"', b'"hf_hub"')
MAX_NAMES = 1_000_000


class OpenClipPackage:
    """Several entries may point at one repository: they become one record, each kept in its ``origin``."""

    name = "open_clip package"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether this is an array whose first element has a model, a tag and a place on the Hub."""
        head = peek(path) if inner_suffix(path) == ".json" else b""
        return head.lstrip().startswith(b"[") and all(key in head.partition(b"}")[0] for key in KEYS)

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each repository, whose line is the number of its first entry."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))


SOURCE = OpenClipPackage()


def _sightings(path: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    places: dict[tuple[str, str], tuple[int, list[dict[str, Any]]]] = {}
    for item in elements(path):
        if isinstance(item, Skipped):
            yield item
            continue
        number, entry = item
        if number > MAX_NAMES:
            yield damaged(path, number, ValueError(f"more than {MAX_NAMES:,} entries"))
            break
        places.setdefault(_place(entry), (number, []))[1].append(trimmed(entry))
    for (registry, name), (number, entries) in places.items():
        body = {"id": name, "library_name": "open_clip", "origin": {"entries": entries}}
        yield Sighting(number, Record(kind, name, body), "open_clip", registry)


def _place(entry: dict[str, Any]) -> tuple[str, str]:
    """Return registry and id: the repository in ``owner/name/`` or ``owner/name/file``, else the entry's own name."""
    name = "/".join(str(entry.get("hf_hub") or "").split("/")[:2])
    if "/" in name and is_name(name):
        return HUB, name
    return "open_clip", f"{entry.get('model')}.{entry.get('tag')}"
