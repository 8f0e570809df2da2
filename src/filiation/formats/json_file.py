"""A file that is one JSON document of a known kind."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.stored_values import take

T = TypeVar("T")
MAX_BYTES = 64 << 20


def json_of(file: Bytes, kind: type[T], limit: int = MAX_BYTES) -> T:
    """Return what a file of JSON says.

    Raises:
        WeightsError: If it is longer than `limit` bytes, cannot be had, or does not say such a thing.
    """
    if file.size_bytes > limit:
        raise WeightsError(f"{file.name} is longer than {limit >> 20} MB")
    try:
        return msgspec.json.decode(take(file, 0, file.size_bytes), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WeightsError(f"{file.name} is not the JSON that it should be ({error})") from error
