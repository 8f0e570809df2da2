"""Laws of terms along a lineage: nothing is lost, a path explains every term, and the slow twin agrees."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import lineage_of

from filiation.core.relation import RELATIONS, Relation
from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import CARRIES, NodeTerms, spread
from filiation.licenses.paths import inherited

BITS = 6
edges_of = st.lists(
    st.tuples(st.integers(1, 9), st.integers(0, 8), st.sampled_from(range(len(RELATIONS))), st.floats(0.1, 1)), max_size=24
)
terms_of = st.lists(st.tuples(*[st.integers(0, 2**BITS - 1)] * 4), min_size=10, max_size=10)


def graph(edges):
    """Return a lineage of ten nodes: a parent's number is smaller than its child's."""
    kept = {(c, p): (c, p, r, w) for c, p, r, w in edges if p < c}
    return lineage_of(10, sorted(kept.values()))


def made(lineage, own):
    travels = np.array(own, np.uint64).T.copy()
    nothing = np.zeros(10, np.uint64)
    code = np.full(10, -1, np.int32)
    return NodeTerms(np.zeros(10, np.uint8), code, (), nothing, nothing, travels, spread(lineage, travels))


def slow_twin(edges, own):
    """Follow every path downwards, term by term."""
    result = np.zeros((4, 10), np.uint64)
    below = {}
    for child, parent, relation, _ in edges:
        below.setdefault(parent, []).append((child, CARRIES.get(RELATIONS[relation], "derivative")))

    def walk(node, bit, source, flow, *, first):
        for child, carries in below.get(node, []):
            if carries == "derivative" and (not first or own[source][0] >> bit & 1):
                follow(child, bit, source, flow)
            elif carries == "use" and (flow != "derivative" or own[source][FLOWS.index("use")] >> bit & 1):
                follow(child, bit, source, "use" if flow == "derivative" else flow)
            elif carries in {"data", "outputs"} and flow == "derivative" and own[source][FLOWS.index(carries)] >> bit & 1:
                follow(child, bit, source, carries)

    def follow(child, bit, source, flow):
        result[FLOWS.index(flow), child] |= np.uint64(1 << bit)
        walk(child, bit, source, flow, first=False)

    for source, bit in itertools.product(range(10), range(BITS)):
        if any(mask >> bit & 1 for mask in own[source]):
            walk(source, bit, source, "derivative", first=True)
    return result


@given(edges_of, terms_of)
@settings(max_examples=150, deadline=None)
def test_the_kernel_agrees_with_a_walk_along_every_path(edges, own):
    lineage = graph(edges)
    kept = list(zip(lineage.child.tolist(), lineage.parent.tolist(), lineage.relation.tolist(), itertools.repeat(0)))
    assert np.array_equal(spread(lineage, np.array(own, np.uint64).T.copy()), slow_twin(kept, own))


@given(edges_of, terms_of)
@settings(max_examples=150, deadline=None)
def test_paths_explain_exactly_what_is_inherited(edges, own):
    lineage = graph(edges)
    terms_by_node = made(lineage, own)
    for node in range(10):
        told = [0, 0, 0, 0]
        for item in inherited(lineage, terms_by_node, node):
            told[item.flow] |= item.bits
            ends = [(int(lineage.child[edge]), int(lineage.parent[edge])) for edge in item.path]
            assert ends[0][0] == node
            assert ends[-1][1] == item.source
            assert all(above[0] == below[1] for below, above in itertools.pairwise(ends))
            assert 0 < item.confidence <= 1
        assert told == terms_by_node.inherited[:, node].tolist()


@given(edges_of, edges_of, terms_of)
@settings(max_examples=100, deadline=None)
def test_another_parent_or_term_takes_nothing_away(edges, more, own):
    travels = np.array(own, np.uint64).T.copy()
    before = spread(graph(edges), travels)
    after = spread(graph([*more, *edges]), travels)
    assert np.array_equal(before & after, before)
    richer = spread(graph(edges), travels | np.uint64(1))
    assert np.array_equal(before & richer, before)


def test_an_adapter_has_its_bases_terms_at_use_and_a_dataset_asks_a_weaker_question():
    number = {relation: RELATIONS.index(relation) for relation in Relation}
    edges = [
        (1, 0, number[Relation.ADAPTER], 0.5),
        (2, 1, number[Relation.QUANTIZED], 1.0),
        (3, 2, number[Relation.MERGE], 1.0),
    ]
    own = [(1, 1, 1, 1)] + [(0, 0, 0, 0)] * 9
    got = spread(graph(edges), np.array(own, np.uint64).T.copy())
    assert got[:, 1].tolist() == [0, 1, 0, 0]
    assert got[:, 3].tolist() == [0, 1, 0, 0]
    trained = spread(
        graph([(1, 0, number[Relation.TRAINED_ON], 1.0), (2, 1, number[Relation.FINETUNE], 1.0)]),
        np.array(own, np.uint64).T.copy(),
    )
    assert trained[:, 2].tolist() == [0, 0, 1, 0]
