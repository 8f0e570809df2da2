"""One's own samples, row by row, within bounds: a table in CSV, TSV, JSON Lines, JSON or Parquet, or a folder of files.

Files in a folder are samples themselves: the folder that one lies in is its label, as in the layout that the datasets library
calls ImageFolder; a ``metadata.csv`` or ``metadata.jsonl`` beside them, with a column ``file_name``, is a table of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filiation.core.errors import SourceError
from filiation.core.record import Skipped
from filiation.formats import audio_header, image_header
from filiation.formats.compressed import inner_suffix, open_bytes
from filiation.formats.folder import files_below

MAX_ROWS = 100_000
MAX_BYTES = 128 << 20
"""Of a table as text, and of what its rows hold, as far as that is read."""
MAX_FIELD_CHARS = 4 << 20
MAX_COLUMNS = 2_000
MAX_DEPTH = 4
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".txt")
METADATA = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
FILE, LABEL = "file_name", "label"
_MEDIA = tuple(
    suffix for table in (image_header.SUFFIXES, audio_header.SUFFIXES) for found in table.values() for suffix in found
)


@dataclass
class Samples:
    """What was read: rows of column to value, the first with number 1.

    Attributes:
        path: Of the file or folder.
        columns: In their order.
        rows: At most `MAX_ROWS`.
        skipped: What could not be read, and that there is more where that is so.
        folder: Where the files that rows name lie; None where rows hold everything themselves.
    """

    path: Path
    columns: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    folder: Path | None = None


def read_samples(path: Path, most: int = MAX_ROWS) -> Samples:
    """Return the first `most` samples at `path`.

    Raises:
        SourceError: If there is nothing, it is of no kind that we read, or not one sample of it can be read.
    """
    if not path.exists():
        raise SourceError(f"There is nothing at {path}: name a table of samples, or a folder of files.")
    found = Samples(path)
    if path.is_dir():
        table = next((path / name for name in METADATA if (path / name).is_file()), None)
        rows = _table(table, found) if table else _files(path, found)
        found.folder = path
    else:
        found.folder = path.parent
        rows = _table(path, found)
    try:
        _take(rows, found, most)
    except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
        found.skipped.append(Skipped(path.name, len(found.rows) + 1, f"cannot be read on ({str(error)[:200]})"))
    if not found.rows:
        why = f"{found.skipped[0].file}: {found.skipped[0].reason}" if found.skipped else "it holds none"
        raise SourceError(f"No sample could be read from {path} ({why}): give a table with rows, or a folder of files.")
    if not found.columns:
        found.columns = list(dict.fromkeys(name for row in found.rows for name in row))[:MAX_COLUMNS]
    return found


def _take(rows: Iterator[dict[str, Any]], found: Samples, most: int) -> None:
    """Put rows into `found` while there is room."""
    room = MAX_BYTES
    for row in rows:
        room -= sum(len(value) if isinstance(value, (str, bytes, list)) else 50 for value in row.values())
        if len(found.rows) == most or room < 0:
            why = f"more than {most:,} samples" if room >= 0 else f"more than {MAX_BYTES >> 20} MB"
            found.skipped.append(Skipped(found.path.name, len(found.rows) + 1, f"{why}: the others are not looked at"))
            return
        found.rows.append(row)


def _table(path: Path, found: Samples) -> Iterator[dict[str, Any]]:
    suffix = inner_suffix(path)
    if suffix not in TABLES:
        raise SourceError(f"{path.name} is no table that is read here: give {', '.join(TABLES)}, or a folder of files.")
    if suffix in (".jsonl", ".ndjson", ".json"):
        return _json(path, suffix, found)
    if suffix == ".parquet":
        return _parquet(path, found)
    return _lines(path) if suffix == ".txt" else _separated(path, suffix, found)


def _bounded_text(path: Path) -> io.StringIO:
    """Return the text of a file; bytes that are no UTF-8 stay visible as halves of surrogates.

    Raises:
        SourceError: If it is longer than `MAX_BYTES`.
    """
    with open_bytes(path) as stream:
        content = stream.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise SourceError(f"{path.name} is longer than {MAX_BYTES >> 20} MB: give a sample of it.")
    return io.StringIO(content.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "surrogateescape"), newline="")


def _separated(path: Path, suffix: str, found: Samples) -> Iterator[dict[str, Any]]:
    text = _bounded_text(path)
    first = text.readline()
    text.seek(0)
    sign = "\t" if suffix == ".tsv" else max(",;\t", key=first.count)
    before = csv.field_size_limit(MAX_FIELD_CHARS)
    try:
        rows = csv.reader(text, delimiter=sign)
        found.columns = [name.strip() for name in next(rows, [])][:MAX_COLUMNS]
        twice = {name for name in found.columns if found.columns.count(name) > 1}
        if twice:
            found.skipped.append(Skipped(path.name, 1, f"columns of one name: {', '.join(sorted(twice))}; the last counts"))
        for number, cells in enumerate(rows, 2):
            if not cells:
                continue
            if len(cells) != len(found.columns):
                note = f"a row of {len(cells)} cells where the head has {len(found.columns)}"
                found.skipped.append(Skipped(path.name, number, note))
                continue
            yield dict(zip(found.columns, cells, strict=True))
    finally:
        csv.field_size_limit(before)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    for line in _bounded_text(path):
        yield {"text": line.rstrip("\r\n")}


def _json(path: Path, suffix: str, found: Samples) -> Iterator[dict[str, Any]]:
    from filiation.formats import json_rows  # noqa: PLC0415  # brings ijson and numpy along

    for item in json_rows.elements(path) if suffix == ".json" else json_rows.lines(path):
        if isinstance(item, Skipped):
            found.skipped.append(Skipped(path.name, item.line, item.reason))
        else:
            yield item[1]


def _parquet(path: Path, found: Samples) -> Iterator[dict[str, Any]]:
    import pyarrow as pa  # noqa: PLC0415  # takes a while to import
    import pyarrow.parquet as pq  # noqa: PLC0415  # the same

    try:
        with pq.ParquetFile(path, buffer_size=1 << 20) as file:
            found.columns = list(file.schema_arrow.names)[:MAX_COLUMNS]
            for batch in file.iter_batches(batch_size=256):
                yield from batch.to_pylist(maps_as_pydicts="lossy")
    except (pa.ArrowException, OSError) as error:
        found.skipped.append(Skipped(path.name, 0, f"damaged, or no Parquet ({str(error)[:200]})"))


def _files(folder: Path, found: Samples) -> Iterator[dict[str, Any]]:
    found.columns = [FILE, LABEL]
    for name, path in files_below(folder, (".git", ".cache"), MAX_DEPTH, found.skipped):
        if path.suffix.lower() not in _MEDIA:
            found.skipped.append(Skipped(name, 0, "neither an image nor a sound by its name"))
        elif not path.resolve().is_relative_to(folder.resolve()):
            found.skipped.append(Skipped(name, 0, "a link that leaves the folder"))
        else:
            yield {FILE: name, LABEL: name.split("/")[-2] if "/" in name else None}
