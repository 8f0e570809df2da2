"""The parents that were measured from a model's weights, each as sure as the measurement was."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.core.ref import is_name
from filiation.core.relation import WEIGHTS

FILE = "measured-lineage.json"
"""Made by `registry/measured_lineage.py`, beside the record of every model that was looked at."""
MAX_PARENTS = 64


class _Parent(msgspec.Struct):
    parent: str
    relation: str
    confidence: float
    share: float | None = None
    set_aside: bool = False


class _Measured(msgspec.Struct):
    parents: list[_Parent]


def extract(record: Record) -> Iterator[Claim]:
    """Yield a claim for each parent that was measured, with its share of a merge; what a cycle set aside is none."""
    if FILE not in record.files:
        return
    try:
        measured = msgspec.json.decode(record.files[FILE], type=_Measured)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} cannot be read ({error})") from error
    for number, found in enumerate(measured.parents[:MAX_PARENTS]):
        if is_name(found.parent) and 0 < found.confidence <= 1 and not found.set_aside:
            yield Claim(
                Predicate.BASE_MODEL,
                found.parent,
                Basis.MEASURED,
                found.confidence,
                Locator(FILE, f"/parents/{number}"),
                found.relation if found.relation in WEIGHTS else None,
                found.share,
            )


EXTRACTOR = RecordExtractor("measured lineage", (FILE,), extract)
