"""How well the lineage of the made families is recovered from sketches.

``python bench/recovered.py --out bench/out/family`` after ``bench/made_family.py``. Models go by numbers, not by names; the
five families lie together, so a parent is sought among all of them. Weights come from two families (ash, cedar); the figures
are those of the other three. Copies of one digest count as one model. ``--fit`` prints the weights of
``knowledge/recovery.toml``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import networkx as nx
import numpy as np
from recovery_prior import fit as fit_evidence

from filiation.knowledge import load
from filiation.lineage.recovery import Recovered, candidates_of
from filiation.lineage.recovery_features import Item
from filiation.lineage.recovery_score import EVIDENCE, Weights, evidence, similarities, weights_of
from filiation.lineage.recovery_sketches import SketchedModels, models_of, recover_sketches
from filiation.weights.adapter_change import adapter_change
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.sketch import sketch
from filiation.weights.sketch_folder import SketchFolder

FITTED_ON = ("ash", "cedar")
DAY_SECONDS = 86_400
FROZEN = ("names", "order", "age", "leaf", "child")
"""Groups that keep the weights that the registry and MDGBench gave them: here names say nothing."""


class Families:
    """The made families: what is true, and their sketches.

    Args:
        out: Where ``made_family.py`` wrote them.
        timed: Whether the models are dated.
    """

    def __init__(self, out: Path, *, timed: bool = True) -> None:
        lines = [json.loads(line) for path in sorted(out.glob("*.jsonl")) for line in path.read_text().splitlines()]
        self.rows = {row["name"]: row for row in lines}
        self.family = [name.split("-")[0] for name in self.rows]
        names = list(self.rows)
        place = {name: number for number, name in enumerate(names)}
        with SketchFolder(out.parent / f"{out.name}-sketches") as folder:
            if len(folder) < len(names):
                for name in names:
                    folder.add(f"made/{place[name]:04}", _sketch(out / name))
        stored = models_of(SketchFolder(out.parent / f"{out.name}-sketches"))
        order = {item.name: number for number, item in enumerate(stored.items)}
        here = [order[f"made/{number:04}"] for number in range(len(names))]
        back = {there: number for number, there in enumerate(here)}
        made = [datetime.fromtimestamp(DAY_SECONDS * self.rows[name]["time"], UTC) if timed else None for name in names]
        items = [Item(f"made/{n:04}", made[n], stored.items[here[n]].kinds) for n in range(len(names))]
        self.models = SketchedModels(
            items,
            lambda number: stored.sketch_of(here[number]),
            lambda number, count: [back[int(other)] for other in stored.nearest(here[number], count)],
        )
        digests = [self.models.sketch_of(number).digest for number in range(len(names))]
        first = {digest: number for number, digest in reversed(list(enumerate(digests)))}
        self.same = [first[digest] for digest in digests]
        self.edges = self.merged((place[name], place[parent]) for name, row in self.rows.items() for parent in row["parents"])
        self.merges = {self.same[place[name]] for name, row in self.rows.items() if len(row["parents"]) > 1}

    def merged(self, edges) -> set[tuple[int, int]]:
        """Return the edges with copies taken together."""
        pairs = {(self.same[child], self.same[parent]) for child, parent in edges}
        return {(child, parent) for child, parent in pairs if child != parent}

    def within(self, edges: set[tuple[int, int]], names: Sequence[str]) -> set[tuple[int, int]]:
        """Return the edges whose child is of one of the families `names`."""
        return {(child, parent) for child, parent in edges if self.family[child] in names}


def _sketch(path: Path):
    with open_checkpoint(path) as checkpoint:
        return sketch(adapter_change(checkpoint) or checkpoint)


def fitted(families: Families, names: Sequence[str], without: Sequence[str] = ()) -> Weights:
    """Return weights fitted on the families `names`."""
    start = weights_of(load("recovery"), "sketches")
    kept = np.array([name not in without for name in EVIDENCE])
    towards = np.array([start.evidence.get(name, 0.0) for name in EVIDENCE]) * kept
    free = np.array([name in start.evidence and name not in FROZEN for name in EVIDENCE]) & kept
    models, rows = families.models, []
    among = candidates_of(models.items, [models], frozenset(n for n, first in enumerate(families.same) if n != first))
    for child in range(len(models.items)):
        if families.family[child] not in names or families.same[child] != child or child in families.merges:
            continue
        others = among(child)
        truth = np.array([(child, families.same[other]) in families.edges for other in others])
        table = evidence(
            models.items[child],
            [models.items[o] for o in others],
            similarities([models], models.items, child, others),
            start.prior,
        )
        rows.append((np.column_stack([table * free, table @ (towards * ~free)]), truth))
    weights = fit_evidence(rows, np.append(towards * free, 1.0), ridge=0.3)
    return msgspec.structs.replace(
        start, evidence=dict(zip(EVIDENCE, (weights[:-1] * free + towards * ~free).tolist(), strict=True))
    )


def figures(what: str, families: Families, found: set[tuple[int, int]], names: Sequence[str]) -> None:
    """Print one row: precision, recall, F1 of edges, share of children whose parents are all right, merges found, strangers."""
    found, true = families.within(families.merged(found), names), families.within(families.edges, names)
    right = len(found & true)
    children = {child for child, _ in true}
    whole = sum({p for c, p in found if c == child} == {p for c, p in true if c == child} for child in children)
    merges = [child for child in families.merges if families.family[child] in names]
    seen = sum({p for c, p in found if c == child} == {p for c, p in true if c == child} for child in merges)
    strange = sum(families.family[child] != families.family[parent] for child, parent in found)
    f1 = 2 * right / max(1, len(found) + len(true))
    print(
        f"| {what} | {right / max(1, len(found)):.3f} | {right / len(true):.3f} | {f1:.3f} | {whole / len(children):.3f} |"
        f" {seen} of {len(merges)} | {strange} |",
        flush=True,
    )


def edges_of(found: Recovered) -> set[tuple[int, int]]:
    """Return the edges that stand."""
    return {(edge.child, edge.parent) for edge in found.edges if not edge.set_aside}


def nearest_older(families: Families, *, timed: bool, least: float) -> set[tuple[int, int]]:
    """Return the baseline: each model's parent is the nearest (older) one, if it is at least so similar."""
    models, edges = families.models, set()
    for child in range(len(models.items)):
        others = [int(o) for o in models.nearest(child, 32) if families.same[int(o)] != families.same[child]]
        if timed:
            others = [o for o in others if models.items[o].created_at < models.items[child].created_at]
        kin = [o for o in others if models.pair(child, o).kinship.kin > least]
        if kin:
            edges.add((child, min(kin, key=lambda o: models.pair(child, o).distance)))
    return edges


