"""The arithmetic of weights that are packed into several tensors: each scheme's shape, and its rows as float32."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import msgspec

from filiation.core.errors import WeightsError
from filiation.formats.stored_values import checked_size, decoder
from filiation.weights.packed_parts import Layout, Part, Rows, unpacked

if TYPE_CHECKING:
    import numpy as np

MAX_WIDTH = 1 << 22
SQUARE = 128
AWQ_ORDER = (0, 2, 4, 6, 1, 3, 5, 7)
"""Which of eight columns each half byte of a word holds."""
Parts = Mapping[str, Part]
Config = Mapping[str, Any]


def gptq_or_awq(parts: Parts, config: Config) -> Layout:
    """Return the layout of GPTQ or AWQ, told apart by the shapes: which dimension is packed."""
    words, scales = parts["main"].shape, parts["scales"].shape
    if len(words) != 2 or len(scales) != 2 or not all((*words, *scales)):
        raise WeightsError("no matrix")
    if words[1] == scales[1]:
        return _gptq(parts, config)
    if words[1] * 8 == scales[1]:
        return _awq(parts)
    raise WeightsError("the shapes do not fit")


def _gptq(parts: Parts, config: Config) -> Layout:
    """Return the layout of words packed along the inputs, outputs beside one another."""
    import numpy as np  # noqa: PLC0415  # as above

    words, outputs = parts["main"].shape
    groups = parts["scales"].shape[0]
    told = _quantization(config)
    bits = _whole(told.get("bits"), 4)
    if bits > 8:
        raise WeightsError(f"numbers of {bits} bits")
    inputs = prod(parts["order"].shape) if "order" in parts else words * 32 // bits
    if inputs * bits != words * 32 or parts["zeros"].shape != (groups, ceil(outputs * bits / 32)) or inputs % groups:
        raise WeightsError("the shapes do not fit")
    older = told.get("checkpoint_format") != "gptq_v2"  # which stores zero points less one

    def opened() -> Rows:
        packed = np.frombuffer(parts["main"].stored(), "<u4").reshape(words, outputs)
        scales = parts["scales"].values()
        zeros = unpacked(np.frombuffer(parts["zeros"].stored(), np.uint8).reshape(groups, -1), bits, outputs)
        zeros = zeros.astype(np.float32) + older
        group = (
            parts["order"].values().reshape(-1).astype(np.int64)
            if "order" in parts
            else np.arange(inputs) // (inputs // groups)
        )
        if group.min(initial=0) < 0 or group.max(initial=0) >= groups:
            raise WeightsError("an order of groups that are not there")

        def rows(start: int, stop: int) -> np.ndarray:
            bits_of = np.ascontiguousarray(packed[:, start:stop].T).view(np.uint8)
            numbers = unpacked(bits_of, bits, inputs).astype(np.float32)
            return (numbers - zeros[:, start:stop].T[:, group]) * scales[:, start:stop].T[:, group]

        return rows

    return Layout((outputs, inputs), f"gptq-{bits}bit-g{inputs // groups}", bits, _width(inputs), opened)


def _awq(parts: Parts) -> Layout:
    """Return the layout of words of eight outputs each, in an order of their own, inputs below one another."""
    import numpy as np  # noqa: PLC0415  # as above

    inputs, words = parts["main"].shape
    groups, outputs = parts["scales"].shape
    if parts["zeros"].shape != (groups, words) or inputs % groups:
        raise WeightsError("the shapes do not fit")
    back = np.argsort(AWQ_ORDER)

    def columns(content: np.ndarray) -> np.ndarray:
        numbers = content[:, :, None] >> (4 * np.arange(8, dtype=np.uint32)) & np.uint32(15)
        return numbers[:, :, back].reshape(len(content), -1).astype(np.float32)

    def opened() -> Rows:
        packed = np.frombuffer(parts["main"].stored(), "<u4").reshape(inputs, words)
        zeros = columns(np.frombuffer(parts["zeros"].stored(), "<u4").reshape(groups, words))
        scales = parts["scales"].values()

        def rows(start: int, stop: int) -> np.ndarray:
            first, last = start // 8, ceil(stop / 8)
            numbers = columns(packed[:, first:last])[:, start - 8 * first : stop - 8 * first]
            turns = inputs // groups
            shifted = numbers - np.repeat(zeros[:, start:stop], turns, axis=0)
            return np.ascontiguousarray((shifted * np.repeat(scales[:, start:stop], turns, axis=0)).T)

        return rows

    return Layout((outputs, inputs), f"awq-4bit-g{inputs // groups}", 4, _width(inputs), opened)


class _State(msgspec.Struct):
    shape: list[int]
    blocksize: int
    nested_blocksize: int = 0
    nested_offset: float = 0.0


def by_table(parts: Parts, _: Config) -> Layout:
    """Return the layout of bitsandbytes: half bytes that number a table, the high one first, a scale for each block."""
    import numpy as np  # noqa: PLC0415  # as above

    try:
        told = msgspec.json.decode(parts["state"].stored(), type=_State)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WeightsError(f"a state that is none ({error})") from error
    shape, block = tuple(told.shape), told.blocksize
    size = checked_size(shape)
    if (size + 1) // 2 != prod(parts["main"].shape) or block < 2 or block % 2 or prod(parts["table"].shape) != 16:
        raise WeightsError("the shapes do not fit")
    if prod(parts["absmax"].shape) != ceil(size / block) or (told.nested_blocksize and "nested_table" not in parts):
        raise WeightsError("the shapes do not fit")
    width = block if size % block == 0 else size

    def opened() -> Rows:
        table = parts["table"].values().reshape(-1)
        scales = _scales_of_blocks(parts, told)

        def rows(start: int, stop: int) -> np.ndarray:
            first, last = start * width, min(stop * width, size)
            codes = np.frombuffer(parts["main"].stored(first // 2, (last + 1) // 2), np.uint8)
            numbers = np.stack([codes >> 4, codes & 15], axis=1).reshape(-1)[: last - first]
            return table[numbers] * np.repeat(scales[first // block : ceil(last / block)], block)[: last - first]

        return rows

    return Layout(shape, f"{parts['state'].place.tensor.name[-3:]}-b{block}", 4, _width(width), opened)


def _scales_of_blocks(parts: Parts, told: _State) -> np.ndarray:
    import numpy as np  # noqa: PLC0415  # as above

    if not told.nested_blocksize:
        return parts["absmax"].values().reshape(-1)
    codes = np.frombuffer(parts["absmax"].stored(), np.uint8)
    outer = np.repeat(parts["nested_absmax"].values().reshape(-1), told.nested_blocksize)[: len(codes)]
    table = parts["nested_table"].values().reshape(-1)
    if len(outer) < len(codes) or len(table) < 256:
        raise WeightsError("the scales of scales do not fit")
    return table[codes] * outer + np.float32(told.nested_offset)


def scaled(parts: Parts, _: Config) -> Layout:
    """Return the layout of small numbers with one scale in all, one for each row, or one for each square."""
    import numpy as np  # noqa: PLC0415  # as above

    shape, grid = parts["main"].shape, parts["scales"].shape
    if not shape or not checked_size(shape):
        raise WeightsError("no matrix")
    width = prod(shape[1:])
    squares = len(shape) == len(grid) == 2 and grid == (ceil(shape[0] / SQUARE), ceil(shape[1] / SQUARE))
    by_row = prod(grid) == 1 or (grid[:1] == shape[:1] and prod(grid[1:]) == 1)
    if not by_row and not squares:
        raise WeightsError("the scales do not fit")
    divisor = np.float32(127 if parts["scales"].place.tensor.name.endswith(".SCB") else 1)
    decode = decoder(parts["main"].dtype)

    def opened() -> Rows:
        scales = parts["scales"].values() / divisor
        by_rows = np.broadcast_to(scales.reshape(-1, 1), (shape[0], 1)) if by_row else scales

        def rows(start: int, stop: int) -> np.ndarray:
            numbers = decode(parts["main"].stored(start * width, stop * width)).reshape(stop - start, width)
            if by_row:
                return numbers * by_rows[start:stop]
            return numbers * np.repeat(scales[np.arange(start, stop) // SQUARE], SQUARE, axis=1)[:, :width]

        return rows

    kind = parts["main"].dtype.lower()
    by = "tensor" if prod(grid) == 1 else "row" if by_row else f"square-{SQUARE}"
    return Layout(shape, f"{kind}-per-{by}", 8, _width(width), opened)


def by_group(parts: Parts, config: Config) -> Layout:
    """Return the layout of numbers packed along the inputs, with a scale for each group of them: compressed-tensors, MLX.

    Those of compressed-tensors are signed, shifted up by half their range; those of MLX have an offset for each group.
    """
    import numpy as np  # noqa: PLC0415  # as above

    words, scales = parts["main"].shape, parts["scales"].shape
    if len(words) != 2 or len(scales) != 2 or words[0] != scales[0] or not all((*words, *scales)):
        raise WeightsError("the shapes do not fit")
    outputs, groups = scales
    told = _quantization(config)
    if "shape" in parts:
        if parts["shape"].shape != (2,):
            raise WeightsError("the shapes do not fit")
        inputs = int(parts["shape"].values()[1])
        scheme, group = "packed", inputs // groups
        bits = next((bits for bits in (4, 8) if ceil(inputs / (32 // bits)) == words[1]), 0)
    else:
        scheme, group = "mlx", _whole(told.get("group_size"), 64)
        inputs = groups * group
        bits = words[1] * 32 // inputs
    fits = 0 < bits <= 8 and group * groups == inputs and ceil(inputs * bits / 32) == words[1]
    if not fits or ("offsets" in parts and parts["offsets"].shape != scales):
        raise WeightsError("the shapes do not fit")

    def opened() -> Rows:
        factors = parts["scales"].values()
        shift = parts["offsets"].values() if "offsets" in parts else factors * np.float32(-(1 << (bits - 1)))

        def rows(start: int, stop: int) -> np.ndarray:
            content = np.frombuffer(parts["main"].stored(start * words[1], stop * words[1]), np.uint8)
            numbers = unpacked(content.reshape(stop - start, -1), bits, inputs).reshape(stop - start, groups, group)
            return (numbers * factors[start:stop, :, None] + shift[start:stop, :, None]).reshape(stop - start, inputs)

        return rows

    return Layout((outputs, inputs), f"{scheme}-{bits}bit-g{group}", bits, _width(inputs), opened)


def mxfp4(parts: Parts, _: Config) -> Layout:
    """Return the layout of groups of 32 floats of four bits, the low one of a byte first, and a power of two for each."""
    import numpy as np  # noqa: PLC0415  # as above

    blocks = parts["main"].shape
    if len(blocks) < 3 or blocks[-1] != 16 or parts["scales"].shape != blocks[:-1] or parts["scales"].dtype != "U8":
        raise WeightsError("the shapes do not fit")
    groups = blocks[-2]
    shape = (*blocks[:-2], groups * 32)
    decode, power = decoder("F4"), decoder("F8_E8M0")

    def opened() -> Rows:
        def rows(start: int, stop: int) -> np.ndarray:
            numbers = decode(parts["main"].stored(start * groups * 16, stop * groups * 16)).reshape(-1, 32)
            with np.errstate(all="ignore"):
                scaled_up = numbers * power(parts["scales"].stored(start * groups, stop * groups))[:, None]
            return scaled_up.reshape(stop - start, -1)

        return rows

    return Layout(shape, "mxfp4", 4.25, _width(shape[-1]), opened)


SCHEMES: Mapping[str, Callable[[Parts, Config], Layout]] = {
    "gptq": gptq_or_awq,
    "nf4": by_table,
    "fp4": by_table,
    "int8-by-row": scaled,
    "scaled": scaled,
    "packed": by_group,
    "mlx": by_group,
    "mxfp4": mxfp4,
}
"""By the names in ``knowledge/packed_weights.toml``; each raises a WeightsError where the parts do not fit one another."""


def _quantization(config: Config) -> Config:
    found = config.get("quantization_config", config.get("quantization"))
    return found if isinstance(found, Mapping) else {}


def _whole(value: Any, otherwise: int) -> int:
    return value if type(value) is int and 0 < value <= 1 << 20 else otherwise


def _width(width: int) -> int:
    if not 0 < width <= MAX_WIDTH:
        raise WeightsError(f"rows of {width:,} values")
    return width
