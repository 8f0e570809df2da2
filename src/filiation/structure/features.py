"""What is looked at in a structure: words of names, ratios of shapes, both together; each kind can be missing.

A feature is a text, kept as a hash of 32 bits. Its first letters are its kind: ``f`` whole names, ``n`` their ends, ``w``
words, ``p`` where names begin, ``c`` how often a name comes in a layer, ``r`` roles, ``e`` parts that have tensors, without
what stands before the base model's, ``q`` what that is, and which such parts there are together; ``s`` shapes as ratios to the
width, ``m`` how often a shape comes in a layer, ``b`` what a layer is made of, ``d`` single dimensions, ``g`` the whole; ``j``
names and ``t`` roles with shapes, ``h`` whether a head gives one number.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from math import log2
from zlib import crc32

import numpy as np

from filiation.formats.tensor_contents import is_wrapper
from filiation.structure.rows import NUMBER, Row
from filiation.weights.roles import role

KINDS = ("f", "n", "w", "p", "c", "r", "s", "m", "b", "d", "g", "j", "t", "h", "e", "q")
OF_NAMES = frozenset("fnwpcreq")
OF_SHAPES = frozenset("smbdg")
RECIPE = "structure-3"
"""Changes whenever equal structures would get other features."""
WRAPPERS = frozenset({"_orig_mod", "_forward_module", "_fsdp_wrapped_module", "ema_model", "auto_model"})
"""Besides those of `formats.tensor_contents`: words of training code and containers; no library calls a part of a model so."""
BUFFERS = frozenset({"num_batches_tracked", "position_ids", "inv_freq", "masked_bias", "relative_position_index"})
"""What some releases of a library write and others do not."""
SUFFIXES = {
    "kernel": "weight",
    "gamma": "weight",
    "beta": "bias",
    "scale": "weight",
    "embedding": "weight",
    "embeddings": "weight",
}
"""What TensorFlow and Flax call the last part of a name."""
ANONYMOUS = "onnx"
"""Before the names that an export to ONNX makes up for matrices."""
EXACT = 16
"""Dimensions up to this are what they are: kernels, patches, channels; larger ones are ratios to the width."""
VOCABULARY = 4_000
PARTS = frozenset({
    "encoder", "decoder", "layers", "layer", "h", "blocks", "vision_model", "text_model", "language_model", "vision_tower",
    "visual", "embeddings", "stages", "features", "image_encoder", "audio_tower", "down_blocks", "up_blocks",
    "transformer_blocks", NUMBER,
})  # fmt: skip
"""A word before most names that is a part of the model, and not the base model as its class with a head calls it."""


def features(rows: Sequence[Row]) -> dict[int, str]:
    """Return the hashed features of a structure, each with its kind.

    Law: wrappers in front of all names, the order of tensors and the numbers of layers do not matter.
    """
    named = [Row(_path(row.path), row.shape, row.count) for row in rows if row.path and row.path[-1] not in BUFFERS]
    layers = _layers(named)
    width = _width(named)
    found: dict[int, str] = {}
    for text in (*_of_names(named, layers), *_of_base(named), *_of_shapes(named, layers, width), *_of_both(named, width)):
        found[hash_of(text)] = text[0]
    return found


def hash_of(text: str) -> int:
    """Return what is kept of a feature."""
    return crc32(text.encode("utf-8", "surrogatepass"))


def hashed(rows: Sequence[Row]) -> tuple[np.ndarray, np.ndarray]:
    """Return the features as hashes, uint32[n] sorted, and the index of each one's kind in `KINDS`, uint8[n]."""
    found = features(rows)
    hashes = np.array(sorted(found), dtype=np.uint32)
    return hashes, np.array([KINDS.index(found[int(key)]) for key in hashes], dtype=np.uint8)


