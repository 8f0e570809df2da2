"""A made registry as large as asked for, as arrays: families grow by copying, so that few parents have most children.

Real shape where it is known (a tenth of the children have children of their own, a quarter more than one parent, two thirds of
the models stand alone), invented names.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from filiation.core.relation import RELATIONS
from filiation.layout.traits import Coded, Traits, coded
from filiation.lineage import kernels
from filiation.lineage.arrays import NULL, Lineage, Summary, starts

MODELS, CONNECTED, DATASETS, EDGES = 3_000_000, 1_180_000, 600_000, 1_800_000
MODEL_EDGES = 0.78
TASKS, LIBRARIES, LICENSES = 48, 120, 60


@njit
def _grown(n, seed):
    """Return int32[n]: a parent for each, -1 for a founder; half join where another's parent is, some have children."""
    np.random.seed(seed)
    parent = np.full(n, -1, np.int32)
    for i in range(1, n):
        draw, other = np.random.random(), np.random.randint(i)
        if draw < 0.03:
            continue
        parent[i] = parent[other] if draw < 0.92 and parent[other] >= 0 else other
    return parent


def made_registry(scale: float = 1.0, seed: int = 7) -> tuple[Lineage, Traits]:
    """Return a lineage of `scale` times 3 million models and 600,000 datasets, and traits for it."""
    rng = np.random.default_rng(seed)
    models, connected, datasets, edges = (int(count * scale) for count in (MODELS, CONNECTED, DATASETS, EDGES))
    number = rng.permutation(models).astype(np.int32)[:connected]
    grown = _grown(connected, seed)
    young = np.flatnonzero(grown >= 0)
    more = rng.choice(young, max(int(edges * MODEL_EDGES) - len(young), 0))
    second = (rng.random(len(more)) * more).astype(np.int64)
    child = np.concatenate([number[young], number[more]])
    parent = np.concatenate([number[grown[young]], number[second]])
    fed = rng.choice(number, edges - len(child))
    popular = (datasets * rng.random(len(fed)) ** 4).astype(np.int32) + models
    child, parent = np.concatenate([child, fed]), np.concatenate([parent, popular])
    _, once = np.unique(child.astype(np.int64) << 32 | parent, return_index=True)
    child, parent = child[once], parent[once]
    relation = np.where(parent >= models, RELATIONS.index("trained_on"), rng.integers(1, 5, len(child))).astype(np.uint8)
    return lineage_of(models, datasets, child, parent, relation, rng), _traits(models, datasets, rng)


def lineage_of(
    models: int, datasets: int, child: np.ndarray, parent: np.ndarray, relation: np.ndarray, rng: np.random.Generator
) -> Lineage:
    """Return the lineage of these edges, sorted by child and parent; everything else is drawn."""
    n, m = models + datasets, len(child)
    text = np.char.add("made/", np.char.zfill(np.concatenate([np.arange(models), np.arange(datasets)]).astype("U8"), 8))
    names = text.astype("S13")
    by_parent = np.argsort(parent, kind="stable").astype(np.int32)
    parent_start, child_start = starts(child, n), starts(parent[by_parent], n)
    order = kernels.topological_order(parent_start, child_start, child[by_parent])
    descendants, capped = kernels.descendant_counts(order, parent_start, child_start, child[by_parent], 500_000_000)
    downloads = np.floor(rng.pareto(0.7, n) * 2).clip(0, 1e9).astype(np.int64)
    return Lineage(
        names=np.frombuffer(names.tobytes(), np.uint8),
        name_start=np.arange(n + 1, dtype=np.int64) * 13,
        state=np.zeros(n, np.uint8),
        downloads=downloads,
        license=np.full(n, NULL, np.int32),
        descendants=descendants,
        dominated=np.zeros(n, np.int32),
        child=child.astype(np.int32),
        parent=parent.astype(np.int32),
        relation=relation,
        basis=np.zeros(m, np.uint8),
        confidence=rng.choice(np.array([0.6, 0.9, 1.0], np.float32), m),
        relation_basis=np.zeros(m, np.uint8),
        relation_confidence=np.ones(m, np.float32),
        parent_start=parent_start,
        child_start=child_start,
        child_edge=by_parent,
        sections=(("hf", "model", 0, models), ("hf", "dataset", models, n)),
        licenses=(),
        capped=bool(capped),
        summary=Summary(*([0] * len(Summary.__struct_fields__))),
    )


def _traits(models: int, datasets: int, rng: np.random.Generator) -> Traits:
    n = models + datasets

    def words(prefix: str, kinds: int, silent: float) -> Coded:
        drawn = np.minimum(rng.pareto(0.8, n) * 2, kinds - 1).astype(np.int64)
        drawn = np.where((rng.random(n) < silent) | (np.arange(n) >= models), -1, drawn)
        return coded(drawn, [f"{prefix}-{number}" for number in range(kinds)])

    task, library, license_ = words("task", TASKS, 0.45), words("library", LIBRARIES, 0.4), words("license", LICENSES, 0.6)
    month = rng.integers(50, 100, n).astype(np.uint16)
    declared, defects = (rng.integers(0, 7, n).astype(np.uint8) for _ in range(2))
    return Traits(task, library, license_, month, declared, defects, rng.integers(0, 5, n).astype(np.uint8))
