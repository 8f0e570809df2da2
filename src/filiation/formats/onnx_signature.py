"""What goes into the graph of an ONNX model and what comes out of it: names, types and shapes, nothing of the weights.

Source:
    onnx/onnx.proto3, ONNX 1.18: ModelProto.graph, GraphProto.input and output, ValueInfoProto, TypeProto, TensorShapeProto.
"""

from __future__ import annotations

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.onnx_graph import MAX_NAME_BYTES, TYPES
from filiation.formats.pages import Pages
from filiation.formats.protobuf import LENGTH, VARINT, Field, Protobuf, signed

MAX_VALUES = 10_000
MAX_DIMENSIONS = 64
MAX_PAIRS, MAX_PAIR_BYTES = 256, 64 << 10
_GRAPH, _PAIRS = 7, 14
_TENSOR, _IN, _OUT = 5, 11, 12
_STRING = 8


class Value(msgspec.Struct, frozen=True):
    """A tensor that goes in or comes out.

    Attributes:
        name: As the graph spells it.
        dtype: Such as ``I64``; ``STRING`` for texts, empty for what is no tensor.
        shape: A text is the name of a size that is free, ``?`` one without a name; None where no shape is told.
    """

    name: str
    dtype: str = ""
    shape: tuple[int | str, ...] | None = None


class Signature(msgspec.Struct, frozen=True):
    """Inputs and outputs in the graph's order, weights left out, and the texts that the model carries about itself."""

    inputs: tuple[Value, ...]
    outputs: tuple[Value, ...]
    told: dict[str, str] = {}


def signature(file: Bytes) -> Signature:
    """Return what the model takes and gives.

    Raises:
        WeightsError: If it is no ONNX model, not well formed, or has more than `MAX_VALUES` of them.
    """
    proto = Protobuf(Pages(file))
    found: tuple[list[Value], list[Value], set[str]] | None = None
    told: dict[str, str] = {}
    for field in proto.fields(0, file.size_bytes):
        if field.kind != LENGTH:
            continue
        if field.number == _GRAPH:
            found = _graph(proto, field)
        elif field.number == _PAIRS and len(told) < MAX_PAIRS:
            key, value = _pair(proto, field)
            told[key] = value
    if found is None:
        raise WeightsError(f"{file.name} is no ONNX model: it holds no graph")
    inputs, outputs, stored = found
    return Signature(tuple(value for value in inputs if value.name not in stored), tuple(outputs), told)


def _graph(proto: Protobuf, message: Field) -> tuple[list[Value], list[Value], set[str]]:
    """Return inputs, outputs, and the names of the weights, which older files list among the inputs."""
    inputs: list[Value] = []
    outputs: list[Value] = []
    stored = set()
    for field in proto.fields(message.start, message.stop):
        if field.kind != LENGTH:
            continue
        if field.number == _TENSOR:
            stored.add(_name(proto, field, 8))
        elif field.number in {_IN, _OUT}:
            (inputs if field.number == _IN else outputs).append(_value(proto, field))
        if len(inputs) + len(outputs) > MAX_VALUES:
            raise WeightsError(f"{proto.pages.file.name} lists more than {MAX_VALUES:,} inputs and outputs")
    return inputs, outputs, stored


def _name(proto: Protobuf, message: Field, number: int) -> str:
    proto.keep()
    for field in proto.fields(message.start, message.stop):
        if field.number == number and field.kind == LENGTH:
            return proto.text(field, MAX_NAME_BYTES)
    return ""


def _value(proto: Protobuf, message: Field) -> Value:
    name, dtype, shape = "", "", None
    for field in proto.fields(message.start, message.stop):
        if field.kind != LENGTH:
            continue
        if field.number == 1:
            name = proto.text(field, MAX_NAME_BYTES)
        elif field.number == 2:
            dtype, shape = _type(proto, field)
    return Value(name, dtype, shape)


def _type(proto: Protobuf, message: Field) -> tuple[str, tuple[int | str, ...] | None]:
    dtype, shape = "", None
    for kind in proto.fields(message.start, message.stop):
        if kind.kind != LENGTH or kind.number != 1:  # 1 is a tensor; others are sequences, maps and the like
            continue
        for field in proto.fields(kind.start, kind.stop):
            if field.number == 1 and field.kind == VARINT:
                dtype = "STRING" if field.value == _STRING else TYPES.get(field.value, "")
            elif field.number == 2 and field.kind == LENGTH:
                shape = _shape(proto, field)
    return dtype, shape


def _shape(proto: Protobuf, message: Field) -> tuple[int | str, ...]:
    sizes: list[int | str] = []
    for dimension in proto.fields(message.start, message.stop):
        if dimension.kind != LENGTH or dimension.number != 1:
            continue
        size: int | str = "?"
        for field in proto.fields(dimension.start, dimension.stop):
            if field.number == 1 and field.kind == VARINT and signed(field.value) > 0:
                size = field.value
            elif field.number == 2 and field.kind == LENGTH:
                size = proto.text(field, 100) or "?"
        sizes.append(size)
        if len(sizes) > MAX_DIMENSIONS:
            raise WeightsError(f"{proto.pages.file.name} gives an input more than {MAX_DIMENSIONS} dimensions")
    return tuple(sizes)


def _pair(proto: Protobuf, message: Field) -> tuple[str, str]:
    texts = {1: "", 2: ""}
    for field in proto.fields(message.start, message.stop):
        if field.kind == LENGTH and field.number in texts:
            texts[field.number] = proto.text(field, MAX_PAIR_BYTES)
    return texts[1], texts[2]
