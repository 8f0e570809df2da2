"""Models of TensorFlow Lite written by hand, table for table."""

from __future__ import annotations

import struct
from typing import Any, NamedTuple


class Number(NamedTuple):
    """A field that is a number of the type `code`."""

    code: str
    value: int


class Numbers(NamedTuple):
    """A field that is a list of numbers."""

    code: str
    values: tuple[float, ...]


def flat(root: dict[int, Any]) -> bytes:
    """Return a file: tables are dictionaries by field, lists of them lists; bytes and texts are themselves."""
    content = bytearray(struct.pack("<I4s", 0, b"TFL3"))
    struct.pack_into("<I", content, 0, _put(content, root))
    return bytes(content)


def _put(content: bytearray, thing: Any) -> int:
    content += bytes(-len(content) % 16)
    if isinstance(thing, dict):
        return _table(content, thing)
    at = len(content)
    if isinstance(thing, list):
        content += struct.pack("<I", len(thing)) + bytes(4 * len(thing))
        for number, one in enumerate(thing):
            struct.pack_into("<I", content, at + 4 + 4 * number, _put(content, one) - (at + 4 + 4 * number))
        return at
    raw = thing.encode() if isinstance(thing, str) else thing
    count = len(raw)
    if isinstance(thing, Numbers):
        count, raw = len(thing.values), struct.pack(f"<{len(thing.values)}{thing.code}", *thing.values)
    content += struct.pack("<I", count) + raw
    return at


def _table(content: bytearray, fields: dict[int, Any]) -> int:
    slots = max(fields, default=-1) + 1
    names = len(content)
    content += struct.pack("<HH", 4 + 2 * slots, 4 + 8 * len(fields)) + bytes(2 * slots)
    content += bytes(-len(content) % 8 + 4)
    at = len(content)
    content += struct.pack("<i", at - names) + bytes(8 * len(fields))
    for number, (field, thing) in enumerate(fields.items()):
        where = at + 4 + 8 * number
        struct.pack_into("<H", content, names + 4 + 2 * field, where - at)
        if isinstance(thing, Number):
            struct.pack_into("<" + thing.code, content, where, thing.value)
        else:
            struct.pack_into("<I", content, where, _put(content, thing) - where)
    return at


def tensor(name: str, shape: tuple[int, ...], kind: int, buffer: int, **more: Any) -> dict[int, Any]:
    """Return a tensor; `scales`, `zeros` and `axis` quantise it."""
    fields: dict[int, Any] = {0: Numbers("i", shape), 1: Number("b", kind), 2: Number("I", buffer), 3: name}
    if "scales" in more:
        fields[4] = {
            2: Numbers("f", more["scales"]),
            3: Numbers("q", more.get("zeros", ())),
            6: Number("i", more.get("axis", 0)),
        }
    if "sparse" in more:
        fields[6] = {}
    return fields


def model(
    tensors: list[dict[int, Any]], buffers: list[bytes | dict[int, Any]], operators: list[tuple[int, tuple[int, ...]]]
) -> bytes:
    """Return a file; of each operator its code and the numbers of the tensors that it takes in."""
    codes = sorted({code for code, _ in operators})
    listed = [{0: Number("I", codes.index(code)), 1: Numbers("i", inputs)} for code, inputs in operators]
    return flat(
        {
            1: [{0: Number("b", min(code, 127)), 3: Number("i", code)} for code in codes],
            2: [{0: tensors, 3: listed}],
            3: "by hand",
            4: [{0: one} if isinstance(one, bytes) else one for one in buffers],
        }
    )
