"""What nobody declared, predicted: ``python bench/predict.py --atlas ATLAS [--shared ../shared] [--fit]``.

ATLAS is the Hub of July 2024, charted: ``filiation chart ../shared/data/hub-2024-07/models.jsonl.gz
../shared/data/hub-2024-07/datasets.jsonl.gz --atlas ATLAS --without predict``. Parts (``--part``): ``hubs``, the published
protocol (majority among sibling leaves of one parent, each left out) beside ours on the same nodes; ``hidden``, an attribute
hidden from a tenth of all families; ``relations``, the relation on two later sets of edges. A family is what hangs on one root
by first parents. Weights are learned from one half of the families (``--fit``, from their labels alone); what is hidden is of
the other half.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec
import numpy as np
from scipy.optimize import isotonic_regression, minimize

from filiation.knowledge import load
from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction.loops import BINS
from filiation.lineage.prediction.pool import Pool, Pooled, Weights, weights
from filiation.lineage.prediction.witnesses import (
    AttributeRule,
    Labels,
    Neighborhood,
    attributes,
    labels,
    neighborhood,
    witnesses,
)
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

ROOT = Path(__file__).parent.parent
WEIGHTS = ROOT / "src" / "filiation" / "knowledge" / "prediction_weights.toml"
SEEN = datetime(2025, 6, 30)  # noqa: DTZ001  # the atlas keeps naive UTC
PARTS = ("hubs", "hidden", "relations")
OUT = Path(__file__).parent / "out" / "hub.atlas"
AT_ONCE = 10_000_000
"""Models that weights are learned from, times values: where there are thousands of values, fewer models do."""
FIT, HIDDEN = range(5), (9,)
"""Tenths of the families: those that weights are learned from, and those that are hidden in the test."""
LEARNED_FROM, ASKED, RIDGE, KNOTS = 10_000, 20_000, 1e-3, 16
HUBS = {"pipeline_tag": (0.881, 64_237), "library": (0.914, 95_868), "license": (0.935, 78_325)}
"""The published protocol's figures on this data, computed independently: accuracy, nodes."""


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


def fitted(near: Neighborhood, known: Labels, rule: AttributeRule, part: np.ndarray, heard: str, rows: np.ndarray) -> Weights:
    """Return weights learned from `rows`, each left out of its own keys.

    How often a probability is right is then counted where whole families are hidden, one tenth after the other of those that
    weights are learned from: as hard a case as any that is asked.
    """
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
    plain = Weights(round(float(found[0]), 3), witness, models=len(rows))
    confidence, hit = [], []
    for tenth in FIT:
        asked = rows[part[rows] == tenth]
        there = Pool(near, without(known, part == tenth), rule, hears_own=heard == "all")
        pooled = there.answer(asked, plain, is_counted=False)
        confidence.append(pooled.confidence)
        hit.append(right(known, asked, pooled))
    return msgspec.structs.replace(plain, knots=_knots(np.concatenate(confidence), np.concatenate(hit)))


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


