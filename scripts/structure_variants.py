"""What happens to a model's tensors on their way: wrappers, other spellings, a head left out, heads of attention pruned."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache

from filiation.structure.features import base_of
from filiation.structure.ranking import head_of
from filiation.structure.rows import NUMBER, Row
from filiation.structure.spelling import gguf_name, plain
from filiation.weights.roles import role

Rows = tuple[Row, ...]


def sized(path: Sequence[str], shape: Sequence[int], count: int) -> Row:
    """Return a row."""
    return Row(tuple(path), tuple(shape), count)


def wrapped(rows: Rows, word: str) -> Rows:
    """Return the rows with a word before all names."""
    return merged(sized((word, *row.path), row.shape, row.count) for row in rows)


def unwrapped(rows: Rows) -> Rows | None:
    """Return the rows without the word before the base model's names; None where there is none."""
    base = base_of(rows)
    if not base:
        return None
    return merged(
        sized(row.path[1:] if row.path[0] == base and len(row.path) > 1 else row.path, row.shape, row.count) for row in rows
    )


def headless(rows: Rows) -> Rows | None:
    """Return what is the base model's; None where nothing else is there."""
    base = base_of(rows)
    return merged(row for row in rows if row.path[0] == base) if base else None


def merged(rows) -> Rows:
    """Return rows in order, equal ones as one."""
    counts: Counter[tuple[tuple[str, ...], tuple[int, ...]]] = Counter()
    for row in rows:
        counts[row.path, row.shape] += row.count
    return tuple(Row(*key, counts[key]) for key in sorted(counts))


def tensorflow(rows: Rows) -> Rows:
    """Return the rows as TensorFlow names and turns them."""
    found = []
    for row in rows:
        last, shape = row.path[-1], row.shape
        kind = role(".".join(row.path)).kind
        if last == "weight" and len(shape) == 1:
            last = "gamma"
        elif last == "bias" and "norm" in kind:
            last = "beta"
        elif last == "weight" and "embed" in kind:
            last = "embeddings"
        elif last == "weight":
            last, shape = ("kernel", (*shape[2:], *shape[1::-1]) if len(shape) > 2 else shape[::-1])
        path = (*row.path[:-1], last)
        found.append(sized(("tf_model", *path), shape, row.count))
    return merged(found)


def onnx(rows: Rows) -> Rows:
    """Return the rows as an export to ONNX keeps them: matrices of linear layers without a name, turned."""
    found = []
    for row in rows:
        linear = len(row.shape) == 2 and row.path[-1] == "weight" and "embed" not in ".".join(row.path).lower()
        found.append(sized(("onnx", "MatMul_#"), row.shape[::-1], row.count) if linear else row)
    return merged(found)


def pruned(rows: Rows, draw: random.Random) -> Rows | None:
    """Return the rows after heads of attention were pruned in some layers; None where none could be."""
    found, cut = [], 0
    for row in rows:
        kind = role(".".join(row.path).replace(NUMBER, "0")).kind
        side = (
            0
            if kind.endswith(("attention.query", "attention.key", "attention.value"))
            else 1
            if kind.endswith("attention.output")
            else -1
        )
        if side < 0 or len(row.shape) <= side or row.count < 2 or row.shape[side] % 8:
            found.append(row)
            continue
        keep = row.shape[side] * draw.choice((2, 4, 5, 6)) // 8
        shape = (*row.shape[:side], keep, *row.shape[side + 1 :])
        found += [sized(row.path, shape, row.count // 2), sized(row.path, row.shape, row.count - row.count // 2)]
        cut += 1
    return merged(found) if cut else None


@cache
def _gguf_map(model_type: str) -> Callable[[str], str | None] | None:
    import gguf
    from gguf.tensor_mapping import get_tensor_name_map

    known = {plain(name): arch for arch, name in gguf.MODEL_ARCH_NAMES.items()}
    told = plain(gguf_name(model_type))
    if told not in known:
        return None
    names = get_tensor_name_map(known[told], 1)
    return lambda name: names.get_name(name, try_suffixes=(".weight", ".bias"))


GENERATING = frozenset({"ForCausalLM", "LMHeadModel", "ForConditionalGeneration"})
ENCODING = frozenset({"Model", "ForMaskedLM", "ForSequenceClassification"})
"""Heads of the classes that llama.cpp's converter takes, of models that write and of those that only read."""
ENCODERS = frozenset(
    {"bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2", "jina-bert-v3", "modern-bert", "eurobert"}
)


def gguf(rows: Rows, model_type: str, architecture: str) -> Rows | None:
    """Return the rows as llama.cpp's converter names them; None where it takes no such class, or knows too few names."""
    names = _gguf_map(model_type)
    encoders = {plain(one) for one in ENCODERS}
    if names is None or head_of(architecture) not in (ENCODING if plain(gguf_name(model_type)) in encoders else GENERATING):
        return None
    found, left = [], 0
    for row in rows:
        path, shape, count = row.path, row.shape, row.count
        if "experts" in path and path.index("experts") + 1 < len(path) and path[path.index("experts") + 1] == NUMBER:
            at = path.index("experts") + 1
            layers = next((other.count for other in rows if other.path[-1] == "weight" and "input_layernorm" in other.path), 1)
            path, shape, count = (path[:at] + path[at + 1 :], (max(1, count // layers), *shape), layers)
        name = names(".".join(path).replace(NUMBER, "0"))
        if name is None:
            left += 1
            continue
        found.append(sized(tuple(NUMBER if part == "0" else part for part in name.split(".")), shape, count))
    return merged(found) if found and left * 10 <= len(rows) else None


def joined(rows: Rows, tied: Rows) -> Rows:
    """Return the rows with those of tied tensors, as files of torch keep them."""
    return merged([*rows, *tied])
