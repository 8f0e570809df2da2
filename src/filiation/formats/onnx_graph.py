"""The graph of an ONNX model: its nodes, and its tensors as the file describes them.

Source:
    onnx/onnx.proto3, ONNX 1.18 (IR version 11).
"""

from __future__ import annotations

from typing import Any

import msgspec

from filiation.core.errors import WeightsError
from filiation.formats.protobuf import LENGTH, Field, Protobuf

MAX_DEPTH = 16
MAX_NAME_BYTES = 1_024
TYPES = {
    1: "F32", 2: "U8", 3: "I8", 4: "U16", 5: "I16", 6: "I32", 7: "I64", 9: "BOOL", 10: "F16", 11: "F64", 12: "U32", 13: "U64",
    14: "C64", 15: "C128", 16: "BF16", 17: "F8_E4M3", 18: "F8_E4M3FNUZ", 19: "F8_E5M2", 20: "F8_E5M2FNUZ", 21: "U4", 22: "I4",
    23: "F4", 24: "F8_E8M0", 25: "U2", 26: "I2",
}  # fmt: skip
# The fields of each message that are read, by number.
_MODEL_PRODUCER, _MODEL_VERSION, _MODEL_GRAPH = 2, 3, 7
_GRAPH_NODE, _GRAPH_TENSOR, _GRAPH_SPARSE = 1, 5, 15
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_OP, _NODE_ATTRIBUTE, _NODE_TOLD = 1, 2, 3, 4, 5, 9
_ATTRIBUTE_NAME, _ATTRIBUTE_NUMBER, _ATTRIBUTE_TENSOR, _ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS = 1, 3, 5, 6, 11
_DIMS, _TYPE, _SEGMENT, _NAME, _RAW, _EXTERNAL, _LOCATION = 1, 2, 3, 8, 9, 13, 14
_TYPED = frozenset({4, 5, 7, 10, 11})
"""Fields of a tensor that list its values as numbers: float, int32, int64, double, uint64."""
_SCOPES = "pkg.torch.onnx.name_scopes"
_KEPT_NUMBERS = frozenset({"axis", "block_size", "bits", "K", "N", "quantize_axis"})


class Stored(msgspec.Struct):
    """A tensor of the graph, and where its values are: in `raw` bytes, in `typed` fields, or in an `external` file."""

    name: str = ""
    shape: tuple[int, ...] = ()
    dtype: str = ""
    raw: tuple[int, int] | None = None
    typed: list[Field] = []
    external: dict[str, str] = {}
    problem: str = ""
    in_node: bool = False
    uses: list[tuple[Node, int]] = []


class Node(msgspec.Struct):
    """One operation: what it takes in and gives out, and of its attributes those that tell of tensors."""

    op: str = ""
    name: str = ""
    scope: str = ""
    inputs: list[str] = []
    outputs: list[str] = []
    numbers: dict[str, int] = {}
    tensors: list[Stored] = []
    graphs: list[Graph] = []


class Graph(msgspec.Struct):
    """Operations in the order in which they run, and tensors; the graphs within see both."""

    nodes: list[Node] = []
    tensors: list[Stored] = []


def read_model(proto: Protobuf) -> tuple[Graph, dict[str, str]]:
    """Return the graph of a model, and what it says of who made it.

    Raises:
        WeightsError: If the file is not well formed, or nests its graphs deeper than `MAX_DEPTH`.
    """
    graph = None
    told = {}
    for field in proto.fields(0, proto.pages.size_bytes):
        if field.kind != LENGTH:
            continue
        if field.number == _MODEL_GRAPH:
            graph = _graph(proto, field, 0)
        elif field.number in {_MODEL_PRODUCER, _MODEL_VERSION}:
            told["producer" if field.number == _MODEL_PRODUCER else "producer_version"] = proto.text(field, 200)
    if graph is None:
        raise WeightsError(f"{proto.pages.file.name} is no ONNX model: it holds no graph")
    return graph, told