def mother(families: Families, names: Sequence[str], *, timed: bool) -> set[tuple[int, int]]:
    """Return MoTHer's tree of each family, whose members it is told: minimum arborescence, kurtosis or times for the order."""
    models, edges = families.models, set()
    for name in names:
        members = [n for n, one in enumerate(families.family) if one == name and families.same[n] == n]
        shift = {n: _order(families, n, timed=timed) for n in members}
        pairs = {(p, c): models.pair(c, p).distance for p in members for c in members if p != c}
        mean = float(np.mean(list(pairs.values())))
        graph = nx.DiGraph()
        for (parent, child), distance in pairs.items():
            graph.add_edge(parent, child, weight=distance + 0.3 * mean * (shift[parent] >= shift[child]) + 1)
        edges |= {(child, parent) for parent, child in nx.minimum_spanning_arborescence(graph).edges}
    return edges


def _order(families: Families, number: int, *, timed: bool) -> float:
    if timed:
        return families.models.items[number].created_at.timestamp()
    columns = families.models.sketch_of(number).tensors
    return -float(np.nansum(columns.kurtosis[~columns.flat]))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("bench/out/family"))
    parser.add_argument("--fit", action="store_true")
    options = parser.parse_args()
    families = Families(options.out)
    held = [name for name in dict.fromkeys(families.family) if name not in FITTED_ON]
    if options.fit:
        weights = fitted(families, FITTED_ON)
        print("[sketches.evidence]\n" + "\n".join(f"{n} = {w:.2f}" for n, w in weights.evidence.items() if w))
        return
    print("| | P | R | F1 | all parents right | merges found | strangers |\n|---|--:|--:|--:|--:|--:|--:|")
    clock = time.process_time()
    found = recover_sketches(families.models)
    spent = time.process_time() - clock
    figures("ours, families that were fitted on", families, edges_of(found), FITTED_ON)
    figures("ours", families, edges_of(found), held)
    silent = msgspec.structs.replace(weights_of(load("recovery"), "sketches"), first=2.0)
    figures("ours, only what weights tell", families, edges_of(recover_sketches(families.models, weights=silent)), held)
    figures("ours, only what is weighed", families, edges_of(recover_sketches(families.models, told=False)), held)
    for name in ("merges", "growth", "precision", "path"):
        families.models.without = frozenset([name])
        figures(f"ours without {name}", families, edges_of(recover_sketches(families.models)), held)
    families.models.without = frozenset()
    figures("nearest older", families, nearest_older(families, timed=True, least=0.5), held)
    figures("MoTHer's rules, family told, times", families, mother(families, held, timed=True), held)
    figures("MoTHer's rules, family told, kurtosis", families, mother(families, held, timed=False), held)
    blind = Families(options.out, timed=False)
    figures("ours, no times", blind, edges_of(recover_sketches(blind.models)), held)
    figures("nearest, no times", blind, nearest_older(blind, timed=False, least=0.5), held)
    pairs = len(families.models._pairs)
    print(f"\n{len(families.models.items)} models, {pairs:,} pairs compared, {spent:.0f} s of processor")


if __name__ == "__main__":
    main()