def _path(path: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path without wrappers, its last part as torch calls it."""
    start = 0
    while start < len(path) - 1 and _is_wrapper(path[start], path[start + 1]):
        start += 1
    if "auto_model" in path[start : start + 4]:  # sentence-transformers number their parts
        start = path.index("auto_model") + 1 if path[-1] != "auto_model" else start
    path = path[start:]
    if path and path[-1] == NUMBER and len(path) > 1:
        path = path[:-1]  # TensorFlow counts the outputs of a variable
    return (*path[:-1], SUFFIXES.get(path[-1], path[-1])) if path else path


def _is_wrapper(part: str, following: str) -> bool:
    """Return whether a word says nothing; of `model`, which tells a base model of its head, only before another such word."""
    return part in WRAPPERS or (is_wrapper(part) and (part != "model" or following in WRAPPERS or following == "module"))


def _layers(rows: Iterable[Row]) -> int:
    """Return how often the most frequent count of rows with a number is: the number of layers, or of experts in them."""
    counts: Counter[int] = Counter()
    for row in rows:
        if NUMBER in row.path:
            counts[row.count] += 1
    return max(counts, key=lambda count: (counts[count], count), default=1)


def _width(rows: Iterable[Row]) -> int:
    """Return the dimension that most tensors have, of those that are no small number."""
    counts: Counter[int] = Counter()
    for row in rows:
        for side in {side for side in row.shape if side > EXACT}:
            counts[side] += row.count
    return max(counts, key=lambda side: (counts[side], side), default=1)


def _of_names(rows: Sequence[Row], layers: int) -> Iterator[str]:
    common = len({row.path[0] for row in rows if row.path}) == 1
    seen: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        seen[row.path] += row.count
    for path, count in seen.items():
        words = [part for part in path if part != NUMBER]
        whole = ".".join(path)
        yield f"f|{whole}"
        if len(path) > 2:
            yield f"f|{'.'.join(path[1:])}"
        yield f"n|{'.'.join(words[-2:])}"
        yield f"n|{'.'.join(words[-3:])}"
        for word in words:
            yield f"w|{word}"
        if not common:
            yield f"p|{words[0] if words else ''}"
            yield f"p|{'.'.join(words[:2])}"
        yield f"c|{'.'.join(words[-3:])}|{_times(count, layers)}"
        known = role(whole.replace(NUMBER, "0"))
        yield f"r|{known.kind}.{known.part}"
    if common:
        yield f"p|={rows[0].path[0]}"
    yield f"f|={_digest('.'.join(path) for path in seen)}"
    yield f"f|={_digest('.'.join(path[1:]) for path in seen if len(path) > 2)}"


def _of_base(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what is the same whether a base model stands alone, inside a model with a head, or inside a wrapper."""
    prefix, parts = without_base([row for row in rows if row.path[0] != ANONYMOUS])
    yield f"q|{'.'.join(prefix)}"
    yield f"q|={_digest('.'.join(path) for path in parts)}"
    for path in parts:
        yield f"e|{'.'.join(path)}"


def without_base(rows: Sequence[Row]) -> tuple[list[str], set[tuple[str, ...]]]:
    """Return the words before the names of the base model, and the parts that have tensors, without these words."""
    names, prefix = [row.path for row in rows], []
    while names and min(len(path) for path in names) > 1 and len({path[0] for path in names}) == 1:
        prefix.append(names[0][0])
        names = [path[1:] for path in names]
    base = base_of([Row(path, row.shape, row.count) for path, row in zip(names, rows, strict=True)])
    if base:
        prefix.append(base)
        names = [path[1:] if path[0] == base and len(path) > 1 else path for path in names]
    return prefix, {path[:-1] or path for path in names}


def base_of(rows: Sequence[Row]) -> str:
    """Return the first word of most tensors; empty where it is that of all, or of few, or names a part of a model."""
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.path[0]] += row.count
    word, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return word if len(counts) > 1 and word not in PARTS and count > 0.6 * sum(counts.values()) else ""


def _of_shapes(rows: Sequence[Row], layers: int, width: int) -> Iterator[str]:
    seen: Counter[tuple[int, ...]] = Counter()
    for row in rows:
        seen[tuple(sorted(row.shape, reverse=True))] += row.count
    blocks: defaultdict[str, list[str]] = defaultdict(list)
    axes: Counter[int] = Counter()
    for shape, count in seen.items():
        ratio = _ratios(shape, width)
        times = _times(count, layers)
        axes[len(shape)] += count
        yield f"s|{ratio}"
        yield f"m|{ratio}|{times}"
        blocks[times].append(ratio)
        for side in shape:
            if side > EXACT and side != width:
                yield of_side(side)
    yield f"d|width {width}"
    for times, ratios in blocks.items():
        yield f"b|{times}|{' '.join(sorted(ratios))}"
        yield f"b|{times}|{' '.join(sorted(ratio for ratio in ratios if ' ' not in ratio))}"
    total = sum(axes.values())
    for number, count in axes.items():
        yield f"g|{number} axes {_bucket(count / layers)}"
        yield f"g|{number} axes {round(8 * count / total)}/8"
    yield f"g|{_bucket(total / layers)}"


def of_side(side: int) -> str:
    """Return the feature of a dimension, such as the number of tokens."""
    return f"d|{side}"


def _of_both(rows: Sequence[Row], width: int) -> Iterator[str]:
    for row in rows:
        words = [part for part in row.path if part != NUMBER]
        ratio = _ratios(tuple(sorted(row.shape, reverse=True)), width)
        yield f"j|{'.'.join(words[-3:])}|{ratio}"
        known = role(".".join(row.path).replace(NUMBER, "0"))
        yield f"t|{known.kind}.{known.part}|{ratio}"
        if row.count == 1 and len(row.shape) == 2 and len(row.path) == len(words) < 5 and words[-1] == "weight":
            yield f"h|{'.'.join(words[-3:])}|{'one' if min(row.shape) == 1 else 'many'}"


def _digest(lines: Iterable[str]) -> int:
    """Return a number that tells which lines there are."""
    return crc32("\n".join(sorted(set(lines))).encode("utf-8", "surrogatepass"))


def _times(count: int, layers: int) -> str:
    if count == layers or layers < 2:
        return "1" if count >= layers else str(count)
    return f"{count / layers:.0f}" if count > layers and count % layers == 0 else f"~{_bucket(count / layers)}"


def _ratios(shape: Sequence[int], width: int) -> str:
    return " ".join(_ratio(side, width) for side in shape) or "one"


def _ratio(side: int, width: int) -> str:
    if side == width:
        return "D"
    if side <= EXACT:
        return str(side)
    if side % width == 0:
        return f"{side // width}D"
    if width % side == 0:
        return f"D/{width // side}"
    return "V" if side > VOCABULARY and side > 4 * width else f"~{_bucket(side / width)}"


def _bucket(value: float) -> str:
    return f"{round(2 * log2(value)) / 2:g}" if value > 0 else "0"
