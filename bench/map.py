"""Time the map, and measure what it promises: ``python bench/map.py --atlas bench/out/hub.atlas``.

Each part is a process of its own; times are wall seconds, memory is the peak of the process, compiled code is cached from a
first run. ``--rivals`` lays out the same nodes with igraph and Graphviz, where they are installed.
"""

from __future__ import annotations

import argparse
import dataclasses
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np

from filiation.layout.forest import Forest, forest_of
from filiation.layout.layout import lay_out
from filiation.layout.previous import Layout
from filiation.layout.traits import Coded, Traits, traits_of
from filiation.layout.write import draw, kept_share
from filiation.lineage import kernels
from filiation.lineage.arrays import NULL, Lineage, starts
from filiation.lineage.columns import read_columns
from filiation.lineage.ground import Ground

OUT = Path(__file__).parent / "out"
NEAREST = 10
RIVAL_SECONDS = 600


def read(atlas: Path) -> tuple[Lineage, Traits, float]:
    """Return the lineage and traits of an atlas, and the seconds that the traits took."""
    clock = time.perf_counter()
    lineage = Lineage.load(atlas)
    with duckdb.connect(atlas / "atlas.duckdb", read_only=True) as con:
        traits = traits_of(con, Ground(lineage, read_columns(con)))
    return lineage, traits, time.perf_counter() - clock


def part_of(lineage: Lineage, traits: Traits, keep: np.ndarray) -> tuple[Lineage, Traits]:
    """Return what is left of a registry without the nodes that are not in `keep`, bool[n]."""
    number = np.cumsum(keep) - 1
    edges = keep[lineage.child] & keep[lineage.parent]
    child, parent = (number[ends[edges]].astype(np.int32) for ends in (lineage.child, lineage.parent))
    n = int(keep.sum())
    by_parent = np.argsort(parent, kind="stable").astype(np.int32)
    parent_start, child_start = starts(child, n), starts(parent[by_parent], n)
    order = kernels.topological_order(parent_start, child_start, child[by_parent])
    descendants, _ = kernels.descendant_counts(order, parent_start, child_start, child[by_parent], 500_000_000)
    length = np.diff(lineage.name_start)
    by_edge = {name: getattr(lineage, name)[edges] for name in
               ("relation", "basis", "confidence", "relation_basis", "relation_confidence")}  # fmt: skip
    by_node = {name: getattr(lineage, name)[keep] for name in ("state", "downloads", "license", "dominated")}
    smaller = dataclasses.replace(
        lineage, child=child, parent=parent, descendants=descendants, parent_start=parent_start, child_start=child_start,
        child_edge=by_parent, names=lineage.names[np.repeat(keep, length)],
        name_start=np.concatenate([[0], np.cumsum(length[keep])]),
        sections=tuple((registry, kind, int(keep[:start].sum()), int(keep[:end].sum()))
                       for registry, kind, start, end in lineage.sections), **by_edge, **by_node,
    )  # fmt: skip
    columns = [Coded(column.code[keep], column.words) if isinstance(column, Coded) else column[keep] for column in traits]
    return smaller, Traits(*columns)