def _graph(proto: Protobuf, message: Field, depth: int) -> Graph:
    if depth > MAX_DEPTH:
        raise WeightsError(f"{proto.pages.file.name} nests its graphs more than {MAX_DEPTH} deep")
    graph = Graph()
    for field in proto.fields(message.start, message.stop):
        if field.kind != LENGTH:
            continue
        if field.number == _GRAPH_NODE:
            graph.nodes.append(_node(proto, field, depth))
        elif field.number == _GRAPH_TENSOR:
            graph.tensors.append(_tensor(proto, field))
        elif field.number == _GRAPH_SPARSE:
            graph.tensors.append(Stored("sparse", problem="values that are stored sparsely"))
    return graph


def _node(proto: Protobuf, message: Field, depth: int) -> Node:
    proto.keep()
    node = Node()
    for field in proto.fields(message.start, message.stop):
        if field.kind != LENGTH:
            continue
        if field.number in {_NODE_INPUT, _NODE_OUTPUT}:
            listed = node.inputs if field.number == _NODE_INPUT else node.outputs
            proto.keep()
            listed.append(proto.text(field, MAX_NAME_BYTES))
        elif field.number == _NODE_NAME:
            node.name = proto.text(field, MAX_NAME_BYTES)
        elif field.number == _NODE_OP:
            node.op = proto.text(field, 100)
        elif field.number == _NODE_ATTRIBUTE:
            _attribute(proto, field, node, depth)
        elif field.number == _NODE_TOLD:
            key, value = _pair(proto, field)
            node.scope = value if key == _SCOPES else node.scope
    return node


def _attribute(proto: Protobuf, message: Field, node: Node, depth: int) -> None:
    name = ""
    number = None
    for field in proto.fields(message.start, message.stop):
        if field.number == _ATTRIBUTE_NAME and field.kind == LENGTH:
            name = proto.text(field, 100)
        elif field.number == _ATTRIBUTE_NUMBER and field.kind != LENGTH:
            number = proto.numbers(field)[0] if field.kind == 0 else None
        elif field.number == _ATTRIBUTE_TENSOR and field.kind == LENGTH:
            node.tensors.append(_tensor(proto, field))
        elif field.number in {_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS} and field.kind == LENGTH:
            node.graphs.append(_graph(proto, field, depth + 1))
    if number is not None and name in _KEPT_NUMBERS:
        node.numbers[name] = number


def _tensor(proto: Protobuf, message: Field) -> Stored:
    proto.keep()
    tensor = Stored()
    shape: list[int] = []
    for field in proto.fields(message.start, message.stop):
        if field.number == _DIMS:
            shape += proto.numbers(field, 64)
        elif field.number == _TYPE:
            tensor.dtype = TYPES.get(field.value, "")
        elif field.number == _NAME and field.kind == LENGTH:
            tensor.name = proto.text(field, MAX_NAME_BYTES)
        elif field.number == _RAW and field.kind == LENGTH:
            tensor.raw = field.start, field.stop
        elif field.number in _TYPED:
            proto.keep()
            tensor.typed.append(field)
        elif field.number == _EXTERNAL and field.kind == LENGTH:
            key, value = _pair(proto, field)
            tensor.external[key] = value
        elif field.number == _SEGMENT:
            tensor.problem = "values that are split into segments"
    if len(shape) > 64 or any(size < 0 for size in shape):
        raise WeightsError(f"{proto.pages.file.name} gives the tensor {tensor.name[-80:]!r} a shape that none has")
    tensor.shape = tuple(shape)
    if not tensor.dtype:
        tensor.problem = "values of a type that is no number"
    return tensor


def _pair(proto: Protobuf, message: Field) -> tuple[str, str]:
    """Return the key and the value of an entry that is a pair of texts."""
    texts: dict[int, Any] = {
        field.number: proto.text(field) for field in proto.fields(message.start, message.stop) if field.kind == LENGTH
    }
    return texts.get(1, ""), texts.get(2, "")
