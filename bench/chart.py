"""Time the main job on the real dump, beside networkx: ``python bench/chart.py --shared ../shared``.

Each run is a process of its own; times are wall seconds, memory is the peak of the process. ``--growth`` charts the first
95,000, 190,000, 380,000 and 760,000 models as well.
"""

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import msgspec

OUT = Path(__file__).parent / "out"
COMMAND = Path(sys.executable).parent / "filiation"
SIZES = (95_000, 190_000, 380_000, 760_000)


def charted(sources: list[Path], atlas: Path, *, fresh: bool = True) -> dict:
    """Chart `sources` in a process of its own; return its answer, with the wall time of the process."""
    if fresh:
        shutil.rmtree(atlas, ignore_errors=True)
    start = time.perf_counter()
    words = [COMMAND, "chart", *sources, "--at", "2024-07-11", "--atlas", atlas, "--json"]
    answer = json.loads(subprocess.run(words, check=True, capture_output=True).stdout)
    return answer | {"wall": time.perf_counter() - start}


def report(label: str, answer: dict) -> None:
    """Print a run: stages, wall time, memory, what came out."""
    stages = "  ".join(f"{stage['name']} {stage['seconds']:.1f}" for stage in answer["stages"])
    print(
        f"{label:<34}{answer['wall']:>7.1f} s  {answer['peak_rss_bytes'] / 1e9:>5.2f} GB   {stages}"
        f"   ({answer['records']:,} records, {answer['added']:,} added, {answer['edges']:,} edges)"
    )


def networkx_graph(models: Path) -> None:
    """Build the graph of base models and datasets with networkx from the same records, and print what it took."""
    import resource

    import networkx as nx

    start = time.perf_counter()
    graph = nx.DiGraph()
    decode = msgspec.json.Decoder(dict).decode
    with gzip.open(models) as lines:
        for line in lines:
            record = decode(line)
            child = record["id"].lower()
            graph.add_node(child)
            for tag in record.get("tags", ()):
                prefix, _, value = tag.partition(":")
                if prefix in {"base_model", "dataset"} and value != "None":
                    graph.add_edge(value.lower() if prefix == "base_model" else f"dataset:{value.lower()}", child)
    built = time.perf_counter() - start
    components = nx.number_weakly_connected_components(graph)
    knots = sum(1 for knot in nx.strongly_connected_components(graph) if len(knot) > 1)
    start = time.perf_counter()
    below = len(nx.descendants(graph, "mistralai/mistral-7b-v0.1"))
    asked = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{'networkx: read and build only':<34}{built:>7.1f} s  {peak / 1e9:>5.2f} GB   "
        f"({graph.number_of_nodes():,} nodes, {graph.number_of_edges():,} edges, {components:,} components, {knots} cycles;"
        f" {below:,} below Mistral-7B-v0.1 in {asked * 1e3:.0f} ms; nothing stored, resolved, searched)"
    )


def prefix_of(models: Path, size: int) -> Path:
    """Return a dump of the first `size` models."""
    path = OUT / f"models_{size}.jsonl"
    with gzip.open(models) as source, path.open("wb") as target:
        target.writelines(itertools.islice(source, size))
    return path


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--growth", action="store_true", help="chart growing parts of the dump as well")
    parser.add_argument("--runs", type=int, default=1, help="chart the whole so often; each run is printed")
    parser.add_argument("--networkx", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.networkx:
        networkx_graph(options.networkx)
        return
    OUT.mkdir(exist_ok=True)
    dumps = [options.shared / "data" / "hub-2024-07" / name for name in ("models.jsonl.gz", "datasets.jsonl.gz")]
    atlas = OUT / "hub.atlas"
    for run in range(options.runs):
        report(f"chart, models and datasets (run {run + 1})", charted(dumps, atlas))
    for run in range(options.runs):
        report(f"the same dump again (run {run + 1})", charted(dumps, atlas, fresh=False))
    subprocess.run([sys.executable, __file__, "--networkx", dumps[0]], check=True)
    if options.growth:
        for size in SIZES:
            part = prefix_of(dumps[0], size)
            report(f"chart of {size:,} models", charted([part], OUT / "growth.atlas"))
            part.unlink()
        shutil.rmtree(OUT / "growth.atlas", ignore_errors=True)


if __name__ == "__main__":
    main()
