"""What the headers of a model's weights tell of it: type and class by its structure, and how large it is.

Of an adapter, which is no model, nothing is said; of a structure that was never learned, only what can be counted. Where types
have tensors of the same names, what the configuration or a GGUF file states decides between them, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.structure.headers import FILE, Headers, decoded, tensors
from filiation.structure.spelling import Stated

if TYPE_CHECKING:
    from filiation.structure.identity import Identity

HEADER = "header"
"""In a locator: the header of a file of weights."""


def extract(record: Record) -> Iterator[Claim]:
    """Yield what the structure is, as sure as that is, the types whose tensors have the same names, and sizes."""
    from filiation.structure.identity import identify  # noqa: PLC0415  # what was learned is read with it

    try:
        headers = decoded(record.files[FILE])
        held = tensors(headers)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} cannot be read ({error})") from error
    if headers.is_adapter or not held:
        return
    found = identify(held, stated=Stated(headers.stated, headers.in_gguf) if headers.stated else None)
    at = Locator(headers.files[0] if headers.files else FILE, HEADER)
    if found.model_type is not None:
        yield Claim(Predicate.MODEL_TYPE, found.model_type.value, Basis.MEASURED, found.model_type.confidence, at)
        others = (kin for kin in found.same_names if kin != found.model_type.value)
        yield from (Claim(Predicate.SAME_STRUCTURE, kin, Basis.MEASURED, found.known, at) for kin in others)
    if found.architecture is not None:
        yield Claim(Predicate.ARCHITECTURE, found.architecture.value, Basis.MEASURED, found.architecture.confidence, at)
    yield from _sizes(headers, found, at)


def _sizes(headers: Headers, found: Identity, at: Locator) -> Iterator[Claim]:
    """Yield what is counted; parameters only where all files are there and nothing is packed.

    Layers and width of a structure that was never learned are as sure as that it was: none of its tensors is understood.
    """
    sizes = found.sizes
    if headers.is_whole and not headers.is_packed and sizes.parameters:
        yield Claim(Predicate.PARAMETERS, str(sizes.parameters), Basis.MEASURED, 1.0, at)
    for predicate, value in ((Predicate.LAYERS, sizes.layers), (Predicate.HIDDEN_SIZE, sizes.width)):
        if value is not None and found.known > 0:
            yield Claim(predicate, str(value), Basis.MEASURED, found.known, at)


EXTRACTOR = RecordExtractor("structure", (FILE,), extract)
