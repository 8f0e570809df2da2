"""What a source hands over: records as the registry serves them, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import msgspec

from filiation.core.ref import HUB, Kind, Ref

if TYPE_CHECKING:
    import pyarrow as pa

MAX_RECORD_BYTES = 16 << 20
"""Longest record that is read; a longer one becomes a `Skipped`."""
BATCH_BYTES = 16 << 20
"""About how much text `batches_of` holds before it hands a batch on."""


class Record(msgspec.Struct, frozen=True):
    """One repository as one source describes it at one moment.

    `body` is the registry's own JSON in the shape of the Hub's API, unknown fields kept. `files` holds the text of
    small files beside it that extractors read (``README.md``, ``adapter_config.json``, ...), by name.
    """

    kind: Kind
    id: str
    body: dict[str, Any]
    files: dict[str, str] = {}


class Skipped(msgspec.Struct, frozen=True):
    """Something that could not be looked at, with the reason; `line` is 1-based, 0 where there is none."""

    file: str
    line: int
    reason: str


@dataclass(frozen=True)
class Batch:
    """Records in columns.

    `table` has ``body`` (large_string, JSON objects), ``line`` (int64, 1-based line or element number) and, where the
    source has them, ``files`` (large_string, a JSON object of file name to text, or null).
    """

    kind: Kind
    source: str
    file: str
    table: pa.Table
    registry: str = HUB


@dataclass(frozen=True)
class ReadOptions:
    """What the person who asked knows about a source that the source does not say itself."""

    kind: Kind | None = None


class Source(Protocol):
    """A kind of place that records come from; a module in ``registry/`` defines one as ``SOURCE``.

    `fallback` says that it recognises by the outer shape alone (a suffix, a folder): those that look inside go first.
    """

    name: str
    fallback: bool

    def recognises(self, path: Path) -> bool:
        """Return whether `path` looks like this kind of source; reads at most a few kilobytes."""
        ...

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield what `path` holds, in bounded memory; never raises for bad content, which is yielded as `Skipped`."""
        ...


class Place(NamedTuple):
    """A repository whose files lie on this machine: what its record calls it, and the folder."""

    ref: Ref
    folder: Path


@runtime_checkable
class Shelf(Protocol):
    """A kind of source that holds the files of repositories, not only words about them."""

    def places(self, path: Path, options: ReadOptions) -> Iterator[Place]:
        """Yield each repository that `read` yields a record of, under the same name, in the same order."""
        ...


class Sighting(NamedTuple):
    """A record, with the line or element number where it stands and who speaks about which registry."""

    line: int
    record: Record
    source: str
    registry: str = HUB


def batch_of(records: list[Record], lines: list[int], source: str, file: str, registry: str = HUB) -> Batch:
    """Return `records`, all of one kind and at least one, as a batch."""
    rows = [(*_encoded(record), line) for record, line in zip(records, lines, strict=True)]
    return Batch(records[0].kind, source, file, _table(rows), registry)


def batches_of(sightings: Iterable[Sighting | Skipped], file: str) -> Iterator[Batch | Skipped]:
    """Yield `sightings` in batches of one kind, source and registry, holding about `BATCH_BYTES` at a time.

    A record that JSON cannot hold, or that is longer than `MAX_RECORD_BYTES`, is yielded as `Skipped`.
    """
    waiting: dict[tuple[Kind, str, str], list[_Row]] = {}
    held = 0
    for item in sightings:
        if isinstance(item, Skipped):
            yield item
            continue
        try:
            body, files = _encoded(item.record)
        except (ValueError, TypeError, OverflowError, RecursionError) as error:
            yield Skipped(file, item.line, f"cannot be kept as JSON ({error})")
            continue
        size = len(body) + len(files or "")
        if size > MAX_RECORD_BYTES:
            yield Skipped(file, item.line, f"longer than {MAX_RECORD_BYTES >> 20} MB, more than any record")
            continue
        waiting.setdefault((item.record.kind, item.source, item.registry), []).append((body, files, item.line))
        held += size
        if held >= BATCH_BYTES:
            yield from _batches(waiting, file)
            held = 0
    yield from _batches(waiting, file)


_Row = tuple[str, str | None, int]
"""Body, files and line, as they stand in a batch."""


def _batches(waiting: dict[tuple[Kind, str, str], list[_Row]], file: str) -> Iterator[Batch]:
    """Yield what waits, and let it go."""
    for (kind, source, registry), rows in waiting.items():
        yield Batch(kind, source, file, _table(rows), registry)
    waiting.clear()


def _encoded(record: Record) -> tuple[str, str | None]:
    encode = msgspec.json.encode
    return encode(record.body).decode(), encode(record.files).decode() if record.files else None


def _table(rows: list[_Row]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  # 0.2 s that the command line pays only when it reads a source

    bodies, files, lines = zip(*rows, strict=True)
    return pa.table(
        {
            "body": pa.array(bodies, pa.large_string()),
            "files": pa.array(files, pa.large_string()),
            "line": pa.array(lines, pa.int64()),
        }
    )
