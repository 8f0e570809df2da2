"""What is done with the tensors of an ONNX graph: which are learned, which are scales of others, what they may be called."""

from __future__ import annotations

import re
from collections import ChainMap
from functools import cache
from math import prod
from typing import Any

import msgspec

from filiation import knowledge
from filiation.core.tensor import Content
from filiation.formats.onnx_graph import Graph, Node, Stored
from filiation.formats.tensor_contents import content_of, is_anonymous

MAX_HOPS = 4
"""From a product to the sum that adds the bias: a cast and two scalings may lie between."""
MAX_CONSTANT = 64
"""More values than these in a constant node were learned, whatever is done with them."""
_QUOTED = re.compile(r"'([^']*)'")
SMALL_INTEGERS = frozenset({"I8", "U8", "I4", "U4", "I2", "U2", "I16", "U16"})
_COUNTING = frozenset({"I64", "U64", "I32", "U32", "BOOL"})
_RECURRENT = {"LSTM": "WRB", "GRU": "WRB", "RNN": "WRB", "DynamicQuantizeLSTM": "WRB"}
_PACKING = frozenset({"MatMulNBits", "GatherBlockQuantized"})


class Joined(msgspec.Struct):
    """A quantised tensor with what its values are reckoned from; `block` values share a scale, 0 where slices do."""

    values: Stored
    scale: Stored
    zero: Stored | None
    axis: int
    block: int = 0
    bits: int = 0
    shape: tuple[int, ...] = ()


