"""Scores of models nobody measured, from their neighbours: ``python bench/predict_scores.py [--shared ../shared]``.

The models of the Open LLM Leaderboard v2 are charted with the base model and the scores that it gives, as cards would carry
them. Then every fifth of them is told by the others: drawn at random (as the atlas's authors do), and drawn so that no
family straddles. Beside ours: the mean of all, and the mean of the five nearest by path among those known.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import tempfile
from collections import deque
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import numpy as np
from predict import tenths

from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction.scores import WITHIN, Benchmark, Regression, benchmarks, spread
from filiation.lineage.prediction.witnesses import Neighborhood, neighborhood
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

METRICS = ("Average ⬆️", "IFEval", "BBH", "MATH Lvl 5", "GPQA", "MUSR", "MMLU-PRO")
FOLDS, NEAREST = 5, 5
SEEN = datetime(2025, 3, 13)  # noqa: DTZ001  # the atlas keeps naive UTC


def records(shared: Path) -> Iterator[str]:
    """Yield each model once, as the Hub would serve it: its name, its parent, its scores."""
    with gzip.open(shared / "data" / "scores" / "open_llm_leaderboard_v2.csv.gz", "rt", encoding="utf-8") as lines:
        by_name = {row["fullname"]: row for row in csv.DictReader(lines)}
    for name, row in by_name.items():
        parent = row["Base Model"]
        results = [{"dataset": {"type": one}, "metrics": [{"type": "accuracy", "value": float(row[one])}]} for one in METRICS]
        tags = [] if parent in {"Removed", "", name} else [f"base_model:{parent}"]
        yield json.dumps({"id": name, "tags": tags, "model-index": [{"name": name, "results": results}]})


def nearest(near: Neighborhood, lineage: Lineage, known: dict[int, float], row: int, otherwise: float) -> float:
    """Return the mean of the nearest that are known by steps along edges either way; that of all where none is connected."""
    seen, level, found = {int(near.node[row])}, deque([int(near.node[row])]), []
    while level and len(found) < NEAREST:
        at = level.popleft()
        below = lineage.child[lineage.child_edge[lineage.child_start[at] : lineage.child_start[at + 1]]]
        for other in [*lineage.parent[lineage.parent_start[at] : lineage.parent_start[at + 1]].tolist(), *below.tolist()]:
            if other not in seen:
                seen.add(other)
                level.append(other)
                found += [known[other]] if other in known else []
    return float(np.mean(found[:NEAREST])) if found else otherwise


def folded(near: Neighborhood, lineage: Lineage, benchmark: Benchmark, fold: np.ndarray) -> dict[str, np.ndarray]:
    """Return what each way tells of every model, told by the other folds."""
    told = {way: np.zeros(len(fold)) for way in ("mean of all", "five nearest", "ours")}
    for one in range(FOLDS):
        known, asked = fold != one, np.flatnonzero(fold == one)
        mean = benchmark.value[known].mean()
        values = dict(zip(near.node[benchmark.row[known]].tolist(), benchmark.value[known].tolist(), strict=True))
        told["mean of all"][asked] = mean
        told["five nearest"][asked] = [nearest(near, lineage, values, int(benchmark.row[row]), mean) for row in asked]
        told["ours"][asked] = Regression(near, benchmark.row[known], benchmark.value[known]).of(benchmark.row[asked])
    return told


def main() -> None:
    """Chart the leaderboard and print the errors of each way."""
    parser = argparse.ArgumentParser(description=__doc__.split(":")[0])
    parser.add_argument("--shared", type=Path, default=Path(__file__).parent.parent.parent / "shared")
    shared = parser.parse_args().shared
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "leaderboard.jsonl"
        listed.write_text("\n".join(records(shared)), encoding="utf-8")
        with Atlas.open(Path(folder) / "a.atlas", "create") as atlas:
            observe(atlas, [listed], SEEN, Kind.MODEL, lambda *_: None)
            build(atlas, lambda *_: None, without=("predict", "audit", "search"))
            lineage = Lineage.load(atlas.path)
            near = neighborhood(atlas.con, lineage)
            family = tenths(near)
            print("mean squared error / mean absolute error / correlation; the range is to hold " + f"{WITHIN:.0%}")
            for benchmark in benchmarks(atlas.con, near):
                random = np.random.default_rng(1).integers(0, FOLDS, len(benchmark.row))
                for drawn, fold in (("at random", random), ("by family", family[benchmark.row] % FOLDS)):
                    off = spread(near, benchmark)
                    cells = []
                    for way, told in folded(near, lineage, benchmark, fold).items():
                        error = told - benchmark.value
                        alike = np.corrcoef(told, benchmark.value)[0, 1]
                        cells.append(f"{way} {(error**2).mean():.1f} / {np.abs(error).mean():.2f} / {alike:.3f}")
                    held = "" if off is None else f"; range of {off:.1f} holds {(np.abs(error) <= off).mean():.3f}"
                    print(f"{benchmark.name:26}{drawn}: {'; '.join(cells)}{held}")


if __name__ == "__main__":
    main()
