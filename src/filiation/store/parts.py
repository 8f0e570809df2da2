"""What heavy work found, kept as Parquet: made once, on whatever machine, and taken over by the stages that ask for it.

A folder holds ``<task>/<version>/<digest>.parquet``. Each row is about one key: its name, and a mark that is another where what
is read is another. The digest of a part says which keys it answers, so that the same work never lies there twice.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any, NamedTuple

from blake3 import blake3

from filiation.core.errors import AtlasError

if TYPE_CHECKING:
    import pyarrow as pa

FOLDER = "fleet"
"""Under this name an atlas keeps such parts."""
SUFFIX = ".parquet"
PARTIAL = ".partial"
KEY, MARK, REASON = "key", "mark", "reason"
"""The columns that every part has: the name, the mark, and why it could not be looked at (null where it was)."""
COMPRESSION = "zstd"
MAGIC = b"PAR1"
READ_AHEAD = 2
"""So many parts are held at a time by whoever goes through them."""


class Key(NamedTuple):
    """What a row is about.

    Attributes:
        name: Of the repository, as `core.ref.Ref` writes it.
        mark: Of what is read: equal for equal content.
        place: Where a worker finds it; no part of what it is.
        weight: How much is read, about, in bytes.
    """

    name: str
    mark: str
    place: str = ""
    weight: int = 1


def digest_of(task: str, version: str, keys: Iterable[Key]) -> str:
    """Return what a part about these keys is called: 32 hexadecimal digits."""
    found = blake3(f"{task}\0{version}".encode())
    for key in keys:
        found.update(f"\0{len(key.name)}\0{key.name}{key.mark}".encode("utf-8", "surrogatepass"))
    return found.hexdigest(16)


class Parts:
    """The parts of one version of one task.

    Args:
        root: Where all tasks have theirs.
        task: Its name.
        version: Of whatever decides the results.
    """

    def __init__(self, root: Path, task: str, version: str) -> None:
        self.folder = root / task / version
        self.task = task
        self._held: dict[str, list[dict[str, Any]]] = {}
        self._rows: dict[tuple[str, str], tuple[str, int]] | None = None

    def names(self) -> list[str]:
        """Return the digests of the parts that are there, in order."""
        return sorted(path.stem for path in self.folder.glob(f"*{SUFFIX}"))

    def path(self, digest: str) -> Path:
        """Return where the part of that digest is, or would be."""
        return self.folder / f"{digest}{SUFFIX}"

    def is_whole(self, digest: str) -> bool:
        """Return whether the part is there, with its end: one that a failing disk cut off is not."""
        try:
            with self.path(digest).open("rb") as file:
                file.seek(-len(MAGIC), os.SEEK_END)
                return file.read() == MAGIC
        except OSError:
            return False

    def write(self, digest: str, table: pa.Table) -> int:
        """Write a part, whole or not at all; return how many bytes it has.

        Law: equal tables become equal bytes, by the same version of pyarrow.

        Raises:
            OSError: If it cannot be written.
        """
        return write_whole(self.path(digest), table)

    def read(self, digest: str, columns: Sequence[str] | None = None) -> pa.Table:
        """Return a part.

        Raises:
            AtlasError: If it cannot be read, or is none.
        """
        return read_whole(self.path(digest), columns)

    def get(self, name: str, mark: str) -> dict[str, Any] | None:
        """Return the row about a key, None where there is none; of several the first that could be looked at.

        Those who ask in the order in which the keys were given read each part once.

        Raises:
            AtlasError: As `read`.
        """
        if self._rows is None:
            self._rows = dict(self.known())
        found = self._rows.get((name, mark))
        if found is None:
            return None
        digest, row = found
        if digest not in self._held:
            while len(self._held) >= READ_AHEAD:
                self._held.pop(next(iter(self._held)))
            self._held[digest] = self.read(digest).to_pylist()
        return self._held[digest][row]

    def known(self, *, spoiled: bool = True) -> Iterator[tuple[tuple[str, str], tuple[str, int]]]:
        """Yield name and mark of each key that is answered, with part and row; a later pair about a key is the better one.

        Args:
            spoiled: Whether keys that could not be looked at count as answered.
        """
        sound = []
        for digest in self.names():
            table = self.read(digest, (KEY, MARK, REASON))
            columns = (table[name].to_pylist() for name in (KEY, MARK, REASON))
            for row, (name, mark, reason) in enumerate(zip(*columns, strict=True)):
                if reason is None:
                    sound.append(((name, mark), (digest, row)))
                elif spoiled:
                    yield (name, mark), (digest, row)
        yield from reversed(sound)

    def batches(self, schema: pa.Schema) -> pa.RecordBatchReader:
        """Return all rows, one part after another, as a stream of these columns.

        Raises:
            AtlasError: While it is read, if a part cannot be.
        """
        import pyarrow as pa  # noqa: PLC0415  # heavy

        columns = schema.names
        parts = (self.read(digest, columns).select(columns).cast(schema) for digest in self.names())
        return pa.RecordBatchReader.from_batches(schema, (batch for part in parts for batch in part.to_batches()))


def write_whole(path: Path, table: pa.Table) -> int:
    """Write a table, whole or not at all; return how many bytes it takes."""
    from pyarrow import parquet  # noqa: PLC0415  # heavy

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{token_hex(4)}{PARTIAL}")
    try:
        parquet.write_table(table.combine_chunks(), partial, compression=COMPRESSION)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        size = partial.stat().st_size
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return size


def read_whole(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """Return the table in a file.

    Raises:
        AtlasError: If it cannot be read, or is none.
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy
    from pyarrow import parquet  # noqa: PLC0415

    try:
        return parquet.ParquetFile(path).read(columns=None if columns is None else list(columns))
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        first = (str(error).splitlines() or [""])[0]
        raise AtlasError(
            f"{path} cannot be read ({first[:200]}): delete it, and run the same 'filiation fleet run' again."
        ) from error