class Uses:
    """Goes through a graph once, and is then asked about its tensors.

    Attributes:
        tensors: All of them, those of the graphs within as well, in the order in which they were met.
        joined: How those that are quantised become values, by their identity.
    """

    def __init__(self, graph: Graph) -> None:
        self.tensors: list[Stored] = []
        self.joined: dict[int, Joined] = {}
        self._scales: set[int] = set()
        self._zeros: dict[int, Stored] = {}
        self._takers: dict[str, list[Node]] = {}
        self._named: dict[str, Stored] = {}
        self._walk(graph, ChainMap())

    def content_of(self, tensor: Stored) -> Content:
        """Return what a tensor is for: by how its values are used, and by its name."""
        table = _table()
        is_joined = id(tensor) in self.joined
        if id(tensor) in self._scales or any(number in table["statistics"].get(node.op, ()) for node, number in tensor.uses):
            return Content.BUFFER
        if tensor.dtype in _COUNTING and not is_joined:
            return Content.CONSTANT
        by_name = content_of(tensor.name)
        if by_name is not Content.WEIGHT:
            return by_name
        is_learned = any(number in table["learned"].get(node.op, ()) for node, number in tensor.uses)
        is_told = bool(tensor.uses) and all(node.op in table["told"]["operators"] for node, _ in tensor.uses)
        size = prod(tensor.shape)
        if is_joined or (is_learned and (size > 1 or not tensor.in_node)):
            return Content.WEIGHT
        is_number = size <= (MAX_CONSTANT if tensor.in_node else 1)
        return Content.CONSTANT if is_told or is_number or tensor.dtype in SMALL_INTEGERS else Content.WEIGHT

    def name_of(self, tensor: Stored) -> str:
        """Return a tensor's name: without what a quantiser adds, and that of its layer where an exporter made one up."""
        name = tensor.name
        if id(tensor) in self.joined:
            endings = _table()["names"]["quantized"]
            name = next((name.removesuffix(ending) for ending in endings if name.endswith(ending)), name)
        if not is_anonymous(name):
            return name
        learned = _table()["learned"]
        uses = sorted(tensor.uses, key=lambda use: use[1] not in learned.get(use[0].op, ()))
        for node, number in uses[:MAX_HOPS]:
            layer = self._layer(node)
            if layer:
                parts = _RECURRENT.get(node.op)
                return f"{layer}.{parts[number - 1] if parts and 0 < number <= len(parts) else _part(tensor)}"
        return name

    def _walk(self, graph: Graph, outer: ChainMap[str, Stored]) -> None:
        """Note what each node takes in. `outer` are the tensors that the graphs around this one know, by name."""
        known = outer.new_child()
        for tensor in graph.tensors:
            known[tensor.name] = self._named[tensor.name] = tensor
            self.tensors.append(tensor)
        for node in graph.nodes:
            if node.op == "Constant":
                self._add_constants(node, known)
            else:
                self._note(node, known)
            for inside in node.graphs:
                self._walk(inside, known)

    def _add_constants(self, node: Node, known: ChainMap[str, Stored]) -> None:
        for tensor, name in zip(node.tensors, node.outputs, strict=False):
            tensor.name, tensor.in_node = name, True
            known[name] = self._named[name] = tensor
            self.tensors.append(tensor)

    def _note(self, node: Node, known: ChainMap[str, Stored]) -> None:
        table = _table()
        hands_on = node.op in table["hands_on"]["operators"]
        for number, name in enumerate(node.inputs):
            self._takers.setdefault(name, []).append(node)
            if name in known and not hands_on:
                known[name].uses.append((node, number))
        for how in table["quantized"].get(node.op, ()):
            self._join(node, known, how)
        self._join_product(node, known)
        if hands_on and node.inputs and node.inputs[0] in known and node.outputs:
            known[node.outputs[0]] = known[node.inputs[0]]

    def _join(self, node: Node, known: ChainMap[str, Stored], how: dict[str, int]) -> None:
        """Note the scale and zero point of a quantised tensor that a node takes in."""
        parts = ("values", "scale", "zero")
        values, scale, zero = (
            known.get(node.inputs[how[part]]) if 0 <= how[part] < len(node.inputs) else None for part in parts
        )
        if values is None or id(values) in self.joined:
            return
        names = _table()["names"]
        if scale is None and how["scale"] < 0:
            base = values.name.removesuffix(names["quantized"][0])
            scale, zero = self._named.get(base + names["scale"]), zero or self._named.get(base + names["zero"])
        if scale is not None:
            axis = node.numbers.get("axis", node.numbers.get("quantize_axis", how["axis"]))
            shape = (node.numbers.get("N", -1), node.numbers.get("K", -1)) if node.op == "MatMulNBits" else ()
            bits = node.numbers.get("bits", 4 if node.op in _PACKING else 0)
            block = node.numbers.get("block_size", 128 if node.op in _PACKING else 0)
            self._add(Joined(values, scale, zero, axis, block, bits, shape))

    def _join_product(self, node: Node, known: ChainMap[str, Stored]) -> None:
        """Note that small integers times a scale, or less a zero point, are a quantised tensor written out in operators."""
        if node.op not in {"Mul", "Sub"} or len(node.inputs) != 2 or not node.outputs:
            return
        first, second = (known.get(name) for name in node.inputs)
        if node.op == "Mul" and second is not None and second.dtype in SMALL_INTEGERS:
            first, second = second, first
        if first is None or second is None or first.dtype not in SMALL_INTEGERS or id(first) in self.joined:
            return
        if node.op == "Sub":
            self._zeros[id(first)] = second
        elif second.dtype not in SMALL_INTEGERS:
            self._add(Joined(first, second, self._zeros.get(id(first)), -1))
        known[node.outputs[0]] = first

    def _add(self, joined: Joined) -> None:
        self.joined[id(joined.values)] = joined
        self._scales.update(id(part) for part in (joined.scale, joined.zero) if part is not None)

    def _layer(self, node: Node) -> str:
        """Return the name of the layer that a node is part of: by the bias added to it, its own name, or what torch tells."""
        bias = self._bias(node)
        if bias:
            return bias.removesuffix(".bias")
        parts = [part for part in node.name.split("/") if part]
        if len(parts) > 1 and parts[-1].startswith(node.op.removesuffix("Integer")):
            return ".".join(parts[:-1])
        scopes = _QUOTED.findall(node.scope)
        return scopes[-2] if len(scopes) > 1 else ""

    def _bias(self, node: Node) -> str:
        """Return the name of the bias that is added to what a node gives out; empty where none is."""
        for _ in range(MAX_HOPS):
            takers = self._takers.get(node.outputs[0], ()) if node.outputs else ()
            if len(takers) != 1:
                return ""
            node = takers[0]
            if node.op == "Add":
                return next((name for name in node.inputs if name in self._named and name.endswith(".bias")), "")
            if node.op not in {"Cast", "Mul"}:
                return ""
        return ""


def _part(tensor: Stored) -> str:
    return "weight" if len(tensor.shape) > 1 else "bias"


@cache
def _table() -> dict[str, Any]:
    return knowledge.load("onnx_inputs")
