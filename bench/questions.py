"""Time the questions on the real dump: ``python bench/questions.py --shared ../shared``.

Charts the dump once into ``bench/out/hub.atlas`` where it is not there yet, then prints medians of many runs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.lineage.build import _counts, _graph
from filiation.lineage.questions import critical, impact, reach, trace

OUT = Path(__file__).parent / "out" / "hub.atlas"
COMMAND = Path(sys.executable).parent / "filiation"
DUMPS = ("models.jsonl.gz", "datasets.jsonl.gz")


def milliseconds(function: Callable[[], object], runs: int = 50) -> float:
    """Return the median time of one call, after one that does not count."""
    function()
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        function()
        times.append((time.perf_counter() - start) * 1e3)
    return median(times)


def shell(*arguments: str, runs: int = 7) -> float:
    """Return the median wall time, in milliseconds, of the command as a whole process."""
    return milliseconds(lambda: subprocess.run([COMMAND, *arguments], check=True, capture_output=True), runs)


def row(what: str, value: float, target: float) -> None:
    """Print one line of the table."""
    print(f"{what:<66}{value:>10.3f} ms   target {target:>7,.1f} ms   {'met' if value < target else 'MISSED'}")


def worst_traces(lineage: Lineage, how_many: int) -> list[int]:
    """Return the models with most ancestors among those deepest down: where a trace takes longest."""
    merges = np.unique(lineage.child[lineage.relation == 4])
    sizes = [(len(reach(lineage, int(node), "up").nodes), int(node)) for node in merges]
    return [node for _, node in sorted(sizes, reverse=True)[:how_many]]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--atlas", type=Path, default=OUT)
    options = parser.parse_args()
    if not (options.atlas / "lineage" / "CURRENT").exists():
        dumps = [str(options.shared / "data" / "hub-2024-07" / name) for name in DUMPS]
        subprocess.run([COMMAND, "chart", *dumps, "--at", "2024-07-11", "--atlas", options.atlas], check=True)
    lineage = Lineage.load(options.atlas)
    print(f"{lineage.size:,} nodes, {len(lineage.child):,} edges of descent")
    mistral = lineage.find(Ref.parse("mistralai/Mistral-7B-v0.1"))
    largest = int(np.argmax(lineage.descendants))
    worst = worst_traces(lineage, 50)
    rng = np.random.default_rng(7)
    random = rng.choice(np.unique(lineage.child), 200).tolist()
    for node in (largest, mistral):
        label = f"impact of {lineage.ref(node)} ({lineage.descendants[node]:,} below)"
        row(label, milliseconds(lambda node=node: impact(lineage, node)), 10)
    row("trace, median of 200 random models", median(milliseconds(lambda n=n: trace(lineage, n), 5) for n in random), 1)
    slowest = max(worst, key=lambda n: milliseconds(lambda: trace(lineage, n), 5))
    ancestors = len(reach(lineage, slowest, "up").nodes)
    row(f"the walk of the slowest trace ({ancestors} ancestors)", milliseconds(lambda: reach(lineage, slowest, "up"), 200), 1)
    row("the same with its answer written out", milliseconds(lambda: trace(lineage, slowest), 200), 1)
    graph = _graph(lineage.size, lineage.child, lineage.parent)
    row("counting below every node (done when charting)", milliseconds(lambda: _counts(lineage.size, graph, graph), 5), 2000)
    row("critical, by descendants", milliseconds(lambda: critical(lineage, "descendants"), 10), 2000)
    row("critical, by dominated", milliseconds(lambda: critical(lineage, "dominated"), 10), 2000)
    atlas = ("--atlas", str(options.atlas))
    row("shell: filiation trace (slowest)", shell("trace", lineage.ref(slowest), *atlas), 700)
    row("shell: filiation impact mistralai/Mistral-7B-v0.1", shell("impact", "mistralai/Mistral-7B-v0.1", *atlas), 700)
    row("shell: filiation find mistral 7b", shell("find", "mistral", "7b", *atlas), 700)
    row("shell: filiation show mistralai/Mistral-7B-v0.1", shell("show", "mistralai/Mistral-7B-v0.1", *atlas), 700)
    row("shell: filiation --help", shell("--help"), 250)


if __name__ == "__main__":
    main()
