"""An application and the models and datasets that it uses, as ``filiation uses --json`` writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, Ref, is_name
from filiation.formats.compressed import inner_suffix, peek
from filiation.formats.json_rows import document

SCHEMA = "filiation/uses/v1"
REQUIREMENTS = "requirements.json"
"""Under this name `advisories/matching.py` reads which versions of packages are fixed."""
FILE = "uses.json"
"""Under this name `extract/application.py` reads what is used."""
WITNESS = "uses"
REGISTRY = "application"
"""Applications are no models: nothing of this registry becomes a node, and so nothing is counted or inherited through one."""
MAX_BYTES = 64 << 20
MAX_PLACES = 20
"""So many places are kept of one model; how many there are is counted."""
_ILLEGAL = re.compile(r"[^A-Za-z0-9_.-]+|\.{2,}")


class ApplicationUses:
    """One record for the application: an observation of what it uses, at the moment that is named when it is charted."""

    name = "application"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the file begins as such an answer does."""
        return inner_suffix(path) == ".json" and f'"{SCHEMA}"'.encode() in peek(path, 1024)

    def read(self, path: Path, _: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the one record, or why there is none."""
        try:
            answer = document(path, MAX_BYTES)
        except ValueError as error:
            yield Skipped(str(path), 0, f"cannot be read ({error})")
            return
        uses, about = answer.get("uses"), answer.get("path")
        found = [item for item in uses if isinstance(item, dict)] if isinstance(uses, list) else []
        yield from application(
            name_of(about if isinstance(about, str) else path.stem), found, str(path), run=bool(answer.get("run"))
        )


SOURCE = ApplicationUses()


def name_of(path: str) -> str:
    """Return what an application is called, after its folder, program or file."""
    last = Path(path).name if Path(path).name not in {"", ".."} else Path(path).resolve().name
    name = _ILLEGAL.sub("-", last).strip("-.")
    return name if is_name(name) else "application"


def application(
    name: str, uses: Sequence[dict[str, Any]], file: str, *, run: bool = False, packages: Sequence[dict[str, Any]] = ()
) -> Iterator[Batch | Skipped]:
    """Yield the record of an application.

    Args:
        name: What it is called.
        uses: As `filiation.uses.Use` has them; what has no ref is only counted.
        file: Where they were read.
        run: Whether a run was seen to load them, rather than its source text.
        packages: Versions that it fixes, as `filiation.uses.requirements.Pinned` has them.
    """
    held: dict[tuple[str, str | None], dict[str, Any]] = {}
    unresolved = 0
    for item in uses:
        if item.get("ref") is None:
            unresolved += 1
            continue
        if (key := _key(item)) is None:
            yield Skipped(file, 0, f"no model or dataset: {str(item.get('ref'))[:80]}")
            continue
        entry = held.setdefault(
            key, {"ref": key[0], "revision": key[1], "is_pinned": False, "confidence": 0.0, "places": [], "count": 0}
        )
        entry["count"] += 1
        entry["is_pinned"] |= item.get("is_pinned") is True
        entry["confidence"] = max(entry["confidence"], _share(item.get("confidence")))
        if len(entry["places"]) < MAX_PLACES:
            entry["places"].append({word: item.get(word) for word in ("file", "line", "how")})
    told = {"seen": run, "unresolved": unresolved, "uses": list(held.values())}
    files = {FILE: msgspec.json.encode(told).decode()}
    if packages:
        files[REQUIREMENTS] = msgspec.json.encode(packages).decode()
    yield from batches_of(
        [Sighting(1, Record(Kind.MODEL, name, {"id": name}, files), f"{WITNESS} run" if run else WITNESS, REGISTRY)], file
    )


def _key(item: dict[str, Any]) -> tuple[str, str | None] | None:
    """Return what is used, without a revision, and the revision that is asked for."""
    try:
        ref = Ref.parse(str(item["ref"]))
    except FiliationError:
        return None
    revision = item.get("revision")
    return str(Ref(ref.kind, ref.name, ref.registry)), revision if isinstance(revision, str) else None


def _share(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) and 0 <= value <= 1 else 0.0
