"""The models and datasets that an application uses: stated where its source text says so, measured where a run was seen."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.errors import FiliationError
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Ref

FILE = "uses.json"
"""Made by `registry/application.py`."""
MAX_USES = 20_000


class _Place(msgspec.Struct):
    file: str | None = None
    line: int | None = None


class _Use(msgspec.Struct):
    ref: str
    confidence: float
    revision: str | None = None
    places: list[_Place] = []


class _Uses(msgspec.Struct):
    uses: list[_Use]
    seen: bool = False


def extract(record: Record) -> Iterator[Claim]:
    """Yield a claim for each model or dataset and revision that the application uses, at the first place that names it."""
    try:
        told = msgspec.json.decode(record.files[FILE], type=_Uses)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} cannot be read ({error})") from error
    basis = Basis.MEASURED if told.seen else Basis.STATED
    for number, use in enumerate(told.uses[:MAX_USES]):
        try:
            ref = Ref.parse(use.ref)
        except FiliationError:
            continue
        place = next((place for place in use.places if place.file), None)
        locator = Locator(place.file, f"line={place.line}") if place and place.file else Locator(FILE, f"/uses/{number}")
        value = str(Ref(ref.kind, ref.name, ref.registry, use.revision or None))
        if 0 < use.confidence <= 1:
            yield Claim(Predicate.USES, value, basis, use.confidence, locator, relation="uses")


EXTRACTOR = RecordExtractor("application", (FILE,), extract)
