"""How well lineage is recovered from the similarity matrices of MDGBench's published fingerprints, dev half.

``python bench/mdgbench.py --shared ../shared``. Every figure is from left-one-cluster-out: weights, calibration and
thresholds for the models of a cluster come from the other clusters alone, thresholds from a second round of the same within
those. Candidates are drawn from all 73 models; only rows marked "oracle clusters" know which belong together. The relations
are not used.
``--fit`` prints the weights of ``knowledge/recovery.toml``.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
from mdgbench_charting import MEASURES, Bench, Edges, Ours, chosen_within, merged

from filiation.lineage.recovery_score import EVIDENCE, GROUPS

LEAF = re.compile(r"gguf|gptq|awq|bnb|w8a8|[48]-?bit|q\d_|exl2|int[48]|lora|adapter|peft", re.IGNORECASE)
DRAWS = 4000


def best_threshold(said: Sequence[tuple[float, bool]], children: int) -> float:
    """Return the threshold under which F1 is best, of equals the highest."""

    def f1(least: float) -> float:
        kept = [right for value, right in said if value >= least]
        return 2 * sum(kept) / (len(kept) + children)

    return max(sorted({value for value, _ in said}), key=lambda least: (f1(least), least))


def cheap(bench: Bench, name: str, *, leaves: bool = True, oracle: bool = False) -> Edges:
    """Return the edges of the cheap rule: the most similar earlier model, where it is similar enough."""
    matrix, found = bench.matrix[name], []
    leaf = np.array([leaves and bool(LEAF.search(name.split("/")[1])) for name in bench.names])
    for child in range(len(matrix)):
        able = (bench.time < bench.time[child]) & ~leaf & ~np.isnan(matrix[child])
        if oracle:
            able &= bench.cluster == bench.cluster[child]
        if able.any():
            parent = int(np.where(able, matrix[child], -np.inf).argmax())
            found.append((child, parent, matrix[child, parent]))
    edges: Edges = set()
    for held in sorted(set(bench.cluster)):
        train = [(value, bool(bench.truth[child, parent])) for child, parent, value in found if bench.cluster[child] != held]
        least = best_threshold(train, int(bench.truth[bench.cluster != held].sum()))
        edges |= {
            (bench.names[child], bench.names[parent])
            for child, parent, value in found
            if bench.cluster[child] == held and value >= least
        }
    return edges


def mother(bench: Bench, name: str, *, oracle: bool) -> Edges:
    """Return MoTHer's tree: a minimum arborescence of each cluster over distance plus 0.3 mean distance for a wrong order.

    Its order comes from the kurtosis of weights, which no matrix gives: times stand in for it. Clusters are single linkage at
    the threshold of kinship fitted on the other clusters, or the benchmark's own with `oracle`.
    """
    distance = np.nan_to_num(1 - bench.matrix[name], nan=2.0)
    edges: Edges = set()
    for held in sorted(set(bench.cluster)):
        label = bench.cluster if oracle else _linked(bench, name, frozenset(set(bench.cluster.tolist()) - {int(held)}))
        for group in {int(label[child]) for child in np.flatnonzero(bench.cluster == held)}:
            members = np.flatnonzero(label == group)
            if len(members) < 2:
                continue
            mean = distance[np.ix_(members, members)].mean()
            graph = nx.DiGraph()
            for parent, child in product(members, members):
                if parent != child:
                    late = bench.time[parent] >= bench.time[child]
                    graph.add_edge(int(parent), int(child), weight=float(distance[child, parent] + 0.3 * mean * late + 1))
            tree = nx.minimum_spanning_arborescence(graph)
            edges |= {(bench.names[c], bench.names[p]) for p, c in tree.edges if bench.cluster[c] == held}
    return edges


def _linked(bench: Bench, name: str, train: frozenset[int]) -> np.ndarray:
    measure = bench.measure(name, train)
    everyone = np.arange(len(bench.names))
    linked = np.array([measure.kin(np.concatenate([[child], everyone])) > 0 for child in everyone])
    graph = nx.from_numpy_array(linked.astype(int))
    label = np.zeros(len(bench.names), int)
    for number, group in enumerate(nx.connected_components(graph)):
        label[list(group)] = number
    return label


def interval(bench: Bench, edges: Edges) -> tuple[float, float]:
    """Return between what F1 lies in nine of ten draws of as many clusters, with replacement."""
    cluster, edges = dict(zip(bench.names, bench.cluster.tolist(), strict=True)), merged(edges)
    counts = np.zeros((max(cluster.values()) + 1, 3))
    for column, some in enumerate((edges & bench.edges, edges, bench.edges)):
        np.add.at(counts[:, column], [cluster[child] for child, _ in some], 1)
    drawn = counts[np.random.default_rng(0).integers(0, len(counts), (DRAWS, len(counts)))].sum(1)
    low, high = np.percentile(2 * drawn[:, 0] / (drawn[:, 1] + drawn[:, 2]), (5, 95))
    return float(low), float(high)


def show(what: str, bench: Bench, edges: Edges) -> None:
    """Print one row of the table."""
    precision, recall, f1 = bench.score(edges)
    low, high = interval(bench, edges)
    print(f"| {what} | {precision:.2f} | {recall:.2f} | {f1:.3f} | {low:.2f} to {high:.2f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--fit", action="store_true", help="print the weights fitted on all clusters")
    parser.add_argument("--brief", action="store_true", help="leave the ablations out")
    options = parser.parse_args()
    bench = Bench(options.shared)
    if options.fit:
        print_weights(bench)
        return
    print(f"{len(bench.names)} models, {len(bench.edges)} edges\n\n| | P | R | F1 | nine of ten |\n|---|--:|--:|--:|--:|")
    for name in MEASURES:
        show(f"{name}: cheap rule", bench, cheap(bench, name))
        show(f"{name}: cheap rule, no leaves", bench, cheap(bench, name, leaves=False))
        show(f"{name}: cheap rule, oracle clusters", bench, cheap(bench, name, oracle=True))
        show(f"{name}: MoTHer's rules, times for kurtosis", bench, mother(bench, name, oracle=False))
        show(f"{name}: MoTHer's rules, oracle clusters", bench, mother(bench, name, oracle=True))
    for measures in ((), ("huref",), ("pdf",), ("reef",), ("huref", "pdf"), MEASURES):
        title = " + ".join(measures) or "names, times and kinds only"
        show(f"{title}: ours", bench, Ours(bench, measures).edges())
    pair = ("huref", "pdf")
    show("huref + pdf: ours, heard together only", bench, Ours(bench, pair, alone=False).edges())
    show("huref + pdf: ours, oracle clusters", bench, Ours(bench, pair, oracle=True).edges())
    ways = product((pair, MEASURES), (True, False), (1.0, 3.0))
    every = [Ours(bench, measures, alone=alone, ridge=ridge) for measures, alone, ridge in ways]
    show("each cluster in the way that is best within the others, of 8", bench, chosen_within(every))
    if not options.brief:
        ablations(bench)


def ablations(bench: Bench) -> None:
    """Print what each piece of evidence is worth: everything is fitted again without it."""
    measures = ("huref", "pdf")
    for name in (*EVIDENCE[:-1], "all priors"):
        without = tuple(GROUPS) if name == "all priors" else (name,)
        show(f"huref + pdf: ours without {name}", bench, Ours(bench, measures, without).edges())
    show("huref + pdf: ours, one parent each", bench, Ours(bench, measures, merges=False).edges())
    reliability(bench, Ours(bench, measures))


def reliability(bench: Bench, ours: Ours) -> None:
    """Print how often edges of a confidence are right, and what abstaining buys."""
    found = [
        (value, bool(bench.truth[child, parent]), yes)
        for found in ours.found.values()
        for child, parent, value, yes in found.said
    ]
    print("\n| confidence | edges | said | right |\n|---|--:|--:|--:|")
    for low, high in ((0, 0.1), (0.1, 0.3), (0.3, 0.5), (0.5, 0.7), (0.7, 0.9), (0.9, 1.01)):
        inside = [(value, right) for value, right, _ in found if low <= value < high]
        if inside:
            said, right = np.mean(inside, axis=0)
            print(f"| {low} to {min(high, 1)} | {len(inside)} | {said:.2f} | {right:.2f} |")
    print(f"\nBrier score {np.mean([(value - right) ** 2 for value, right, _ in found]):.4f}")
    print("\n| least confidence | P | R |\n|--:|--:|--:|")
    for least in (0.3, 0.5, 0.7, 0.8, 0.9):
        kept = [right for value, right, yes in found if yes and value >= least]
        print(f"| {least} | {np.mean(kept) if kept else 1:.2f} | {sum(kept) / len(bench.edges):.2f} |")


def print_weights(bench: Bench) -> None:
    """Print weights fitted on all clusters: of measures that are heard together, and of each alone."""
    everything = frozenset(bench.cluster.tolist())
    weights, _ = Ours(bench, ("huref", "pdf")).tuned(everything)
    slope, intercept = weights.calibration
    print(f"[weights]\nfirst = {weights.first:.2f}\nmore = {weights.more:.2f}\ncalibration = [{slope:.2f}, {intercept:.2f}]")
    alone = {name: Ours(bench, (name,)).weights(everything).evidence for name in MEASURES}
    for title, found in {"evidence": weights.evidence, **{f"alone.{name}": found for name, found in alone.items()}}.items():
        print(f"\n[weights.{title}]\n" + "\n".join(f"{name} = {value:.2f}" for name, value in found.items()))
    for name in MEASURES:
        measure = bench.measure(name, everything)
        print(f"# {name}: slope {measure.slope:.1f}, intercept {measure.intercept:.1f}")


if __name__ == "__main__":
    main()
