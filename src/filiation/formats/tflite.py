"""TensorFlow Lite: the tensors of a model that have values of their own, with how they are quantised.

Source:
    tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3c.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite, prod
from typing import TYPE_CHECKING

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Content, Quantization, Tensor, TensorIndex
from filiation.formats.flatbuffer import Flatbuffer, Table
from filiation.formats.laid_out import PACKED_BITS, check_overlap, dequantized_values, extent
from filiation.formats.pages import Pages
from filiation.formats.stored_values import BITS, take
from filiation.formats.tensor_contents import content_of

if TYPE_CHECKING:
    import numpy as np

IDENTIFIER = b"TFL3"
MAX_TENSORS = 200_000
MAX_OPERATORS = 200_000
MAX_SUBGRAPHS = 1_000
MAX_SCALES = 1 << 20
MAX_NAME_BYTES = 1_024
TYPES = {
    0: "F32", 1: "F16", 2: "I32", 3: "U8", 4: "I64", 6: "BOOL", 7: "I16", 8: "C64", 9: "I8", 10: "F64", 11: "C128", 12: "U64",
    15: "U32", 16: "U16", 17: "I4", 18: "BF16", 19: "I2", 20: "U4",
}  # fmt: skip
_COMPLEX = {"C64": "F32", "C128": "F64"}
# The fields of the schema's tables that are read, by number.
_MODEL_CODES, _MODEL_SUBGRAPHS, _MODEL_DESCRIPTION, _MODEL_BUFFERS = 1, 2, 3, 4
_SUBGRAPH_TENSORS, _SUBGRAPH_OPERATORS = 0, 3
_SHAPE, _TYPE, _BUFFER, _NAME, _QUANTIZATION, _IS_VARIABLE, _SPARSITY = range(7)
_SCALE, _ZERO_POINT, _AXIS = 2, 3, 6
_DATA, _OFFSET, _SIZE = 0, 1, 2
_CODE_OLD, _CODE_NEW = 0, 3
_SCALING = {"ADD": 0, "MUL": 18}
_LEARNED = _SCALING | {
    "CONV_2D": 3, "DEPTHWISE_CONV_2D": 4, "DEQUANTIZE": 6, "EMBEDDING_LOOKUP": 7, "FULLY_CONNECTED": 9, "LSTM": 16, "RNN": 24,
    "SVDF": 27, "EMBEDDING_LOOKUP_SPARSE": 33, "UNIDIRECTIONAL_SEQUENCE_RNN": 35, "GATHER": 36,
    "UNIDIRECTIONAL_SEQUENCE_LSTM": 44, "BIDIRECTIONAL_SEQUENCE_RNN": 46, "BIDIRECTIONAL_SEQUENCE_LSTM": 52, "PRELU": 54,
    "TRANSPOSE_CONV": 67, "BATCH_MATMUL": 126, "CONV_3D": 132, "CONV_3D_TRANSPOSE": 141,
}  # fmt: skip
"""Operators that take learned values in; those that scale, lists of them. The rest (pad, reshape, slice) take constants."""


class Tflite:
    """How to read a TensorFlow Lite model."""

    name = "tflite"
    suffixes = (".tflite", ".lite", ".tfl")

    def recognises(self, file: Bytes) -> bool:
        """Return whether the identifier stands at byte 4."""
        return file.size_bytes >= 8 and take(file, 4, 8) == IDENTIFIER

    def index(self, file: Bytes) -> TensorIndex:
        """Return the tensors that have values; see `core.tensor.TensorFormat`.

        Those that only operators take in that compute nothing with learned values are constants.
        """
        if not self.recognises(file):
            raise WeightsError(f"{file.name} is no model of TensorFlow Lite")
        model = Flatbuffer(Pages(file)).root()
        reading = _Reading(file, model)
        for number, subgraph in enumerate(model.tables(_MODEL_SUBGRAPHS, MAX_SUBGRAPHS)):
            reading.add(number, subgraph)
        check_overlap(file, reading.tensors)
        told = {"description": model.text(_MODEL_DESCRIPTION)}
        return TensorIndex(self.name, tuple(reading.tensors), told if any(told.values()) else {}, tuple(reading.skipped))

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values, dequantised; see `core.tensor.TensorFormat`."""
        return dequantized_values(file, tensor)


TENSORS = Tflite()


