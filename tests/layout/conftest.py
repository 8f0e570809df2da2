from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from filiation.core.relation import RELATIONS
from filiation.layout.traits import UNDECLARED, Coded, Traits
from filiation.lineage.arrays import NULL, Lineage, Summary, starts

Make = Callable[..., tuple[Lineage, Traits]]


def made(
    models: int,
    parents: Sequence[tuple[int, int, float]] = (),
    datasets: int = 0,
    downloads: Sequence[int] = (),
    tasks: Sequence[int] = (),
    names: Sequence[str] = (),
) -> tuple[Lineage, Traits]:
    """Return a registry: `parents` are (child, parent, confidence); the task of a node is a number, -1 for none."""
    n = models + datasets
    names = list(names) or [f"o/{node:06d}" for node in range(n)]
    child = np.array([edge[0] for edge in parents], np.int32)
    parent = np.array([edge[1] for edge in parents], np.int32)
    m = len(child)
    by_parent = np.argsort(parent, kind="stable").astype(np.int32)
    below: list[set[int]] = [set() for _ in range(n)]
    for _ in range(n):
        before = sum(map(len, below))
        for c, p in zip(child.tolist(), parent.tolist(), strict=True):
            below[p] |= {c} | below[c]
        if sum(map(len, below)) == before:
            break
    task = np.full(n, UNDECLARED, np.uint8)
    task[: len(tasks)] = np.array(tasks, np.int64) % 256
    relation = np.where(child >= models, RELATIONS.index("derived_from"), RELATIONS.index("finetune")).astype(np.uint8)
    encoded = [name.encode() for name in names]
    lineage = Lineage(
        names=np.frombuffer(b"".join(encoded), np.uint8),
        name_start=np.concatenate([[0], np.cumsum([len(name) for name in encoded])]).astype(np.int64),
        state=np.zeros(n, np.uint8),
        downloads=np.array([*downloads, *[NULL] * (n - len(downloads))], np.int64),
        license=np.full(n, NULL, np.int32),
        descendants=np.array([len(nodes) for nodes in below], np.int32),
        dominated=np.zeros(n, np.int32),
        child=child,
        parent=parent,
        relation=relation,
        basis=np.zeros(m, np.uint8),
        confidence=np.array([edge[2] for edge in parents], np.float32),
        relation_basis=np.ones(m, np.uint8),
        relation_confidence=np.ones(m, np.float32),
        parent_start=starts(child, n),
        child_start=starts(parent[by_parent], n),
        child_edge=by_parent,
        sections=tuple(
            section for section in (("hf", "model", 0, models), ("hf", "dataset", models, n)) if section[2] < section[3]
        ),
        licenses=(),
        capped=False,
        summary=Summary(*([0] * len(Summary.__struct_fields__))),
    )
    words = tuple(f"task-{number}" for number in range(max([0, *tasks]) + 1))
    silent = Coded(np.full(n, UNDECLARED, np.uint8), ())
    return lineage, Traits(
        Coded(task, words), silent, silent, np.zeros(n, np.uint16), *(np.zeros(n, np.uint8) for _ in range(3))
    )


@pytest.fixture
def make() -> Make:
    return made


def grown(n: int, seed: int, share_alone: float = 0.4) -> dict:
    """Return arguments of `made`: n models, many alone, families by preferential attachment, some with two parents."""
    rng = np.random.default_rng(seed)
    edges = []
    for child in range(1, n):
        if rng.random() < share_alone:
            continue
        older = int(rng.integers(child) * rng.random())
        edges.append((child, older, float(rng.choice([0.5, 1.0]))))
        if rng.random() < 0.1 and older:
            edges.append((child, int(rng.integers(older)), 1.0))
    edges = sorted({(c, p): (c, p, w) for c, p, w in edges}.values())
    downloads = np.floor(rng.pareto(0.5, n)).clip(0, 1e9).astype(int).tolist()
    return {"models": n, "parents": edges, "downloads": downloads, "tasks": rng.integers(-1, 4, n).tolist()}


@pytest.fixture
def grow() -> Callable[..., dict]:
    return grown
