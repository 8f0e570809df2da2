"""ONNX models written by hand, field for field, for tests that do without the package and for files that lie."""

from __future__ import annotations

import struct

import numpy as np

TYPES = {"f4": 1, "u1": 2, "i1": 3, "u2": 4, "i2": 5, "i4": 6, "i8": 7, "f2": 10, "f8": 11, "u4": 12, "u8": 13, "b1": 9}


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def whole(number: int, value: int) -> bytes:
    """Return a field that is a whole number."""
    return varint(number << 3) + varint(value)


def part(number: int, content: bytes | str) -> bytes:
    """Return a field of bytes: a text, or a message."""
    raw = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(raw)) + raw


def stored(name: str, shape: tuple[int, ...], kind: int, *values: bytes) -> bytes:
    """Return a tensor of a type, with fields for its values."""
    return b"".join(whole(1, size) for size in shape) + whole(2, kind) + part(8, name) + b"".join(values)


def array(name: str, content: np.ndarray) -> bytes:
    """Return a tensor with its values as raw bytes."""
    return stored(name, content.shape, TYPES[content.dtype.str[1:]], part(9, content.tobytes()))


def outside(name: str, shape: tuple[int, ...], **told: str) -> bytes:
    """Return a tensor whose values lie in another file."""
    pairs = (part(13, part(1, key) + part(2, value)) for key, value in told.items())
    return stored(name, shape, 1, *pairs, whole(14, 1))


def attribute(name: str, number: int | None = None, tensor: bytes = b"", graph: bytes = b"") -> bytes:
    """Return an attribute of a node."""
    value = b"" if number is None else whole(3, number)
    return part(1, name) + value + (part(5, tensor) if tensor else b"") + (part(6, graph) if graph else b"")


def node(op: str, inputs: str, outputs: str, name: str = "", *attributes: bytes, scope: str = "") -> bytes:
    """Return a node; the names of what it takes in and gives out stand between blanks."""
    told = part(9, part(1, "pkg.torch.onnx.name_scopes") + part(2, scope)) if scope else b""
    listed = b"".join(part(1, text) for text in inputs.split()) + b"".join(part(2, text) for text in outputs.split())
    return listed + part(3, name) + part(4, op) + b"".join(part(5, one) for one in attributes) + told


def graph(nodes: list[bytes], tensors: list[bytes]) -> bytes:
    return b"".join(part(1, one) for one in nodes) + part(2, "g") + b"".join(part(5, one) for one in tensors)


def model(nodes: list[bytes], tensors: list[bytes], *more: bytes) -> bytes:
    """Return a file."""
    return whole(1, 8) + part(2, "pytorch") + part(7, graph(nodes, tensors)) + part(8, whole(2, 17)) + b"".join(more)


def floats(*values: float) -> bytes:
    return part(4, struct.pack(f"<{len(values)}f", *values))


def integers(field: int, *values: int) -> bytes:
    return part(field, b"".join(map(varint, values)))