def fit(con: duckdb.DuckDBPyConnection, near: Neighborhood, part: np.ndarray, only: list[str]) -> None:
    """Learn the weights of every attribute, or of `only` some, and write them into the package."""
    random = np.random.default_rng(0)
    kept = {name: weights(name) for name in load("prediction_weights")}
    learned = np.isin(part, FIT)
    for rule in attributes():
        if only and rule.id not in only:
            continue
        known = without(labels(con, rule, near), ~learned)
        rows = np.flatnonzero(np.diff(known.start) > 0)
        rows = np.sort(random.permutation(rows)[: min(LEARNED_FROM, AT_ONCE // max(len(known.names), 1))])
        kept[rule.id] = {}
        for heard in ("all", "neighbors"):
            began = time.process_time()
            kept[rule.id][heard] = fitted(near, known, rule, part, heard, rows)
            print(
                f"{rule.id:14}{heard:10} learned from {len(rows):,} models in {time.process_time() - began:.0f} s", flush=True
            )
        WEIGHTS.write_text(_written(kept), encoding="utf-8")


def _written(kept: dict[str, dict[str, Weights]]) -> str:
    lines = ["# How much each witness's word is worth; written by bench/predict.py --fit from the Hub of July 2024.", ""]
    for name, by_heard in kept.items():
        for heard, found in by_heard.items():
            lines += [f"[{name}.{heard}]", f"prior = {found.prior}", f"models = {found.models}"]
            lines += ["knots = " + json.dumps([list(knot) for knot in found.knots]), f"[{name}.{heard}.witness]"]
            lines += [f"{witness} = {json.dumps([list(row) for row in one])}" for witness, one in found.witness.items()]
            lines.append("")
    return "\n".join(lines)


def hubs(con: duckdb.DuckDBPyConnection, near: Neighborhood, part: np.ndarray, only: list[str]) -> None:
    """Print the published protocol beside ours, on the same nodes; each node is left out of what tells of it."""
    print("\nleaves of one parent, at least two with a label: share right by the published protocol (as given, here), by the")
    print("majority of all models, by ours from neighbours and from all that is heard; errors left of those of the protocol;")
    print("then the protocol, neighbours and all on the half of the families that no weight was learned from")
    for rule in attributes():
        if rule.id not in HUBS or (only and rule.id not in only):
            continue
        known = labels(con, rule, near)
        rows = np.flatnonzero(_in_hub(con, near, known))
        majority, overall = _majorities(near, known, rows)
        pooled = {heard: _pooled(near, known, rule, rows, heard, is_counted=True) for heard in ("neighbors", "all")}
        ours = {heard: right(known, rows, found) for heard, found in pooled.items()}
        other = ~np.isin(part[rows], FIT)
        left = (1 - ours["neighbors"].mean()) / (1 - majority.mean())
        shares = [majority.mean(), overall.mean(), ours["neighbors"].mean(), ours["all"].mean()]
        held_out = " ".join(f"{one[other].mean():.4f}" for one in (majority, ours["neighbors"], ours["all"]))
        figures = "".join(f"{share:>10.4f}" for share in [HUBS[rule.id][0], *shares, left])
        print(f"{rule.id:14}{len(rows):>8,}{figures}   {held_out}")


def _pooled(
    near: Neighborhood, known: Labels, rule: AttributeRule, rows: np.ndarray, heard: str, *, is_counted: bool
) -> Pooled:
    return Pool(near, known, rule, hears_own=heard == "all").answer(rows, weights(rule.id)[heard], is_counted=is_counted)


def _in_hub(con: duckdb.DuckDBPyConnection, near: Neighborhood, known: Labels) -> np.ndarray:
    """Return which models are leaves of one parent, with at least one labelled sibling like them: bool[k]."""
    rows = con.sql(
        "SELECT child, any_value(parent) AS parent FROM edge JOIN node ON node_id = parent"
        " WHERE set_aside IS NULL AND kind = 'model' GROUP BY child HAVING count(*) = 1"
    ).to_arrow_table()
    parents = con.sql("SELECT DISTINCT parent FROM edge WHERE set_aside IS NULL").to_arrow_table()["parent"].to_numpy()
    parent = np.full(int(near.node.max()) + 1, -1)
    children = rows["child"].to_numpy()
    inside = children < len(parent)
    parent[children[inside]] = rows["parent"].to_numpy()[inside]
    parent = parent[near.node]
    fits = (parent >= 0) & (np.diff(known.start) > 0) & ~np.isin(near.node, parents)
    count = np.bincount(parent[fits], minlength=int(parent.max()) + 1)
    fits[fits] = count[parent[fits]] >= 2
    return fits


def _majorities(near: Neighborhood, known: Labels, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the others of the hub, and where all models, mostly have the value: bool[s], bool[s]."""
    own = known.value[known.start[rows]].astype(np.int64)
    parent = near.parent[rows].astype(np.int64)
    lost = parent < 0
    parent[lost] = -1 - near.node[rows][lost]
    _, hub = np.unique(parent, return_inverse=True)
    table = np.zeros((hub.max() + 1, len(known.names)), np.int32)
    np.add.at(table, (hub, own), 1)
    seen = table[hub]
    seen[np.arange(len(rows)), own] -= 1
    return seen.argmax(axis=1) == own, np.bincount(known.value).argmax() == own


def hidden(con: duckdb.DuckDBPyConnection, near: Neighborhood, part: np.ndarray, only: list[str]) -> None:
    """Print how well an attribute is told that is hidden from a tenth of the families, connected or not."""
    print("\nhidden from a tenth of all families: every model of these that declares it")
    print("(models, share right, right without a known parent, calibration error; share answered: right at 0 .5 .8 .9 .95)")
    random = np.random.default_rng(1)
    for rule in attributes():
        if only and rule.id not in only:
            continue
        known = labels(con, rule, near)
        chosen = np.isin(part, HIDDEN)
        rows = np.sort(random.permutation(np.flatnonzero(chosen & (np.diff(known.start) > 0)))[:ASKED])
        for heard in ("neighbors", "all"):
            pooled = _pooled(near, without(known, chosen), rule, rows, heard, is_counted=False)
            hit = right(known, rows, pooled)
            alone = near.parent[rows] < 0
            steps = "   ".join(
                f"{sure.mean():.3f}: {hit[sure].mean() if sure.any() else float('nan'):.3f}"
                for least in (0, 0.5, 0.8, 0.9, 0.95)
                for sure in [pooled.confidence >= least]
            )
            unconnected = f"{hit[alone].mean():.3f}" if alone.any() else "-"
            error = calibration_error(pooled.confidence, hit)
            print(f"{rule.id:14}{heard:10}{len(rows):>8,}{hit.mean():>8.3f}{unconnected:>10}{error:>10.3f}      {steps}")


def calibration_error(confidence: np.ndarray, hit: np.ndarray, bins: int = 20) -> float:
    """Return the mean distance between confidence and share right, over bins of equal width weighed by how many are in them."""
    which = np.minimum((confidence * bins).astype(int), bins - 1)
    return float(
        sum(abs(hit[which == one].mean() - confidence[which == one].mean()) * (which == one).mean() for one in np.unique(which))
    )


def relations(shared: Path) -> None:
    """Print how the relation to a parent is told on two later sets of edges, of which no weight was learned."""
    print(
        "\nrelation on later edges: models, right by the majority of all, of siblings, by ours; hidden from a tenth of families"
    )
    rule = next(one for one in attributes() if one.id == "relation")
    for source in ("edges-2025-06", "trees-2025-04"):
        with tempfile.TemporaryDirectory() as folder, Atlas.open(Path(folder) / "a.atlas", "create") as atlas:
            observe(atlas, [shared / "data" / source / "edges.csv.gz"], SEEN, None, lambda *_: None)
            build(atlas, lambda *_: None, without=("names", "predict", "audit", "search"))
            near = neighborhood(atlas.con, Lineage.load(atlas.path))
            known, part = labels(atlas.con, rule, near), tenths(near)
            rows = np.flatnonzero((np.diff(known.start) == 1) & (near.parent >= 0))
            siblings, overall = _majorities(near, known, rows)
            ours = right(known, rows, _pooled(near, known, rule, rows, "neighbors", is_counted=True))
            chosen = np.isin(part, HIDDEN)
            asked = np.flatnonzero(chosen & (np.diff(known.start) > 0) & (near.parent >= 0))
            pooled = _pooled(near, without(known, chosen), rule, asked, "neighbors", is_counted=False)
            hit = right(known, asked, pooled)
            error = calibration_error(pooled.confidence, hit)
            print(
                f"{source:16}{len(rows):>7,} models: {overall.mean():.3f}, {siblings.mean():.3f}, {ours.mean():.3f};"
                f" {len(asked):,} hidden: {_mean(hit)}, calibration error {error:.3f}"
            )


def _mean(of: np.ndarray) -> str:
    return f"{of.mean():.3f}" if len(of) else "-"


def main() -> None:
    """Print the parts that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--atlas", type=Path, default=OUT)
    parser.add_argument("--shared", type=Path, default=ROOT.parent / "shared")
    parser.add_argument("--fit", action="store_true", help="learn the weights first, and write them into the package")
    parser.add_argument("--only", action="append", default=[], help="these attributes alone")
    parser.add_argument("--part", action="append", choices=PARTS)
    asked = parser.parse_args()
    with Atlas.open(asked.atlas) as atlas:
        began = time.process_time()
        near = neighborhood(atlas.con, Lineage.load(asked.atlas))
        part = tenths(near)
        seconds = time.process_time() - began
        print(f"{len(near.node):,} models, {len(near.keys.key):,} keys heard, {seconds:.0f} s of processor time")
        if asked.fit:
            fit(atlas.con, near, part, asked.only)
        wanted = asked.part or ([] if asked.fit else PARTS)
        if "hubs" in wanted:
            hubs(atlas.con, near, part, asked.only)
        if "hidden" in wanted:
            hidden(atlas.con, near, part, asked.only)
    if "relations" in wanted:
        relations(asked.shared)


if __name__ == "__main__":
    main()
