"""TensorFlow.js: a ``model.json`` that lists the weights, and files of their bytes beside it.

Source:
    https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts (WeightsManifestConfig)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Quantization, Tensor, TensorIndex
from filiation.formats.json_file import json_of
from filiation.formats.laid_out import dequantized_values
from filiation.formats.stored_values import size_bytes, take

if TYPE_CHECKING:
    import numpy as np

MAX_BYTES = 128 << 20
MAX_PEEKED_BYTES = 1 << 16
_MARKS = (b'"weightsManifest"', b'"modelTopology"')
_TYPES = {
    "float32": "F32",
    "float16": "F16",
    "int32": "I32",
    "bool": "BOOL",
    "complex64": "F32",
    "uint8": "U8",
    "uint16": "U16",
}


class _Quantized(msgspec.Struct):
    dtype: str
    scale: float = 1.0
    min: float = 0.0


class _Weight(msgspec.Struct):
    name: str
    shape: list[int]
    dtype: str
    quantization: _Quantized | None = None


class _Group(msgspec.Struct):
    paths: list[str]
    weights: list[_Weight]


class _Model(msgspec.Struct):
    weights_manifest: list[_Group] = msgspec.field(name="weightsManifest")
    format: str = ""
    converted: str | None = msgspec.field(name="convertedBy", default="")
    generated: str | None = msgspec.field(name="generatedBy", default="")


class TensorflowJs:
    """How to read a model of TensorFlow.js: a group's files are one, and its weights follow one another in it."""

    name = "tensorflow-js"
    suffixes = ("model.json",)

    def recognises(self, file: Bytes) -> bool:
        """Return whether the file is JSON that speaks of weights or of a topology near its beginning."""
        start = take(file, 0, min(file.size_bytes, MAX_PEEKED_BYTES))
        return start.lstrip()[:1] == b"{" and any(mark in start for mark in _MARKS)

    def index(self, file: Bytes) -> TensorIndex:
        """Return the weights in the order of the manifest; see `core.tensor.TensorFormat`.

        The file of each is what `parts` calls its group's files together.
        """
        tensors: list[Tensor] = []
        skipped: list[Skipped] = []
        model = json_of(file, _Model, MAX_BYTES)
        for group in model.weights_manifest:
            at = 0
            for number, weight in enumerate(group.weights):
                if weight.dtype == "string":
                    left = len(group.weights) - number
                    skipped.append(Skipped(file.name, 0, f"{left:,} weights follow texts, whose length is told nowhere"))
                    break
                tensors.append(_tensor(file, weight, _whole(group), at))
                at = tensors[-1].stop
        if len({tensor.name for tensor in tensors}) < len(tensors):
            raise WeightsError(f"{file.name} names a weight twice")
        told = {"format": model.format, "convertedBy": model.converted, "generatedBy": model.generated}
        return TensorIndex(self.name, tuple(tensors), {key: text for key, text in told.items() if text}, tuple(skipped))

    def parts(self, file: Bytes) -> dict[str, tuple[str, ...]]:
        """Return the files beside `file` that hold the values, in order, by what they are called together."""
        return {_whole(group): tuple(group.paths) for group in json_of(file, _Model, MAX_BYTES).weights_manifest if group.paths}

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values, dequantised; `file` is its group's files together; see `core.tensor.TensorFormat`."""
        return dequantized_values(file, tensor)


TENSORS = TensorflowJs()


def _whole(group: _Group) -> str:
    return group.paths[0] + (f"+{len(group.paths) - 1}" if len(group.paths) > 1 else "") if group.paths else ""


def _tensor(file: Bytes, weight: _Weight, whole: str, start: int) -> Tensor:
    kind = weight.quantization.dtype if weight.quantization else weight.dtype
    shape = (*weight.shape, 2) if weight.dtype == "complex64" else tuple(weight.shape)
    if kind not in _TYPES:
        raise WeightsError(f"{file.name}: {weight.name[:80]!r} is of the unknown type {kind[:40]!r}")
    try:
        stop = start + size_bytes(_TYPES[kind], shape)
    except WeightsError as error:
        raise WeightsError(f"{file.name}, {weight.name[:80]!r}: {error}") from error
    return Tensor(weight.name, shape, _TYPES[kind], whole, start, stop, quantization=_quantization(weight.quantization))


def _quantization(told: _Quantized | None) -> Quantization | None:
    """Return ``stored * scale + min`` as a scale and a zero point, which need not be whole."""
    if told is None or told.dtype == "float16":
        return None
    zero = -told.min / told.scale if told.scale else 0.0
    return Quantization(f"{told.dtype}-per-tensor", 16 if told.dtype == "uint16" else 8, (told.scale,), (zero,))
