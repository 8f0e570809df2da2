"""Fits what names, times and kinds say of a parent, on families that the Hub's listing of July 2024 declares.

``python bench/recovery_prior.py --shared ../shared`` prints the table ``[prior]`` of ``knowledge/recovery.toml``, and how well
names, times and kinds alone find the parents of a fifth of the families, set apart. A family is a piece of 3 to 17 models of
the declared graph, with up to ten strangers among the candidates. No edge that touches a model of MDGBench is used.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
from scipy.optimize import minimize

from filiation.lineage.recovery_features import PRIOR_FEATURES, Item, prior_features

FAMILIES, LEAST, MOST = 3000, 3, 17
Family = tuple[list[Item], set[tuple[str, str]]]

EDGES = """
WITH seen AS (
    SELECT lower(id) AS low, any_value(id) AS id, min(createdAt) AS made,
           any_value(list_filter(tags, lambda tag: starts_with(tag, 'base_model:'))) AS bases
    FROM read_json('{data}/hub-2024-07/models.jsonl.gz', maximum_object_size = 33554432, columns =
         {{id: 'VARCHAR', createdAt: 'TIMESTAMP', tags: 'VARCHAR[]'}}) GROUP BY 1
),
named AS (SELECT low, id, made, unnest(bases) AS base FROM seen)
SELECT DISTINCT child.id, child.made, parent.id, parent.made
FROM named AS child JOIN seen AS parent ON parent.low = lower(split_part(child.base, ':', -1))
WHERE child.low <> parent.low ORDER BY ALL
"""


def families(shared: Path, count: int, seed: int) -> list[Family]:
    """Return pieces of the declared graph, in which models that have children are met more often than by chance."""
    clusters = json.loads((shared / "data/lineage-truth/mdgbench-dev/clusters.json").read_text(encoding="utf-8"))
    barred = {name.lower() for cluster in clusters for name in cluster}
    parents, children, made = defaultdict(set), defaultdict(set), {}
    for child, child_made, parent, parent_made in duckdb.sql(EDGES.format(data=shared / "data")).fetchall():
        if child.lower() not in barred and parent.lower() not in barred:
            parents[child].add(parent)
            children[parent].add(child)
            made[child], made[parent] = child_made, parent_made
    rng = random.Random(seed)
    starts = sorted(name for name in parents if name in children), sorted(name for name in children if name not in parents)
    pieces = [_piece(rng, starts, parents, children) for _ in range(count)]
    return [
        (
            [Item(name, made[name].replace(tzinfo=UTC)) for name in piece],
            {(child, parent) for child in piece for parent in parents.get(child, ()) if parent in piece},
        )
        for piece in pieces
        if len(piece) >= LEAST
    ]


def _piece(rng: random.Random, starts: tuple[list[str], list[str]], parents: dict, children: dict) -> list[str]:
    piece = [rng.choice(starts[0] if rng.random() < 0.6 else starts[1])]
    size, misses = rng.randint(LEAST, MOST), 0
    while len(piece) < size and misses < 30:
        at = rng.choice(piece)
        steps = parents.get(at, ()) if rng.random() < 0.4 else children.get(at, ())
        steps = sorted(step for step in steps if step not in piece)
        if rng.random() < 0.6:
            steps = [step for step in steps if step in children] or steps
        if steps:
            piece.append(rng.choice(steps))
        else:
            misses += 1
    return piece


def tables(drawn: list[Family], seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for each model of each family, the features of its candidates and which of them are its parents."""
    rng = random.Random(seed)
    pool = [item for items, _ in drawn for item in items]
    result = []
    for items, edges in drawn:
        here = {item.name for item in items}
        strangers = [item for item in rng.sample(pool, rng.choice([0, 0, 4, 10])) if item.name not in here]
        for child in items:
            candidates = [item for item in items if item is not child] + strangers
            truth = np.array([(child.name, item.name) in edges for item in candidates])
            result.append((prior_features(child, candidates), truth))
    return result


def fit(rows: list[tuple[np.ndarray, np.ndarray]], towards: np.ndarray, ridge: float = 1.0) -> np.ndarray:
    """Return the weights under which the true parents, or "none", are likeliest: a conditional logit drawn to `towards`."""
    table, truth = np.concatenate([x for x, _ in rows]), np.concatenate([y for _, y in rows]).astype(float)
    start = np.cumsum([0, *(len(y) for _, y in rows[:-1])])
    owner = np.repeat(np.arange(len(rows)), [len(y) for _, y in rows])
    none = np.array([not y.any() for _, y in rows])

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        score = table @ weights
        most = np.maximum(np.maximum.reduceat(score, start), 0)
        odds, stay = np.exp(score - most[owner]), np.exp(-most)
        whole = np.add.reduceat(odds, start) + stay
        right = np.add.reduceat(odds * truth, start) + np.where(none, stay, 0)
        slope = table.T @ (odds / whole[owner] - odds * truth / right[owner])
        away = weights - towards
        return float(-(np.log(right) - np.log(whole)).sum() + ridge / 2 * away @ away), slope + ridge * away

    return minimize(loss, towards, jac=True, method="L-BFGS-B", options={"maxiter": 500}).x


def main() -> None:
    """Print the weights and the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--families", type=int, default=FAMILIES)
    options = parser.parse_args()
    drawn = families(options.shared, options.families, seed=0)
    cut = len(drawn) * 4 // 5
    weights = fit(tables(drawn[:cut], 1), np.zeros(len(PRIOR_FEATURES)))
    held = tables(drawn[cut:], 2)
    best = [(x @ weights, y) for x, y in held]
    said = [bool(y[score.argmax()]) for score, y in best if score.max() > 0]
    children = sum(y.any() for _, y in best)
    print(f"# {len(drawn):,} families, {cut:,} for fitting; on the others, of {children:,} children: ", end="")
    print(f"precision {np.mean(said):.3f}, recall {sum(said) / children:.3f} ({datetime.now(tz=UTC):%Y-%m-%d})")
    print("[prior]")
    print(re.sub("(?m)^-0.00$", "0.00", "\n".join(f"{n} = {w:.2f}" for n, w in zip(PRIOR_FEATURES, weights, strict=True))))


if __name__ == "__main__":
    main()