class _Reading:
    """What is gathered while the subgraphs are read."""

    def __init__(self, file: Bytes, model: Table) -> None:
        self.file = file
        self.tensors: list[Tensor] = []
        self.skipped: list[Skipped] = []
        self._names: set[str] = set()
        self._buffers = model.tables(_MODEL_BUFFERS, MAX_TENSORS)
        codes = model.tables(_MODEL_CODES, MAX_OPERATORS)
        self._codes = [max(code.number(_CODE_OLD, "b"), code.number(_CODE_NEW, "i")) for code in codes]

    def add(self, number: int, subgraph: Table) -> None:
        """Add the tensors of one subgraph."""
        learned, scaling = self._learned(subgraph)
        for position, table in enumerate(subgraph.tables(_SUBGRAPH_TENSORS, MAX_TENSORS)):
            start, size = self._bytes(table.number(_BUFFER, "I"))
            if not size:
                continue
            name = table.text(_NAME, MAX_NAME_BYTES) or f"tensor#{position}"
            name = name if name not in self._names else f"{number}/{position}/{name}"
            self._names.add(name)
            is_learned = position in learned or (position in scaling and prod(table.numbers(_SHAPE, "i", 64)) > 1)
            reason = self._read(name, table, start, start + size, is_learned)
            if reason:
                self.skipped.append(Skipped(self.file.name, 0, f"{name[-200:]}: {reason}"))
            if len(self.tensors) + len(self.skipped) > MAX_TENSORS:
                raise WeightsError(f"{self.file.name} holds more than {MAX_TENSORS:,} tensors")

    def _learned(self, subgraph: Table) -> tuple[set[int], set[int]]:
        """Return the numbers of the tensors that operators take in as learned values, and of those that only scale others."""
        learned: set[int] = set()
        scaling: set[int] = set()
        for operator in subgraph.tables(_SUBGRAPH_OPERATORS, MAX_OPERATORS):
            code = operator.number(0, "I")
            kind = self._codes[code] if code < len(self._codes) else -1
            if kind in _LEARNED.values():
                inputs = operator.numbers(1, "i", 4_096)
                (scaling if kind in _SCALING.values() else learned).update(inputs)
        return learned, scaling

    def _bytes(self, number: int) -> tuple[int, int]:
        """Return where the values of a buffer start, and their length; 0 where it has none."""
        if number >= len(self._buffers):
            raise WeightsError(f"{self.file.name} speaks of a buffer {number:,} that it does not have")
        buffer = self._buffers[number]
        start, size = buffer.span(_DATA, 1)
        if size:
            return start, size
        start, size = buffer.number(_OFFSET, "Q"), buffer.number(_SIZE, "Q")
        if start <= 1:  # 1 marks a buffer that was to be filled in later
            return 0, 0
        if start + size > self.file.size_bytes:
            raise WeightsError(f"{self.file.name} says that values stand at bytes {start:,} to {start + size:,}, outside of it")
        return start, size

    def _read(self, name: str, table: Table, start: int, stop: int, is_learned: bool) -> str:
        """Add one tensor, or return why it is not read."""
        dtype = TYPES.get(table.number(_TYPE, "b"), "")
        shape = table.numbers(_SHAPE, "i", 64)
        if dtype in _COMPLEX:
            dtype, shape = _COMPLEX[dtype], (*shape, 2)
        if not dtype:
            return "values of a type that is no number"
        if table.table(_SPARSITY) is not None:
            return "values that are stored sparsely"
        if extent(dtype, shape) != stop - start:
            raise WeightsError(f"{self.file.name}: the values of {name[-80:]!r} do not fit its shape")
        quantization = _quantization(dtype, table.table(_QUANTIZATION), shape)
        content = content_of(name.rpartition(";")[2], dtype, shape)
        if content is Content.WEIGHT and not is_learned and quantization is None:
            content = Content.CONSTANT
        self.tensors.append(Tensor(name, shape, dtype, self.file.name, start, stop, content, quantization))
        return ""


def _quantization(dtype: str, table: Table | None, shape: tuple[int, ...]) -> Quantization | None:
    """Return how stored integers become values; None where they are values.

    Raises:
        WeightsError: If the scales are no numbers, or neither one nor as many as there are slices.
    """
    scales = () if table is None else table.numbers(_SCALE, "f", MAX_SCALES)
    if table is None or not scales or dtype.startswith(("F", "BF")):
        return None
    zeros = table.numbers(_ZERO_POINT, "q", MAX_SCALES) or (0,)
    axis = table.number(_AXIS, "i")
    slices = shape[axis] if 0 <= axis < len(shape) else 1
    if {len(scales), len(zeros)} - {1, slices} or not all(map(isfinite, scales)):
        raise WeightsError(f"a tensor of shape {list(shape)[:8]} with {len(scales):,} scales")
    bits = PACKED_BITS.get(dtype) or BITS[dtype]
    scheme = f"int{bits}-per-{'channel' if len(scales) > 1 else 'tensor'}"
    return Quantization(scheme, bits, tuple(map(float, scales)), tuple(zeros) if any(zeros) else (), axis)
