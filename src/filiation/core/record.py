"""What a source hands over: records as the registry serves them, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from filiation.core.ref import HUB, Kind

if TYPE_CHECKING:
    import pyarrow as pa

MAX_RECORD_BYTES = 16 << 20
"""Longest record that is read; a longer one becomes a `Skipped`."""


class Record(msgspec.Struct, frozen=True):
    """One repository as one source describes it at one moment.

    `body` is the registry's own JSON in the shape of the Hub's API, unknown fields kept. `files` holds the text of small
    files beside it that extractors read (``README.md``, ``adapter_config.json``, ...), by name.
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

    `table` has ``body`` (large_string, JSON objects), ``line`` (int64, 1-based line or element number) and, where the source
    has them, ``files`` (large_string, a JSON object of file name to text, or null).
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
    """A kind of place that records come from; a module in ``registry/`` defines one as ``SOURCE``."""

    name: str

    def recognises(self, path: Path) -> bool:
        """Return whether `path` looks like this kind of source; reads at most a few kilobytes."""
        ...

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield what `path` holds, in bounded memory; never raises for bad content, which is yielded as `Skipped`."""
        ...


def batch_of(records: list[Record], lines: list[int], source: str, file: str, registry: str = HUB) -> Batch:
    """Return `records`, all of one kind and at least one, as a batch."""
    import pyarrow as pa  # noqa: PLC0415  # 0.2 s that the command line pays only when it reads a source

    encode = msgspec.json.Encoder().encode
    table = pa.table(
        {
            "body": pa.array([encode(record.body).decode() for record in records], pa.large_string()),
            "files": pa.array(
                [encode(record.files).decode() if record.files else None for record in records], pa.large_string()
            ),
            "line": pa.array(lines, pa.int64()),
        }
    )
    return Batch(records[0].kind, source, file, table, registry)
