"""The values of tensors in an ONNX file: raw, as numbers in fields of their own, or quantised in blocks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK, Bytes
from filiation.formats.laid_out import PACKED_BITS, as_float32
from filiation.formats.onnx_graph import Stored
from filiation.formats.protobuf import FIXED32, FIXED64, VARINT, Field
from filiation.formats.stored_values import BITS, raw_blocks

if TYPE_CHECKING:
    import numpy as np

_CHUNK_BYTES = 1 << 20
_FLOATS, _DOUBLES = 4, 10
_CODES = {"BOOL": "u1", "F16": "u2", "BF16": "u2"}
"""Types that are kept as the number which their bits make; of those not named here, as a byte, or as the number itself."""
_NUMBERS = frozenset({"I64", "I32", "I16", "I8", "U64", "U32", "U16", "U8"})


class Blocked(NamedTuple):
    """How values become others where `block` of them in a row along an axis share a scale and a zero point.

    Attributes:
        scales: float32, in row-major order of the blocks.
        zeros: As many, or one.
        size: Of the axis.
        block: Values that share a scale.
        inner: Values between neighbours along the axis.
    """

    scales: np.ndarray
    zeros: np.ndarray
    size: int
    block: int
    inner: int

    def applied(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield stored values, in row-major order, as what they stand for: float32[k]."""
        import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

        rows = -(-self.size // self.block)
        at = 0
        for stored in blocks:
            made = np.empty(len(stored), np.float32)
            for start in range(0, len(stored), 1 << 18):
                part = stored[start : start + (1 << 18)]
                where = np.arange(at + start, at + start + len(part))
                outer, along = np.divmod(where // self.inner, self.size)
                which = (outer * rows + along // self.block) * self.inner + where % self.inner
                zeros = self.zeros[which] if len(self.zeros) > 1 else self.zeros[0]
                with np.errstate(all="ignore"):
                    made[start : start + len(part)] = (part - zeros) * self.scales[which]
            at += len(stored)
            yield made


def range_of(stored: Stored) -> tuple[int, int] | None:
    """Return the bytes of the file that hold the values as they are; None where they are kept in another way."""
    if stored.raw is not None:
        return stored.raw
    if len(stored.typed) == 1 and stored.typed[0].kind not in {VARINT, FIXED32, FIXED64}:
        field = stored.typed[0]
        if (field.number, stored.dtype) in {(_FLOATS, "F32"), (_FLOATS, "C64"), (_DOUBLES, "F64"), (_DOUBLES, "C128")}:
            return field.start, field.stop
    return None


def stored_values(file: Bytes, stored: Stored, dtype: str, size: int) -> Iterator[np.ndarray]:
    """Yield what is stored of a tensor, before any scale: float32[k] each, at most `BLOCK`.

    Args:
        file: The model's.
        stored: Kept in that file.
        dtype: Of the values, where a byte of those stored holds several.
        size: So many values there must be.

    Raises:
        WeightsError: If there are fewer, or more.
    """
    where = range_of(stored)
    bits = PACKED_BITS.get(dtype) or BITS[dtype]
    if where is not None:
        blocks: Iterator[np.ndarray] = (as_float32(raw, dtype) for raw in raw_blocks(file, *where, BLOCK * bits // 8))
    else:
        blocks = (block for field in stored.typed for block in _field(file, field, dtype))
    got = 0
    for block in blocks:
        cut = block[: size - got] if bits < 8 and len(block) - (size - got) < 8 // bits else block
        got += len(cut)
        yield cut
    if got != size:
        raise WeightsError(f"{file.name}: the values of {stored.name[-80:]!r} do not fit its shape")


def numbers(file: Bytes, stored: Stored, dtype: str = "") -> np.ndarray:
    """Return the values of a tensor that tells of another: float32[n].

    Raises:
        ValueError: If they lie in another file, which is not at hand.
        WeightsError: As `stored_values`.
    """
    import numpy as np  # noqa: PLC0415  # as above

    if stored.external or stored.problem:
        raise ValueError(stored.name)
    blocks = list(stored_values(file, stored, dtype or stored.dtype, prod(stored.shape)))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)


def _field(file: Bytes, field: Field, dtype: str) -> Iterator[np.ndarray]:
    """Yield the numbers of one field, packed or single."""
    import numpy as np  # noqa: PLC0415  # as above

    if field.number in {_FLOATS, _DOUBLES}:
        kind = "F32" if field.number == _FLOATS else "F64"
        yield from (as_float32(raw, kind) for raw in raw_blocks(file, field.start, field.stop, _CHUNK_BYTES))
    elif field.kind == VARINT:
        yield _meant(np.array([field.value], np.uint64), dtype)
    else:
        yield from (_meant(codes, dtype) for codes in _varints(file, field))


def _varints(file: Bytes, field: Field) -> Iterator[np.ndarray]:
    """Yield the packed numbers of a field: uint64[k] each."""
    import numpy as np  # noqa: PLC0415  # as above

    rest = b""
    for raw in raw_blocks(file, field.start, field.stop, _CHUNK_BYTES):
        content = np.frombuffer(rest + raw, np.uint8)
        ends = np.flatnonzero(content < 0x80)
        starts = np.concatenate([[0], ends[:-1] + 1])[: len(ends)]
        lengths = ends + 1 - starts
        if (len(lengths) and lengths.max() > 10) or not len(ends):
            raise WeightsError(f"{file.name} has a number at byte {field.start:,} that does not end")
        found = np.zeros(len(ends), np.uint64)
        for place in range(lengths.max()):
            longer = lengths > place
            found[longer] |= (content[starts[longer] + place] & np.uint8(0x7F)).astype(np.uint64) << np.uint64(7 * place)
        rest = content[ends[-1] + 1 :].tobytes()
        yield found
    if rest:
        raise WeightsError(f"{file.name} has a number at byte {field.stop:,} that does not end")


def _meant(codes: np.ndarray, dtype: str) -> np.ndarray:
    """Return the values that numbers in fields stand for: float32."""
    import numpy as np  # noqa: PLC0415  # as above

    if dtype in _NUMBERS:
        return codes.astype(np.float32) if dtype == "U64" else codes.view(np.int64).astype(np.float32)
    return as_float32(codes.astype(_CODES.get(dtype, "u1")).tobytes(), dtype)
