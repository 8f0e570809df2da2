"""How a piece of evidence becomes claims: over all records at once, or record by record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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

    `files` are the names that it reads out of ``Record.files``; a record with none of them is not shown to it. The order of
    claims is that of the text. Content that cannot be read yields nothing and raises `UnreadableError`.
    """

    name: str
    files: tuple[str, ...]
    extract: Callable[[Record], Iterator[Claim]]


class UnreadableError(ValueError):
    """A file of the record could not be read; the message says why, and becomes a `Skipped`."""
