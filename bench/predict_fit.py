"""Learns what witnesses' words are worth, and how often what they say together is right; `predict.py` prints how well."""

from __future__ import annotations

import json
import time
from pathlib import Path

import duckdb
import msgspec
import numpy as np
from scipy.optimize import isotonic_regression, minimize

from filiation.knowledge import load
from filiation.lineage.prediction.loops import BINS
from filiation.lineage.prediction.pool import SITUATIONS, Pool, Pooled, Weights, weights
from filiation.lineage.prediction.witnesses import AttributeRule, Labels, Neighborhood, attributes, labels, witnesses

WEIGHTS = Path(__file__).parent.parent / "src" / "filiation" / "knowledge" / "prediction_weights.toml"
AT_ONCE = 10_000_000
"""Models that weights are learned from, times values: where there are thousands of values, fewer models do."""
FIT = range(5)
"""Tenths of the families that weights are learned from."""
LEARNED_FROM, CALIBRATED_BY, LEAST_CALIBRATED, RIDGE, KNOTS = 10_000, 6_000, 200, 1e-3, 16
HEARD = ("all", "neighbors")


def tenths(near: Neighborhood) -> np.ndarray:
    """Return which tenth of the families each model is in: int64[k]; by a hash of the root, so that none straddles."""
    root = np.arange(len(near.node))
    for _ in range(64):
        root = np.where(near.parent[root] >= 0, near.parent[root], root)
    return ((root.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(40)).astype(np.int64) % 10


def without(known: Labels, rows: np.ndarray) -> Labels:
    """Return the labels less those of `rows`, bool[k]."""
    count = np.diff(known.start)
    kept = np.repeat(~rows, count)
    return Labels(np.concatenate([[0], np.cumsum(count * ~rows)]), known.value[kept], known.names)


def fitted(near: Neighborhood, known: Labels, rule: AttributeRule, heard: str, rows: np.ndarray) -> Weights:
    """Return weights learned from `rows`, each left out of its own keys."""
    width = len(witnesses()) * 2 * BINS
    center = np.concatenate([[1.0], np.zeros(width)])
    pool = Pool(near, known, rule, hears_own=heard == "all")

    def loss(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = pool.slope(rows, at[0], at[1:])
        return value + RIDGE * ((at - center) ** 2).sum() / 2, gradient + RIDGE * (at - center)

    bounds = [(0, None)] * (width + 1)
    found = minimize(loss, center + 0.2, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 100}).x
    said = np.round(found[1:], 3).reshape(-1, 2, BINS).tolist()
    witness = {one.id: tuple(map(tuple, said[number])) for number, one in enumerate(witnesses())}
    return Weights(round(float(found[0]), 3), witness, models=len(rows))


def calibrated(near: Neighborhood, known: Labels, rule: AttributeRule, part: np.ndarray, heard: str, plain: Weights) -> Weights:
    """Return the weights with the curves of how often a probability is right, one for each situation.

    That is counted where whole families are hidden, one tenth after the other of those that weights are learned from; where
    relatives speak, also of models that are left out alone: these mostly lack what others of their family have.
    """
    random = np.random.default_rng(5)
    plain = msgspec.structs.replace(plain, knots={})
    seen: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []

    def ask(hidden: np.ndarray, candidates: np.ndarray, *, is_counted: bool) -> None:
        rows = np.sort(random.permutation(np.flatnonzero(candidates & (np.diff(known.start) > 0)))[:CALIBRATED_BY])
        pool = Pool(near, without(known, hidden), rule, hears_own=heard == "all")
        pooled, situation = pool.answer(rows, plain, is_counted=is_counted), pool.situation(is_counted=is_counted)[rows]
        kept = situation == SITUATIONS.index("relatives") if is_counted else np.ones(len(rows), bool)
        seen.append((situation[kept], pooled.confidence[kept], right(known, rows, pooled)[kept]))

    for tenth in FIT:
        ask(part == tenth, part == tenth, is_counted=False)
    ask(np.zeros(len(part), bool), np.isin(part, FIT), is_counted=True)
    situation, p, hit = (np.concatenate(columns) for columns in zip(*seen, strict=True))
    inside = {name: situation == number for number, name in enumerate(SITUATIONS)}
    return msgspec.structs.replace(
        plain, knots={name: _knots(p[one], hit[one]) for name, one in inside.items() if one.sum() >= LEAST_CALIBRATED}
    )


def _knots(p: np.ndarray, hit: np.ndarray) -> tuple[tuple[float, float], ...]:
    """Return a few points of the monotone curve of how often a probability is right."""
    order = np.argsort(p)
    rate = isotonic_regression(hit[order].astype(float)).x
    at = np.unique(np.linspace(0, len(p) - 1, KNOTS).astype(int))
    blocks = [slice(max(0, one - len(p) // (2 * KNOTS)), one + len(p) // (2 * KNOTS) + 1) for one in at]
    points = {round(float(p[order][block].mean()), 4): round(float(rate[block].mean()), 4) for block in blocks}
    return tuple(sorted(points.items()))


def right(known: Labels, rows: np.ndarray, pooled: Pooled) -> np.ndarray:
    """Return where the value is among those declared: bool[s]."""
    count = known.start[rows + 1] - known.start[rows]
    which = np.repeat(np.arange(len(rows)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(known.start[rows], count)
    hit = np.zeros(len(rows), bool)
    np.logical_or.at(hit, which, known.value[place] == pooled.value[which])
    return hit


def fit(con: duckdb.DuckDBPyConnection, near: Neighborhood, part: np.ndarray, only: list[str], *, anew: bool) -> None:
    """Learn the weights of every attribute, or of `only` some, and write them into the package.

    Where not `anew`, weights stay as they are and only the curves of how often they are right are drawn again.
    """
    random = np.random.default_rng(0)
    kept = {name: weights(name) for name in load("prediction_weights")}
    learned = np.isin(part, FIT)
    for rule in attributes():
        if only and rule.id not in only:
            continue
        known = without(labels(con, rule, near), ~learned)
        rows = np.flatnonzero(np.diff(known.start) > 0)
        rows = np.sort(random.permutation(rows)[: min(LEARNED_FROM, AT_ONCE // max(len(known.names), 1))])
        for heard in HEARD:
            began = time.process_time()
            plain = fitted(near, known, rule, heard, rows) if anew else kept[rule.id][heard]
            kept.setdefault(rule.id, {})[heard] = calibrated(near, known, rule, part, heard, plain)
            print(f"{rule.id:14}{heard:10} learned from {len(rows):,} models, {time.process_time() - began:.0f} s", flush=True)
        WEIGHTS.write_text(_written(kept), encoding="utf-8")
    load.cache_clear()


def _written(kept: dict[str, dict[str, Weights]]) -> str:
    lines = ["# How much each witness's word is worth; written by bench/predict.py --fit from the Hub of July 2024.", ""]
    for name, by_heard in kept.items():
        for heard, found in by_heard.items():
            lines += [f"[{name}.{heard}]", f"prior = {found.prior}", f"models = {found.models}", f"[{name}.{heard}.knots]"]
            lines += [f"{situation} = {json.dumps([list(knot) for knot in one])}" for situation, one in found.knots.items()]
            lines += [f"[{name}.{heard}.witness]"]
            lines += [f"{witness} = {json.dumps([list(row) for row in one])}" for witness, one in found.witness.items()]
            lines.append("")
    return "\n".join(lines)
