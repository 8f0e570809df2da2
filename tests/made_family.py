"""Weights of a small language model, and what is trained from them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LAYERS, WIDTH = 3, 48


def fresh(seed: int, vocabulary: int, shapes: Mapping[str, tuple[int, int]], dtype: str = "d") -> dict[str, np.ndarray]:
    """Return weights by name: an embedding, then in each layer a matrix of each of `shapes`."""
    maker = np.random.default_rng(seed)
    found = {"model.embed_tokens.weight": maker.standard_normal((vocabulary, WIDTH)).astype(dtype)}
    for layer in range(LAYERS):
        for name, shape in shapes.items():
            found[f"model.layers.{layer}.{name}.weight"] = maker.standard_normal(shape).astype(dtype)
    return found


def tuned(weights: Mapping[str, np.ndarray], seed: int, strength: float) -> dict[str, np.ndarray]:
    """Return what training made of weights: each has moved by `strength` of its spread."""
    maker = np.random.default_rng(seed)
    return {name: value + strength * maker.standard_normal(value.shape).astype(value.dtype) for name, value in weights.items()}
