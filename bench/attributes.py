"""Whether the scores mean anything: how they lie, what they go with, how much is unknown, on atlases of real registries.

``python bench/attributes.py ATLAS... [--of REF]... [--check 200]``. For each atlas: the seconds that all scores take, each
score's distribution and share of null, its rank correlation with downloads and with the other scores, and of each part of the
formula how often it is filled, undeclared and unknown. ``--of`` prints the parts of models, to be judged by hand; ``--check``
compares that many random portraits with the columns.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

from filiation.assess import attributes, documentation, usage
from filiation.assess.attributes import known_and_filled
from filiation.assess.build import SCORES, portrait
from filiation.assess.formula import formula
from filiation.core.ref import Ref
from filiation.lineage.arrays import NULL, Lineage
from filiation.store.atlas import Atlas

PERCENTILES = (5, 25, 50, 75, 95)


def main() -> None:
    """Print the figures of each atlas."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("atlas", nargs="+", type=Path)
    parser.add_argument("--of", action="append", default=[], metavar="REF")
    parser.add_argument("--check", type=int, default=0)
    given = parser.parse_args()
    for path in given.atlas:
        print(f"== {path.name}")
        lineage = Lineage.load(path)
        with Atlas.open(path) as atlas:
            columns = distribution(atlas, lineage)
            for ref in given.of:
                hand(atlas, lineage, ref)
            if given.check:
                check(atlas, lineage, columns, given.check)


def distribution(atlas: Atlas, lineage: Lineage) -> dict[str, np.ndarray]:
    """Print how the scores of the models lie; return all columns."""
    clock = time.perf_counter()
    columns = documentation.score(atlas.con, lineage) | attributes.score(atlas.con, lineage) | usage.score(atlas.con, lineage)
    held = (lineage.state == 0) & lineage.is_model(np.arange(lineage.size))
    print(f"{lineage.size:,} nodes scored in {time.perf_counter() - clock:.1f} s; {held.sum():,} models")
    downloads = lineage.downloads.astype(float)
    print("score            null   mean  " + "".join(f"{p:>6}%" for p in PERCENTILES) + "   rank correlation with downloads")
    for name in SCORES:
        values = columns[name][held]
        known = ~np.isnan(values)
        if not known.any():
            print(f"{name:16} 1.000")
            continue
        points = "".join(f"{point:7.2f}" for point in np.percentile(values[known], PERCENTILES))
        both = known & (downloads[held] != NULL)
        with_downloads = rank(values[both], downloads[held][both])
        print(f"{name:16} {1 - known.mean():.3f}  {values[known].mean():.3f} {points}   {with_downloads}")
    print("rank correlations: " + ", ".join(_pairs(columns, held)))
    parts(atlas, lineage, held)
    return columns


def _pairs(columns: dict[str, np.ndarray], held: np.ndarray) -> list[str]:
    found = []
    for i, one in enumerate(SCORES):
        for other in SCORES[i + 1 :]:
            both = held & ~np.isnan(columns[one]) & ~np.isnan(columns[other])
            found.append(f"{one}/{other} {rank(columns[one][both], columns[other][both])}")
    return found


def rank(one: np.ndarray, other: np.ndarray) -> str:
    """Return Spearman's correlation; a dash where there is none."""
    if len(one) < 3 or one.min() == one.max() or other.min() == other.max():
        return "-"
    return f"{float(spearmanr(one, other)[0]):+.2f}"


def parts(atlas: Atlas, lineage: Lineage, held: np.ndarray) -> None:
    """Print of each part of the formula how many models fill it, lack it, and are not known."""
    columns = known_and_filled(atlas.con, lineage)
    print("part                       points  filled  undeclared  unknown")
    for number, part in enumerate(formula().parts):
        filled, known = columns.filled[held, number].mean(), columns.known[held, number].mean()
        print(f"{part.id:26} {part.points:6g}  {filled:6.3f}  {known - filled:10.3f}  {1 - known:7.3f}")


def hand(atlas: Atlas, lineage: Lineage, ref: str) -> None:
    """Print the parts of one model."""
    node = lineage.find(Ref.parse(ref))
    if node == NULL:
        print(f"-- {ref}: not here")
        return
    print(f"-- {lineage.ref(node)}")
    for attribute in portrait(atlas.con, lineage, node):
        score = "null" if attribute.score is None else f"{attribute.score:.2f}"
        print(f"{attribute.name}: {score} = {attribute.points:g} of {attribute.of:g} known, {attribute.weight:g} in all")
        for factor in attribute.factors:
            words = ", ".join(f"{name} {_mark(filled)}" for name, filled in factor.parts.items())
            print(f"  {factor.name:24} {factor.state:10} {factor.points:g}/{factor.of:g}  {words}")
            for item in factor.evidence[:3]:
                print(f"      {item.part}: {item.locator}: {' '.join(item.value.split())[:90]}")


def _mark(filled: bool | None) -> str:
    return "?" if filled is None else "yes" if filled else "no"


def check(atlas: Atlas, lineage: Lineage, columns: dict[str, np.ndarray], count: int) -> None:
    """Compare random portraits with the columns."""
    clock = time.perf_counter()
    chosen = np.random.default_rng(1).choice(lineage.size, min(count, lineage.size), replace=False)
    wrong = 0
    for node in chosen:
        for attribute in portrait(atlas.con, lineage, int(node)):
            value = columns[attribute.name][node]
            same = np.isnan(value) if attribute.score is None else abs(attribute.score - value) < 1e-9
            wrong += not same
    seconds = (time.perf_counter() - clock) / len(chosen)
    print(f"{len(chosen)} portraits, {wrong} scores differ from their column; {seconds:.3f} s each")


if __name__ == "__main__":
    main()
