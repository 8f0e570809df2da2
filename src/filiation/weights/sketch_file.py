"""A sketch as one small file.

First the line ``filiation-sketch 1``, then one MessagePack map: what the sketch is made of, its text packed by zlib, its
numbers as whole numbers (24 bits of the linear parts, 16 of quantiles and singular values) with an exponent for each row. What
is read is what was written, to the bit.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.weights.columns import Columns
from filiation.weights.gathering import groups, steps
from filiation.weights.ones import MOST_SIDES
from filiation.weights.recipe import Recipe
from filiation.weights.rounding import LEAST_POWER, exponents, most_power, real, whole
from filiation.weights.sketch import Sketch

MAGIC = b"filiation-sketch 1\n"
SUFFIX = ".sketch"
USUAL_BYTES = 100_000
"""What `fitted` makes room for."""
LEAST_LINE = 100
"""Bytes that a line takes, whatever is left out of it but its name."""
LEAST_BUCKETS = 4
"""Of a side, before tensors share lines: two to a side call strangers kin."""
MOST_BYTES = 256 << 20
MOST_TENSORS = 1 << 20
MOST_SKIPPED = 100
MOST_NUMBERS = 1 << 32
"""Of all lengths of sides together, each counted once: so many are hashed to centre the sketch, in a quarter of a minute."""
PLAIN = {
    "mean": "<f4",
    "std": "<f4",
    "skew": "<f4",
    "kurtosis": "<f4",
    "zeros": "<f4",
    "levels": "<i4",
    "row_levels": "<f4",
    "bits": "u1",
    "digests": "<u8",
    "multisets": "<u8",
    "head_of": "<i4",
    "head_rows": "<i4",
    "turned_of": "<i4",
}
STEP = "<f4"
"""Of `Columns.step`, which is kept only where a scale is known."""
ROUNDED = {"linear": 24, "head": 24, "turned": 24, "quantiles": 16, "singular": 16}


class _Text(msgspec.Struct, array_like=True):
    names: list[str]
    kinds: list[str]
    kind: list[int]
    parts: list[str]
    layers: list[int]
    shapes: list[list[int]]
    dtypes: list[str]
    long: list[int]
    short: list[int]
    open: list[bool]
    nonfinite: list[int]
    skipped: list[Skipped]


class _Stored(msgspec.Struct):
    recipe: dict[str, int | float | bool]
    source: str
    format: str
    dtype: str
    digest: str
    multiset: str
    architecture: str
    shapes: str
    model_type: str
    bytes_read: int
    text: bytes
    numbers: dict[str, bytes]


def encoded(sketch: Sketch) -> bytes:
    """Return the bytes of the file."""
    columns = sketch.tensors
    kinds = sorted(set(columns.kinds))
    place = {kind: i for i, kind in enumerate(kinds)}
    text = _Text(
        list(columns.names),
        kinds,
        [place[kind] for kind in columns.kinds],
        list(columns.parts),
        columns.layers.tolist(),
        [list(shape) for shape in columns.shapes],
        list(columns.dtypes),
        columns.long.tolist(),
        columns.short.tolist(),
        columns.open.tolist(),
        columns.nonfinite.tolist(),
        list(sketch.skipped[:MOST_SKIPPED]),
    )
    stored = _Stored(
        **{name: getattr(sketch, name) for name in _Stored.__struct_fields__ if name not in {"recipe", "text", "numbers"}},
        recipe=_stored_recipe(sketch.recipe),
        text=zlib.compress(msgspec.msgpack.encode(text), 9),
        numbers=_numbers(sketch),
    )
    return MAGIC + msgspec.msgpack.encode(stored)


def _stored_recipe(recipe: Recipe) -> dict[str, int | float | bool]:
    """Return its parameters; those of shared lines only where there are any, as in files that are older than these."""
    plain = msgspec.structs.asdict(recipe)
    return {name: value for name, value in plain.items() if recipe.together > 1 or name not in {"together", "any_kind"}}


def _numbers(sketch: Sketch) -> dict[str, bytes]:
    columns, found = sketch.tensors, {}
    for name, kind in PLAIN.items():
        found[name] = getattr(columns, name).astype(kind).tobytes()
    if columns.step.any():
        found["step"] = columns.step.astype(STEP).tobytes()
    for name, bits in ROUNDED.items():
        rows = getattr(columns, name)
        if name == "linear":
            found["flat"] = _packed(rows[columns.flat][:, : sketch.recipe.flat], bits)
            rows = rows[~columns.flat]
        elif name == "singular":
            rows = rows[~columns.flat]
        found[name] = _packed(rows, bits)
    return found


def _packed(rows: np.ndarray, bits: int) -> bytes:
    power = exponents(rows, bits)
    numbers = np.ascontiguousarray(whole(rows, power, bits), "<i4").view(np.uint8).reshape(*rows.shape, 4)
    return power.astype("<i2").tobytes() + numbers[..., : bits // 8].tobytes()


def _unpacked(data: bytes, rows: int, width: int, bits: int) -> np.ndarray:
    size = bits // 8
    if len(data) != rows * (2 + width * size):
        raise WeightsError("a sketch does not hold as many numbers as it says")
    power = np.frombuffer(data, "<i2", rows)
    if rows and not LEAST_POWER <= power.min() <= power.max() <= most_power(bits):
        raise WeightsError("a sketch holds numbers out of all range")
    numbers = np.zeros((rows, width, 4), np.uint8)
    numbers[..., 4 - size :] = np.frombuffer(data, np.uint8, offset=rows * 2).reshape(rows, width, size)
    return real(numbers.view("<i4")[..., 0] >> (32 - bits), power, bits)


def decoded(data: bytes) -> Sketch:
    """Return the sketch that a file's bytes hold.

    Raises:
        WeightsError: If they are not a sketch, or not a whole one.
    """
    if not data.startswith(MAGIC):
        raise WeightsError("this is not a sketch of this version; make it again with: filiation weights sketch")
    try:
        stored = msgspec.msgpack.decode(data[len(MAGIC) :], type=_Stored)
        inflate = zlib.decompressobj()
        raw = inflate.decompress(stored.text, MOST_BYTES)
        if inflate.unconsumed_tail:
            raise WeightsError("the text of a sketch is longer than we are ready to read")
        text = msgspec.msgpack.decode(raw, type=_Text)
        recipe = msgspec.convert(stored.recipe, Recipe)
        columns = _columns(stored, recipe, text)
    except (msgspec.MsgspecError, zlib.error, KeyError, IndexError, OverflowError, ValueError) as error:
        raise WeightsError(f"a sketch cannot be read: {error}") from error
    own = {name: getattr(stored, name) for name in _Stored.__struct_fields__ if name not in {"recipe", "text", "numbers"}}
    return Sketch(recipe, **own, tensors=columns, skipped=tuple(text.skipped))


def _columns(stored: _Stored, recipe: Recipe, text: _Text) -> Columns:
    """Return the columns; what does not fit together raises ValueError or KeyError."""
    n = len(text.names)
    if n > MOST_TENSORS or not (0 < recipe.buckets <= 16 and 0 < recipe.flat <= recipe.buckets**2 and recipe.together > 0):
        raise ValueError(f"{n:,} tensors by {recipe.name[:100]}")
    if any(
        len(column) != n for column in (text.kind, text.parts, text.layers, text.shapes, text.dtypes, text.long, text.short)
    ):
        raise ValueError("its columns are not of one length")
    plain = {name: np.frombuffer(stored.numbers[name], kind).astype(kind[-2:]) for name, kind in PLAIN.items()}
    plain["step"] = np.frombuffer(stored.numbers.get("step", bytes(4 * n)), STEP).astype("f4")
    for name in ("digests", "multisets"):
        plain[name] = plain[name].reshape(n, 2)
    for name in ("mean", "std", "skew", "kurtosis", "zeros", "levels", "row_levels", "bits", "step"):
        if len(plain[name]) != n:
            raise ValueError(f"its column {name} is not of that length")
    short = np.array(text.short, np.int64)
    sides = {*text.long, *text.short}
    fit = all(long >= side >= 1 for long, side in zip(text.long, text.short, strict=True))
    if not (fit and len(sides) <= MOST_SIDES and sum(sides) < MOST_NUMBERS):
        raise ValueError("its tensors have impossible sides")
    _checked_lines(plain, n)
    return Columns(
        names=tuple(text.names),
        kinds=tuple(text.kinds[i] for i in text.kind),
        parts=tuple(text.parts),
        layers=np.array(text.layers, np.int64),
        shapes=tuple(tuple(shape) for shape in text.shapes),
        dtypes=tuple(text.dtypes),
        long=np.array(text.long, np.int64),
        short=short,
        open=np.array(text.open, bool).reshape(n),
        nonfinite=np.array(text.nonfinite, np.int64).reshape(n),
        **plain,
        **_rounded(stored.numbers, recipe, short == 1, plain),
    )


def _checked_lines(plain: dict[str, np.ndarray], n: int) -> None:
    for name in ("head_of", "turned_of"):
        lines = plain[name]
        if len(lines) and not 0 <= lines.min() <= lines.max() < n:
            raise ValueError(f"its {name} points outside")
    if len(plain["head_rows"]) != len(plain["head_of"]):
        raise ValueError("its columns of heads are not of one length")


def _rounded(numbers: dict[str, bytes], recipe: Recipe, flat: np.ndarray, plain: dict[str, np.ndarray]) -> dict[str, Any]:
    n = len(flat)
    width, many = recipe.buckets**2, int(flat.sum())
    linear = np.zeros((n, width), np.float32)
    linear[~flat] = _unpacked(numbers["linear"], n - many, width, 24)
    linear[flat, : recipe.flat] = _unpacked(numbers["flat"], many, recipe.flat, 24)
    singular = np.full((n, recipe.singular), np.nan, np.float32)
    singular[~flat] = _unpacked(numbers["singular"], n - many, recipe.singular, 16)
    return {
        "linear": linear,
        "singular": singular,
        "quantiles": _unpacked(numbers["quantiles"], n, recipe.quantiles, 16),
        "head": _unpacked(numbers["head"], len(plain["head_of"]), width, 24),
        "turned": _unpacked(numbers["turned"], len(plain["turned_of"]), width, 24),
    }


def fitted(sketch: Sketch, size_bytes: int = USUAL_BYTES) -> Sketch:
    """Return the sketch as a file of so many bytes has room for it.

    With as many buckets as fit; where four to a side do not, with as few tensors to a line as fit by those. Models of one
    architecture become sketches of one name.
    """
    kept = sketch
    for kept in _smaller(sketch, size_bytes):
        if len(encoded(kept)) <= size_bytes:
            break
    return kept


def _smaller(sketch: Sketch, size_bytes: int) -> Iterator[Sketch]:
    """Yield the sketch, and smaller ones; those that must be too large are left out."""
    if len(sketch.tensors) * LEAST_LINE <= size_bytes or sketch.recipe.together > 1:
        yield from _folds(sketch)
    if sketch.recipe.together > 1:
        return
    for together, any_kind in steps(len(sketch.tensors)):
        if len(groups(sketch.tensors, together, any_kind)) * LEAST_LINE <= size_bytes:
            yield from _folds(sketch.gather(together, any_kind))


def _folds(sketch: Sketch) -> Iterator[Sketch]:
    yield sketch
    while sketch.recipe.buckets > LEAST_BUCKETS:
        sketch = sketch.fold(sketch.recipe.buckets // 2)
        yield sketch


def write_sketch(sketch: Sketch, path: Path) -> int:
    """Write the sketch and return how many bytes that took; a file that was there is replaced at once."""
    data = encoded(sketch)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)
    return len(data)


def read_sketch(path: Path) -> Sketch:
    """Return the sketch kept in a file.

    Raises:
        WeightsError: If it cannot be read, or is not a sketch.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise WeightsError(f"{path.name} is larger than any sketch")
        return decoded(path.read_bytes())
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
