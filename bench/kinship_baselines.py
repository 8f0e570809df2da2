"""What kinship by sketches is measured against: rules of others, written anew from their papers, on whole weights.

``nearest``: the parent is the nearest earlier model by relative L2 distance over tensors of one name and shape, if it is
near enough. ``mother``: MoTHer (Horwitz et al. 2024, arXiv 2405.18432): largest normalised change of any matrix as the
distance, direction by the sum of kurtoses, a minimum spanning arborescence; which models are of one tree is given to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import networkx as nx
import numpy as np

from filiation.core.errors import FiliationError
from filiation.weights.checkpoint import open_checkpoint

Values = dict[str, np.ndarray]


def values_of(path: Path) -> Values:
    """Return all tensors of a checkpoint by name, flat."""
    with open_checkpoint(path) as checkpoint:
        return {tensor.name: np.concatenate(list(checkpoint.values(tensor))) for tensor in checkpoint.weights}


def distances(models: Sequence[Values]) -> np.ndarray:
    """Return float64[n, n]: relative L2 over the tensors of one name and size; infinite without any."""
    n = len(models)
    result = np.full((n, n), np.inf)
    for i in range(n):
        for j in range(i):
            apart = whole = 0.0
            for name, value in models[i].items():
                other = models[j].get(name)
                if other is not None and other.size == value.size:
                    apart += float(((value - other) ** 2).sum(dtype=np.float64))
                    whole += float((other**2).sum(dtype=np.float64))
            if whole:
                result[i, j] = result[j, i] = np.sqrt(apart / whole)
    return result


def nearest(apart: np.ndarray, times: Sequence[float], limit: float) -> list[int | None]:
    """Return for each model the nearest earlier one; None where that is farther than `limit`."""
    parents: list[int | None] = []
    for i, time in enumerate(times):
        earlier = [j for j, other in enumerate(times) if other < time]
        best = min(earlier, key=lambda j: apart[i, j], default=None)
        parents.append(best if best is not None and apart[i, best] <= limit else None)
    return parents


def mother(models: Sequence[Values]) -> list[int | None]:
    """Return for each model of one tree its parent as MoTHer finds it; None of the root."""
    n = len(models)
    apart = _largest_changes(models)
    outliers = [sum(_kurtosis(v) for name, v in model.items() if "o_proj" in name or "c_proj" in name) for model in models]
    penalty = float(np.mean(apart[np.isfinite(apart)])) if np.isfinite(apart).any() else 1.0
    graph = nx.DiGraph()
    for i in range(n):
        for j in range(n):
            if i != j and np.isfinite(apart[i, j]):  # an edge from parent to child: outliers shrink in fine-tuning
                graph.add_edge(i, j, weight=apart[i, j] + penalty * (outliers[i] < outliers[j]))
    graph.add_node("root")
    for i in range(n):
        graph.add_edge("root", i, weight=1e6)
    tree = nx.minimum_spanning_arborescence(graph)
    return [next((p for p in tree.predecessors(i) if p != "root"), None) for i in range(n)]


def _largest_changes(models: Sequence[Values]) -> np.ndarray:
    n = len(models)
    names = sorted({name for model in models for name, value in model.items() if value.size > 256})
    result = np.full((n, n), np.inf)
    for name in names:
        layer = np.full((n, n), np.nan)
        for i in range(n):
            for j in range(i):
                a, b = models[i].get(name), models[j].get(name)
                if a is not None and b is not None and a.size == b.size:
                    layer[i, j] = layer[j, i] = float(np.abs(a - b).max())
        low, high = (np.nanmin(layer), np.nanmax(layer)) if np.isfinite(layer).any() else (0.0, 1.0)
        scaled = (layer - low) / max(high - low, 1e-30)
        known = np.isfinite(scaled)
        result[known] = np.where(np.isinf(result[known]), scaled[known], np.maximum(result[known], scaled[known]))
    return result


def _kurtosis(values: np.ndarray) -> float:
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    square = float((centred**2).mean())
    return float((centred**4).mean()) / square**2 if square else 0.0


def readable(path: Path) -> Values | None:
    """Return the values, or None of what cannot be read."""
    try:
        return values_of(path)
    except FiliationError:
        return None
