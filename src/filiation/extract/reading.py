"""Read the files beside records: one after another, or many at a time in processes, with the same result."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from filiation.cards.blocks import read
from filiation.cards.sections import SectionState, sections
from filiation.core.claim import Claim
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.core.worker import begin_work
from filiation.extract import extractors
from filiation.extract.front_matter import front_matter

if TYPE_CHECKING:
    import pyarrow as pa

CARD = "README.md"
MANY = 2000
"""From how many records on processes pay: each needs a second to start."""
MAX_PROCESSES = 32
WAITING = 2
"""Chunks that wait for each process."""
TASK = "cards"
"""What the reading of such files is called where it was done beforehand; see `store.parts`."""
CONTENT = "sha256(kind::VARCHAR || chr(0) || id || chr(0) || body || chr(0) || files)"
"""SQL: all that a reading depends on, of a row of the table ``record``."""
CLAIM_FIELDS = ("predicate", "value", "relation", "weight", "basis", "confidence", "source", "pointer")

Row = tuple[int, int, int, str, str, str, str]
"""Record's number, snapshot, line, kind, id, body and files, the last two as JSON."""


class Reading(NamedTuple):
    """What the files of one record say; `skipped` holds (snapshot, record, line, reason)."""

    record_id: int
    matter: str | None
    claims: list[tuple[object, ...]]
    sections: tuple[SectionState, ...]
    skipped: list[tuple[int, str, int, str]]


def readings(chunks: Iterable[list[Row]], count: int, processes: int | None = None) -> Iterator[Reading]:
    """Yield a reading for each row, in their order.

    Args:
        chunks: Rows, some hundreds at a time; no more are held than the processes work on.
        count: About how many rows there will be; few are read here.
        processes: How many to use; None for as many as there are cores.

    Law: the readings do not depend on `processes`.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = min(cores if processes is None else processes, MAX_PROCESSES)
    if count < MANY or processes < 2:
        for chunk in chunks:
            yield from read_chunk(chunk)
    else:
        yield from _in_processes(iter(chunks), processes)


def read_chunk(rows: list[Row]) -> list[Reading]:
    """Return a reading for each row: the work of one process."""
    return [_reading(row) for row in rows]


def _in_processes(chunks: Iterator[list[Row]], processes: int) -> Iterator[Reading]:
    """Yield readings made elsewhere; where processes cannot be had or are killed, the rest is read here."""
    waiting: deque[tuple[list[Row], Future[list[Reading]]]] = deque()
    broken = False
    with ProcessPoolExecutor(processes, get_context("spawn"), initializer=begin_work) as pool:
        for chunk in chunks:
            if not broken:
                try:
                    waiting.append((chunk, pool.submit(read_chunk, chunk)))
                except BrokenProcessPool:
                    broken = True
            while waiting and (broken or len(waiting) >= processes * WAITING):
                found, failed = _outcome(*waiting.popleft())
                broken = broken or failed
                yield from found
            if broken:
                yield from read_chunk(chunk)
        while waiting:
            yield from _outcome(*waiting.popleft())[0]


def _outcome(chunk: list[Row], future: Future[list[Reading]]) -> tuple[list[Reading], bool]:
    """Return the readings of a chunk, and whether they had to be made here."""
    try:
        return future.result(), False
    except BrokenProcessPool:
        return read_chunk(chunk), True


def _reading(row: Row) -> Reading:
    record_id, snapshot_id, line, kind, id_, body, beside = row
    record = Record(Kind(kind), id_, msgspec.json.decode(body, type=dict), msgspec.json.decode(beside, type=dict[str, str]))
    name = f"{kind}:{id_}"
    skipped: list[tuple[int, str, int, str]] = []
    claims: list[tuple[object, ...]] = []
    card = record.files.get(CARD, "")
    matter = None
    try:
        matter = front_matter(card)
    except UnreadableError as error:
        skipped.append((snapshot_id, name, line, str(error)))
    for reader in _readers():
        if reader.reads(record.files):
            try:
                claims += [_row(record_id, claim) for claim in reader.extract(record)]
            except UnreadableError as error:
                skipped.append((snapshot_id, name, line, f"{reader.name}: {error}"))
    states = sections(read(card), record.kind) if card else ()
    return Reading(record_id, matter, claims, states, skipped)


@cache
def _readers() -> tuple[RecordExtractor, ...]:
    return tuple(extractor for extractor in extractors() if isinstance(extractor, RecordExtractor))


def _row(record_id: int, claim: Claim) -> tuple[object, ...]:
    place = claim.locator
    return (
        record_id, str(claim.predicate), claim.value, claim.relation, claim.weight, str(claim.basis), claim.confidence,
        place.source, place.pointer,
    )  # fmt: skip


def readings_schema() -> pa.Schema:
    """Return the columns of readings that are kept: what stands in `Reading`, without the numbers that one atlas gives."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    numbers = {"weight": pa.float32(), "confidence": pa.float32()}
    claim = pa.struct([(name, numbers.get(name, pa.string())) for name in CLAIM_FIELDS])
    section = pa.struct(
        [("section", pa.string()), ("state", pa.string()), ("start", pa.int32()), ("stop", pa.int32())],
    )
    lists = [("claims", pa.list_(claim)), ("sections", pa.list_(section)), ("skipped", pa.list_(pa.string()))]
    return pa.schema([("reason", pa.string()), ("matter", pa.string()), *lists])


def readings_table(rows: list[Row]) -> pa.Table:
    """Return the readings of these records as a table, a row each, in their order."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return pa.Table.from_pylist([_kept(reading) for reading in read_chunk(rows)], readings_schema())


def _kept(reading: Reading) -> dict[str, object]:
    return {
        "reason": None,
        "matter": reading.matter or None,
        "claims": [dict(zip(CLAIM_FIELDS, claim[1:], strict=True)) for claim in reading.claims],
        "sections": [msgspec.structs.asdict(item) for item in reading.sections],
        "skipped": [reason for *_, reason in reading.skipped],
    }
