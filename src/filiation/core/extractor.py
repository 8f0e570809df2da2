"""How a piece of evidence becomes claims: over all records at once, or record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from filiation.core.claim import Claim
from filiation.core.record import Record


@dataclass(frozen=True)
class SetExtractor:
    """Reads structured fields of every new record in one query.

    `query` selects from the table ``observation`` (see ``docs/data-model.md``) the columns ``record_id``, ``predicate``,
    ``value``, ``relation``, ``weight``, ``source``, ``pointer``. Basis and confidence follow from who speaks.
    """

    name: str
    query: str


@dataclass(frozen=True)
class RecordExtractor:
    """Reads files that lie beside the record: a pure generator, so that any pool of workers can run it.

    `files` are the names that it reads out of ``Record.files``, `folder` that of a folder, with its slash, all of whose files
    it reads; a record with none of them is not shown to it. The order of claims is that of the text. Content that cannot be
    read yields nothing and raises `UnreadableError`.
    """

    name: str
    files: tuple[str, ...]
    extract: Callable[[Record], Iterator[Claim]]
    folder: str = ""

    def reads(self, files: Iterable[str]) -> bool:
        """Return whether it reads one of the files of a record."""
        if not self.folder:
            return any(name in self.files for name in files)
        return any(name in self.files or name.startswith(self.folder) for name in files)


class UnreadableError(ValueError):
    """A file of the record could not be read; the message says why, and becomes a `Skipped`."""
