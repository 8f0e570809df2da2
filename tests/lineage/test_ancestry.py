"""What hangs on ancestors alone is the same asked of them as asked of the whole."""

from __future__ import annotations

import numpy as np
import pytest

from filiation.licenses.above import above
from filiation.licenses.answer import answer
from filiation.licenses.build import as_built
from filiation.licenses.loops import spread
from filiation.licenses.node_terms import node_terms, ways
from filiation.lineage.ancestry import ancestry
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas


@pytest.fixture(scope="module")
def snapshot(demo):
    """The bundled registries, charted."""
    assert demo.done.returncode == 0
    return demo.atlas


def test_parents_are_those_of_the_whole(snapshot):
    lineage = Lineage.load(snapshot)
    for node in chosen(lineage):
        part = ancestry(lineage, node)
        assert part.lineage.ref(part.node) == lineage.ref(node)
        for here, there in enumerate(part.nodes):
            assert parents(part.lineage, here) == parents(lineage, int(there))
            assert licensed(part.lineage, here) == licensed(lineage, int(there))


def test_the_answer_is_that_of_the_whole(snapshot):
    lineage = Lineage.load(snapshot)
    with Atlas.open(snapshot) as atlas:
        whole = node_terms(lineage, as_built(atlas.con))
        for node in chosen(lineage):
            assert above(atlas.con, lineage, node).answer([]) == answer(lineage, whole, node, [])


def test_compiled_loops_are_the_plain_ones(snapshot):
    from filiation.licenses import kernels
    from filiation.lineage.kernels import topological_order
    from filiation.lineage.loops import topological_order as plain_order

    lineage = Lineage.load(snapshot)
    ends = (np.asarray(lineage.parent_start), np.asarray(lineage.child_start), lineage.child[lineage.child_edge])
    order = topological_order(*ends)
    assert order.tolist() == plain_order(*ends).tolist()
    own = np.random.default_rng(7).integers(0, 1 << 63, (4, lineage.size), np.uint64)
    given = (order, ends[0], np.asarray(lineage.parent), ways(lineage), own)
    assert (kernels.spread(*given) == spread(*given)).all()


def chosen(lineage):
    """Return 60 nodes that have parents, those with the most of them among them."""
    count = np.diff(lineage.parent_start)
    return [*np.argsort(-count)[:20].tolist(), *np.random.default_rng(3).choice(np.flatnonzero(count), 40).tolist()]


def parents(lineage, node):
    span = range(int(lineage.parent_start[node]), int(lineage.parent_start[node + 1]))
    return [
        (lineage.ref(int(lineage.parent[edge])), int(lineage.relation[edge]), float(lineage.confidence[edge])) for edge in span
    ]


def licensed(lineage, node):
    code = int(lineage.license[node])
    return None if code < 0 else lineage.licenses[code]
