"""Fits the thresholds of ``knowledge/kinship.toml`` on half of the families, and prints them."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from kinship_absent import asked
from kinship_family import Member, first_copies
from kinship_thinned import Arrays, fit_thinned
from safetensors.torch import load_file
from scipy.optimize import minimize

from filiation.knowledge import load
from filiation.weights.adapter_change import is_adapter
from filiation.weights.comparison import Comparison, compare
from filiation.weights.direction import features
from filiation.weights.kinship import judged, kinship
from filiation.weights.parentage import parentage
from filiation.weights.rounding_loss import grain
from filiation.weights.sketch import Sketch, sketch

MOVED = {"finetune", "checkpoint", "partial-finetune", "adapter-merged"}


def fit(families: dict[str, list[Member]], folder: Path) -> None:
    """Print everything that is fitted, of the families in `folder`."""
    edges = [
        (child, compare(parent.sketch, child.sketch))
        for members in families.values()
        for parent, child in _edges(members)
        if not is_adapter(child.sketch)
    ]
    strangers = [
        compare(a.sketch, b.sketch)
        for a, b in itertools.product(*(m[:30] for m in families.values()))
        if not is_adapter(a.sketch) and not is_adapter(b.sketch)
    ]
    _kin(edges, strangers)
    _training(edges)
    _direction(edges)
    _rounding(edges)
    _integers(families)
    _confidence(edges, strangers)
    _parents(families)
    fit_thinned(folder, list(families))
    _path(families)


def _edges(members: Sequence[Member]) -> list[tuple[Member, Member]]:
    by_name = {one.name: one for one in members}
    return [(by_name[parent], child) for child in members for parent in child.parents]


def _kin(edges: Sequence[tuple[Member, Comparison]], strangers: Sequence[Comparison]) -> None:
    kin = [pair.likeness for child, pair in edges if child.truth.get("how") != "permuted"]
    strange = [pair.likeness for pair in strangers]
    middle = (min(kin) + max(strange)) / 2
    print(f"[kin] likeness: kin from {min(kin):.3f}, strangers up to {max(strange):.3f}: half way {middle:.2f}")


def _training(edges: Sequence[tuple[Member, Comparison]]) -> None:
    tuned = [pair.distance for child, pair in edges if child.relation == "finetune"]
    run = [pair.distance for child, pair in edges if child.relation == "checkpoint"]
    middle = (max(tuned) * min(run)) ** 0.5
    print(f"[training] run_distance: fine-tunes to {max(tuned):.3f}, runs from {min(run):.3f}: half way {middle:.2f}")


def logistic(x: np.ndarray, y: np.ndarray, ridge: float = 0.02) -> np.ndarray:
    """Return the weights, float64[f], that make ``1 / (1 + exp(-x w))`` fit y, bool[n]."""

    def loss(w: np.ndarray) -> float:
        return float(np.logaddexp(0, np.where(y, -1, 1) * (x @ w)).mean() + ridge * (w @ w))

    return minimize(loss, np.zeros(x.shape[1])).x


def _direction(edges: Sequence[tuple[Member, Comparison]]) -> None:
    x = np.array([features(pair) for child, pair in edges if child.relation in MOVED])
    weights = logistic(np.concatenate([x, -x]), np.repeat([True, False], len(x)))
    right = float(((x @ weights) > 0).mean())
    print(f"[direction] weights = {np.round(weights, 2).tolist()}; right on {right:.3f} of {len(x)} edges, without times")


def _rounding(edges: Sequence[tuple[Member, Comparison]]) -> None:
    for scheme in sorted({str(c.truth["scheme"]) for c, _ in edges if c.relation == "quantized"}):
        seen = [pair.distance for child, pair in edges if child.truth.get("scheme") == scheme]
        print(f"[rounding.schemes] {scheme} = {max(seen):.5f}  # {min(seen):.5f} to {max(seen):.5f}")


def _integers(families: dict[str, list[Member]]) -> None:
    """Print how far fine-tunes stored in eight bits are from what they were, as a share of what their scales foresee."""
    for how, levels in itertools.product(("one for all", "one for each row"), (256, 254)):
        shares, both, said, of_base = [], [], Counter[str](), Counter[str]()
        for members in families.values():
            by_name = {one.name: one for one in members}
            for child in (one for one in members if one.relation == "finetune"):
                made = _stored(child.path, levels, by_row=how != "one for all")
                shares.append(compare(child.sketch, made).distance / grain(made)[0])
                other = _stored(child.path, 510 - levels, by_row=how == "one for all")
                both.append(compare(other, made).distance / np.hypot(grain(made)[0], grain(other)[0]))
                said[str(kinship(child.sketch, made).relation)] += 1
                of_base.update(str(kinship(by_name[parent].sketch, made).relation) for parent in child.parents)
        print(
            f"[rounding] {levels} levels, scales: {how}: {min(shares):.3f} to {max(shares):.3f} of what these foresee, "
            f"two roundings {min(both):.3f} to {max(both):.3f}; called {dict(said)}; of the base {dict(of_base)}",
            flush=True,
        )


def _stored(path: Path, levels: int, *, by_row: bool) -> Sketch:
    """Return the sketch of a model whose matrices were stored in bytes: 256 levels from least to most, or 254 about zero."""
    weights, scales = load_file(path / "model.safetensors"), {}
    for name, value in weights.items():
        if value.ndim < 2:
            continue
        rows = value.reshape(len(value) if by_row else 1, -1)
        low, high = rows.amin(dim=1, keepdim=True).clamp(max=0), rows.amax(dim=1, keepdim=True).clamp(min=0)
        if levels == 254:
            high = torch.maximum(high, -low)
            low = -high
        scale = ((high - low) / (levels - 1 if levels == 256 else levels)).clamp(min=1e-12)
        weights[name] = (torch.round(rows / scale) * scale).reshape(value.shape)
        scales[name] = tuple(scale.flatten().tolist())
    config = json.loads((path / "config.json").read_text(encoding="utf-8"))
    return sketch(Arrays(weights, config, scales), threads=1)


def _confidence(edges: Sequence[tuple[Member, Comparison]], strangers: Sequence[Comparison]) -> None:
    right, said = Counter[str](), Counter[str]()
    for child, pair in edges:
        if child.relation == "merge":
            continue
        told = str(judged(pair).relation)
        said[told] += 1
        right[told] += told == child.relation
    for pair in strangers:
        told = str(judged(pair).relation)
        said[told] += 1
        right[told] += told in {"unrelated", "same-recipe"}
    for relation, count in sorted(said.items()):
        print(f"[confidence] {relation} = {(right[relation] + 1) / (count + 2):.2f}  # {right[relation]} of {count}")


def _path(families: dict[str, list[Member]]) -> None:
    table = load("kinship")["parents"]
    held = dict(table)
    best: list[tuple[int, tuple[float, ...]]] = []
    for back, farther in itertools.product((0.05, 0.1, 0.15, 0.2, 0.25, 0.3), (1.4, 1.7, 2.0)):
        table |= {"back": back, "farther": farther}
        right = 0
        for members in families.values():
            firsts = first_copies(members)
            for child in (one for one in firsts if one.relation == "finetune"):
                others = [one for one in firsts if one.time < child.time]
                found = parentage(child.sketch, [o.sketch for o in others], [o.time for o in others], child.time, 0.0)
                right += {others[p.candidate].name for p in found.parents} == set(child.parents)
        best.append((right, (back, farther)))
    table |= held
    top = max(best)[0]
    print(f"[parents] back, farther: {top} fine-tunes right with {[pair for count, pair in best if count == top]}")


def _parents(families: dict[str, list[Member]]) -> None:
    """Fit how sure a nearest parent is, on children asked with their parents there and withheld, among all and among few."""
    rows, right = [], []
    others: Counter[str] = Counter()
    for timed, part, seed in ((True, 1.0, 0), (False, 1.0, 0), (True, 0.5, 1), (True, 0.25, 2)):
        for one in (one for members in families.values() for one in asked(members, timed=timed, part=part, seed=seed)):
            seen = {said.signal: said.value for said in one.said.evidence}
            if "lead" in seen:
                known = seen.get("explained", 0.0)
                growth = [seen["median growth"], seen["least growth"]]
                rows.append([1.0, seen["lead"], *growth, known * timed, known * (not timed), float(timed)])
                right.append(one.right)
            elif one.said.parents:
                kind = str(one.said.details.get("method", "adapter" if one.said.relation == "adapter" else "exact"))
                others[f"{kind}, {'times' if timed else 'no times'}, {one.said.confidence:.2f}: {one.right}"] += 1
    x, y = np.array(rows), np.array(right)
    weights = logistic(x, y, 0.002)
    sure = 1 / (1 + np.exp(-x @ weights))
    names = "bias, lead, growth, least_growth, explained, explained_untimed, timed"
    print(f"[absent] {names} = {np.round(weights, 2).tolist()}  # {y.sum()} right of {len(y)}")
    print(f"[parents] least: the least sure that was right {sure[y].min():.2f}; below 0.1 {(y & (sure < 0.1)).sum()} right")
    print(f"[parents] others: {dict(sorted(others.items()))}", flush=True)
