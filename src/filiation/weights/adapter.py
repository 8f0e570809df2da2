"""What an adapter says: which model it is for, and the low-rank change of each module.

Source:
    Hu et al. 2021, arXiv 2106.09685 (LoRA); Kalajdzievski 2023, arXiv 2312.03732 (rsLoRA).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Tensor
from filiation.knowledge import load
from filiation.weights.checkpoint import Checkpoint

if TYPE_CHECKING:
    import numpy as np

MAX_FACTOR_VALUES = 1 << 28
_PARTS = ("down", "up", "embedding_down", "embedding_up", "alpha", "magnitude")


class Pair(msgspec.Struct, frozen=True):
    """The change of one module: ``scale * up @ down``, of the shape outputs x inputs.

    Attributes:
        target: The module's name, as its model calls it or as the dialect spells that.
        down: Half that is rank x inputs once it is turned; dimensions of a convolution follow.
        up: Half that is outputs x rank once it is turned.
        rank: Of the change, at most.
        scale: What the product is multiplied by.
        transposed: Whether both halves lie the other way round.
        embedding: Whether what is changed is a table, tokens x width, by the transpose of the product.
    """

    target: str
    down: Tensor
    up: Tensor
    rank: int
    scale: float
    transposed: bool = False
    embedding: bool = False


class Adapter(msgspec.Struct, frozen=True):
    """What an adapter's configuration and tensors say.

    Attributes:
        method: ``lora``, ``dora``, or another by the names in ``knowledge/adapter_parts.toml``; empty where not known.
        base: The model that it is for, as the configuration names it; empty where it does not.
        revision: Of that model; empty where none is named.
        rank: The one of most pairs; 0 without pairs.
        targets: Last parts of the names of what is changed, in order.
        pairs: In the order of the file.
        halves: Tensors that are half of a pair whose other half is not there, or does not fit.
        others: Tensors that are trained whole, or belong to another method.
    """

    method: str
    base: str
    revision: str
    rank: int
    targets: tuple[str, ...]
    pairs: tuple[Pair, ...]
    halves: tuple[Tensor, ...]
    others: tuple[Tensor, ...]


class _Part(NamedTuple):
    target: str
    part: str
    transposed: bool


def adapter_of(checkpoint: Checkpoint) -> Adapter | None:
    """Return what `checkpoint` says as an adapter; None where it is none: no configuration of one, and no pairs."""
    told = checkpoint.adapter or {}
    parts: dict[str, dict[str, tuple[Tensor, _Part]]] = {}
    others = []
    for tensor in checkpoint.tensors:
        part = _part_of(tensor.name, checkpoint.format)
        if part is None:
            others.append(tensor)
        else:
            parts.setdefault(part.target, {})[part.part] = (tensor, part)
    alphas = {target: found["alpha"][0] for target, found in parts.items() if "alpha" in found}
    pairs, halves = _pairs(parts, told, {target: _scalar(checkpoint, tensor) for target, tensor in alphas.items()})
    method = _method(told, parts, others)
    if not pairs and not halves and not method:
        return None
    ranks = sorted(pair.rank for pair in pairs)
    return Adapter(
        method=method,
        base=_text(told, "base_model_name_or_path"),
        revision=_text(told, "revision"),
        rank=max(ranks, key=ranks.count, default=0),
        targets=tuple(sorted({re.split(r"[./]", pair.target)[-1] for pair in pairs})),
        pairs=tuple(pairs),
        halves=tuple(halves),
        others=tuple(others),
    )


def factors(checkpoint: Checkpoint, pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    """Return the halves of a change, so that it is ``up @ down``, the scale in the first.

    Returns:
        float32[outputs, rank] and float32[rank, inputs]; of a convolution the inputs of all its positions; of a table
        of tokens float32[tokens, rank] and float32[rank, width].

    Raises:
        WeightsError: If a half is longer than `MAX_FACTOR_VALUES`, or cannot be had.
    """
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    def whole(tensor: Tensor) -> np.ndarray:
        if tensor.size > MAX_FACTOR_VALUES:
            raise WeightsError(f"half of an adapter of {tensor.size:,} values")
        return np.concatenate([*checkpoint.values(tensor), np.zeros(0, np.float32)]).reshape(tensor.shape)

    down, up = whole(pair.down), whole(pair.up)
    if pair.transposed:
        down, up = down.T, up.T
    down, up = down.reshape(pair.rank, -1), up.reshape(-1, pair.rank)
    if pair.embedding:
        down, up = up.T, down.T
    return up * np.float32(pair.scale), down


def _pairs(
    parts: Mapping[str, Mapping[str, tuple[Tensor, _Part]]], told: dict[str, Any], alphas: dict[str, float]
) -> tuple[list[Pair], list[Tensor]]:
    pairs, halves = [], []
    for target, found in parts.items():
        for before in ("", "embedding_"):
            both = [found[before + half] for half in ("down", "up") if before + half in found]
            pair = _pair(target, both, told, alphas, embedding=bool(before)) if len(both) == 2 else None
            if pair is None:
                halves += [tensor for tensor, _ in both]
            else:
                pairs.append(pair)
    return pairs, halves


def _pair(
    target: str, both: list[tuple[Tensor, _Part]], told: dict[str, Any], alphas: dict[str, float], *, embedding: bool
) -> Pair | None:
    """Return the pair; None where the two halves do not fit each other."""
    (down, part), (up, _) = both
    if len(down.shape) < 2 or len(up.shape) < 2:
        return None
    rank = down.shape[-1 if part.transposed else 0]
    if rank == 0 or rank != up.shape[0 if part.transposed else 1]:
        return None
    return Pair(target, down, up, rank, _scale(target, rank, told, alphas), part.transposed, embedding)


def _scale(target: str, rank: int, told: dict[str, Any], alphas: dict[str, float]) -> float:
    """Return what multiplies a change: alpha over rank, or over its root; 1 where nobody says."""
    alpha = alphas.get(target, _pattern_value(told.get("alpha_pattern"), target))
    if alpha is None:
        alpha = _number(told.get("lora_alpha", told.get("alpha")))
    if alpha is None:
        return _number(told.get("scale")) or 1.0
    return alpha / rank**0.5 if told.get("use_rslora") is True else alpha / rank


def _pattern_value(patterns: Any, target: str) -> float | None:
    """Return the value of the first name that `target` ends in; PEFT takes expressions here, which are not run."""
    if not isinstance(patterns, dict):
        return None
    return next((_number(value) for name, value in patterns.items() if ("." + target).endswith("." + str(name))), None)


def _method(told: dict[str, Any], parts: Mapping[str, Mapping[str, Any]], others: list[Tensor]) -> str:
    if told.get("use_dora") is True or any("magnitude" in found for found in parts.values()):
        return "dora"
    if told.get("peft_type"):
        return _text(told, "peft_type").lower()
    if any({"down", "up", "embedding_down"} & found.keys() for found in parts.values()):
        return "lora"
    return next((name for name, pattern in _others().items() if any(pattern.fullmatch(tensor.name) for tensor in others)), "")


def _part_of(name: str, form: str) -> _Part | None:
    for formats, transposed, patterns in _dialects():
        for part, pattern in patterns:
            if (not formats or form in formats) and (found := pattern.fullmatch(name)):
                return _Part(found["target"], part, transposed)
    return None


@cache
def _dialects() -> list[tuple[tuple[str, ...], bool, list[tuple[str, re.Pattern[str]]]]]:
    return [
        (
            tuple(dialect.get("formats", ())),
            dialect.get("transposed", False),
            [(part, re.compile(dialect[part])) for part in _PARTS if part in dialect],
        )
        for dialect in load("adapter_parts")["dialect"]
    ]


@cache
def _others() -> dict[str, re.Pattern[str]]:
    return {name: re.compile(pattern) for name, pattern in load("adapter_parts")["others"].items()}


def _scalar(checkpoint: Checkpoint, tensor: Tensor) -> float:
    return float(next(iter(checkpoint.values(tensor)), [1.0])[0]) if tensor.size == 1 else 1.0


def _number(value: Any) -> float | None:
    return float(value) if type(value) in {int, float} and abs(value) < 1e9 else None


def _text(told: dict[str, Any], key: str) -> str:
    value = told.get(key)
    return value[:500] if isinstance(value, str) else ""