def time_map(options: argparse.Namespace) -> None:
    """Print how long layout and tiles take, and what they come to."""
    if options.made:
        from made_registry import made_registry

        (lineage, traits), seconds = made_registry(options.made), {}
    else:
        lineage, traits, traits_seconds = read(options.atlas)
        seconds = {"traits": traits_seconds}
    folder = OUT / "map"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    spent = time.process_time()
    done = draw(lineage, traits, folder, "bench", None, "downloads", seconds)
    again = draw(lineage, traits, folder, "again", Layout.load(folder / done.token / "layout.npz"), "downloads", seconds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    label = f"made registry x {options.made}" if options.made else options.atlas.name
    for name, run in ((label, done), ("  again, from the layout before", again)):
        steps = "  ".join(f"{step} {taken:.1f}" for step, taken in run.seconds.items())
        print(f"{name:<34}{sum(run.seconds.values()):>6.1f} s   {steps}")
    print(f"  {time.process_time() - spent:.1f} s of a processor for both")
    print(
        f"  {done.nodes:,} nodes, {done.lands} lands, {done.tiles} tiles in {done.levels} levels, {done.bytes / 1e6:.1f} MB;"
        f" first view {done.first_view_bytes / 1e3:.0f} kB; peak {peak / 1e9:.2f} GB (of it input {before / 1e9:.2f})"
    )
    shutil.rmtree(folder)


def stability(options: argparse.Namespace) -> None:
    """Print how many stay when a registry grows: within 1 % of the map's width, keeping places and laid out afresh."""
    lineage, traits, _ = read(options.atlas)
    rng = np.random.default_rng(11)
    model = np.asarray(lineage.is_model(np.arange(lineage.size)))
    for share, days in ((0.01, 1), (0.003, 10)):
        joined = np.full(lineage.size, days)
        for day in range(days):
            joined[model & (joined == days) & (rng.random(lineage.size) < share)] = day
        first, layout = _grow(lineage, traits, joined, days)
        final, ending = part_of(lineage, traits, np.ones(lineage.size, bool))
        fresh = lay_out(final, ending, "fresh")
        family = forest_of(final).weight[forest_of(final).root] > 1
        print(f"stability: {days} x {share:.1%} of the models join   (share within 1 % of the width; 0.1 %; in families, 1 %)")
        for name, now in (("keeping places", layout), ("laid out afresh", fresh)):
            print(f"  {name:<32}{_kept(first, now, family)}")


def _grow(lineage: Lineage, traits: Traits, joined: np.ndarray, days: int) -> tuple[Layout, Layout]:
    """Return the layouts before the first day and after the last; on day d the nodes with joined == d join."""
    first = layout = lay_out(*part_of(lineage, traits, joined == days), "0")
    for day in range(days):
        clock = time.perf_counter()
        smaller = part_of(lineage, traits, (joined == days) | (joined <= day))
        laid = lay_out(*smaller, str(day + 1), layout)
        wider = layout.unit / laid.unit - 1
        moved = f", the square {wider:.1%} wider" if wider > 1e-9 else ""
        print(f"    day {day + 1}: {kept_share(layout, laid):.2%} kept{moved}  ({time.perf_counter() - clock:.1f} s)")
        layout = laid
    return first, layout


def _kept(first: Layout, now: Layout, family: np.ndarray) -> str:
    known = np.isin(now.key, first.key)
    relatives = now.key[known & family]
    there = np.isin(first.key, relatives)
    kin = dataclasses.replace(first, key=first.key[there], x=first.x[there], y=first.y[there])
    return f"{kept_share(first, now):.2%}   {kept_share(first, now, 0.001):.2%}   {kept_share(kin, now):.2%}"


def neighbours(options: argparse.Namespace) -> None:
    """Print the time and how many of a model's nearest neighbours are its family, for layouts of the same nodes."""
    lineage, traits, _ = read(options.atlas)
    for count in (10_000, 100_000):
        smaller, described = _families(lineage, traits, count)
        forest = forest_of(smaller)
        clock = time.perf_counter()
        layout = lay_out(smaller, described, "ours")
        seconds = time.perf_counter() - clock
        print(f"{smaller.size:,} models in families   (of the nearest ten, in the same family; within two steps of descent)")
        print(f"  {'ours':<28}{seconds:>7.1f} s   {_kin_shares(np.column_stack([layout.x, layout.y]), forest)}")
        if options.rivals:
            _rivals(forest)


def _families(lineage: Lineage, traits: Traits, count: int) -> tuple[Lineage, Traits]:
    """Return whole families of models drawn at random, the large ones as often as they have members, about `count` nodes."""
    forest = forest_of(lineage)
    members = np.flatnonzero((forest.weight[forest.root] > 1) & lineage.is_model(np.arange(lineage.size)))
    roots = forest.root[np.random.default_rng(5).permutation(members)]
    roots = roots[np.sort(np.unique(roots, return_index=True)[1])]
    roots = roots[forest.weight[roots] <= count // 2]
    chosen = roots[: np.searchsorted(np.cumsum(forest.weight[roots]), count) + 1]
    return part_of(lineage, traits, np.isin(forest.root, chosen))


def _kin_shares(place: np.ndarray, forest: Forest) -> str:
    """Return how many of each node's nearest, ten or as many as there are, are of its family, and near kin, on average."""
    from scipy.spatial import KDTree

    n = len(place)
    nearest = KDTree(place).query(place, NEAREST + 1)[1]
    own = nearest == np.arange(n)[:, None]
    own[~own.any(1), NEAREST] = True
    nearest = nearest[~own].reshape(n, NEAREST)
    size = np.bincount(forest.root, minlength=n)[forest.root] - 1
    parent = np.append(forest.parent, NULL)  # the last is the parent of NULL
    kids = np.diff(forest.child_start)
    grandkids = np.bincount(parent[parent[:n]][parent[parent[:n]] >= 0], minlength=n)
    above = parent[:n, None]
    near = (parent[nearest] == np.arange(n)[:, None]) | (nearest == above) | ((parent[nearest] == above) & (above >= 0))
    near |= (parent[parent[nearest]] == np.arange(n)[:, None]) | (nearest == parent[above])
    known = parent[:n] >= 0
    siblings = np.where(known, kids[parent[:n]] - 1, 0)
    steps = kids + grandkids + siblings + known + (parent[parent[:n]] >= 0)
    return f"{_share(forest.root[nearest] == forest.root[:, None], size):.0%}   {_share(near, steps):.0%}"


def _share(hit: np.ndarray, possible: np.ndarray) -> float:
    most = np.minimum(possible, NEAREST)
    return float((np.minimum(hit.sum(1), most)[most > 0] / most[most > 0]).mean())


def _rivals(forest: Forest) -> None:
    """Lay out the same forest with the published layouts that are installed, each in a process with a time limit."""
    n = len(forest.parent)
    np.savez(OUT / "rival.npz", edges=np.column_stack([forest.parent, np.arange(n)])[forest.parent != NULL], n=n)
    for name in ("igraph-drl", "igraph-fr", "fa2"):
        clock = time.perf_counter()
        try:
            words = [sys.executable, __file__, "--rival", name]
            subprocess.run(words, check=True, capture_output=True, timeout=RIVAL_SECONDS)
        except subprocess.TimeoutExpired:
            print(f"  {name:<28} ended after {RIVAL_SECONDS} s")
        except subprocess.CalledProcessError as error:
            print(f"  {name:<28} skipped: {(error.stderr.decode().strip() or str(error)).splitlines()[-1]}")
        else:
            shares = _kin_shares(np.load(OUT / "rival-places.npy"), forest)
            print(f"  {name:<28}{time.perf_counter() - clock:>7.1f} s   {shares}")


def rival(name: str) -> None:
    """Lay out the forest in ``rival.npz`` with one published layout; keep the places."""
    import importlib

    with np.load(OUT / "rival.npz") as file:
        edges, n = file["edges"], int(file["n"])
    if name == "fa2":
        scipy_sparse, fa2 = importlib.import_module("scipy.sparse"), importlib.import_module("fa2_modified")
        both = scipy_sparse.coo_matrix((np.ones(len(edges)), edges.T), (n, n))
        engine = fa2.ForceAtlas2(barnesHutOptimize=True, verbose=False)
        place = engine.forceatlas2((both + both.T).tolil(), iterations=100)
    else:
        graph = importlib.import_module("igraph").Graph(n, edges.tolist())
        place = (graph.layout_drl() if name == "igraph-drl" else graph.layout_fruchterman_reingold(niter=100)).coords
    np.save(OUT / "rival-places.npy", np.array(place))


def main() -> None:
    """Print all parts, or one of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--atlas", type=Path, default=OUT / "hub.atlas")
    parser.add_argument("--made", type=float, default=0, help="the made registry instead, this many times 3 million models")
    parser.add_argument("--rivals", action="store_true", help="lay out with published layouts as well")
    parser.add_argument("--part", choices=["map", "stability", "neighbours"])
    parser.add_argument("--rival", help=argparse.SUPPRESS)
    options = parser.parse_args()
    OUT.mkdir(exist_ok=True)
    if options.rival:
        rival(options.rival)
    elif options.part:
        {"map": time_map, "stability": stability, "neighbours": neighbours}[options.part](options)
    else:
        words = [sys.executable, __file__, "--atlas", str(options.atlas), *(["--rivals"] if options.rivals else [])]
        for part in (["map"], ["map", "--made", "1"], ["stability"], ["neighbours"]):
            subprocess.run([*words, "--part", *part], check=True)


if __name__ == "__main__":
    main()
