"""The laws of the lineage: on random graphs against slow twins, on small registries through the whole pipeline."""

from __future__ import annotations

from typing import NamedTuple

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from filiation.core.ref import HUB
from filiation.core.relation import RELATIONS
from filiation.lineage import kernels
from filiation.lineage.acyclic import MAX_ROUNDS, cycles, edges_to_set_aside, weak_components
from filiation.lineage.arrays import NULL, Lineage, Summary
from filiation.lineage.build import _counts, _graph
from filiation.lineage.questions import _reach_few, _reach_many, critical, impact, reach, trace
from filiation.lineage.stats import graph_figures

MAX_NODES = 14
SURE = [0.3, 0.5, 0.9]


class Graph(NamedTuple):
    """Edges sorted by child, then parent; `sure` is the confidence of each."""

    n: int
    child: np.ndarray
    parent: np.ndarray
    sure: np.ndarray

    def twin(self) -> nx.DiGraph:
        """Return the same as networkx has it, from parent to child."""
        twin = nx.DiGraph()
        twin.add_nodes_from(range(self.n))
        twin.add_edges_from(zip(self.parent.tolist(), self.child.tolist(), strict=True))
        return twin


@st.composite
def graphs(draw: st.DrawFn, *, acyclic: bool) -> Graph:
    n = draw(st.integers(1, MAX_NODES))
    pairs = draw(st.sets(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=3 * n))
    if acyclic:  # numbers in random order, so that parents do not always come first
        number = draw(st.permutations(range(n)))
        pairs = {(number[max(pair)], number[min(pair)]) for pair in pairs if pair[0] != pair[1]}
    ordered = sorted(pairs)
    sure = draw(st.lists(st.sampled_from(SURE), min_size=len(ordered), max_size=len(ordered)))
    ends = np.array(ordered, np.int32).reshape(-1, 2)
    return Graph(n, ends[:, 0].copy(), ends[:, 1].copy(), np.array(sure, np.float32))


def lineage_of(graph: Graph, downloads: np.ndarray | None = None) -> Lineage:
    """Return the lineage of `graph`: its nodes are named by their numbers, its edges are finetunes."""
    n, m = graph.n, len(graph.child)
    both = _graph(n, graph.child, graph.parent)
    descendants, dominated, capped = _counts(n, both, both)
    names = [f"o/m{node:03d}" for node in range(n)]
    return Lineage(
        names=np.frombuffer("".join(names).encode(), np.uint8),
        name_start=np.arange(n + 1, dtype=np.int64) * len(names[0]),
        state=np.zeros(n, np.uint8),
        downloads=np.full(n, NULL, np.int64) if downloads is None else downloads,
        license=np.full(n, NULL, np.int32),
        descendants=descendants,
        dominated=dominated,
        child=graph.child,
        parent=graph.parent,
        relation=np.full(m, RELATIONS.index("finetune"), np.uint8),
        basis=np.zeros(m, np.uint8),
        confidence=graph.sure,
        relation_basis=np.zeros(m, np.uint8),
        relation_confidence=np.ones(m, np.float32),
        parent_start=both.parent_start,
        child_start=both.child_start,
        child_edge=both.child_edge,
        sections=((HUB, "model", 0, n),),
        licenses=(),
        capped=capped,
        summary=Summary(**dict.fromkeys(Summary.__struct_fields__, 0)),  # no question reads it
    )


def dominated_twin(twin: nx.DiGraph) -> list[int]:
    """Return how many nodes each one dominates: those below it in the tree of dominators under a virtual root."""
    rooted = twin.copy()
    rooted.add_edges_from(("root", node) for node in twin if not twin.in_degree(node))
    above = {node: up for node, up in nx.immediate_dominators(rooted, "root").items() if up not in (None, node)}
    tree = nx.DiGraph((up, node) for node, up in above.items())
    return [len(nx.descendants(tree, node)) if node in tree else 0 for node in twin]


@given(graphs(acyclic=True))
def test_ancestors_and_descendants_are_those_of_the_slow_twin(graph):
    lineage, twin = lineage_of(graph), graph.twin()
    for node in range(graph.n):
        for direction, twins in (("up", nx.ancestors(twin, node)), ("down", nx.descendants(twin, node))):
            found = reach(lineage, node, direction)
            assert set(found.nodes.tolist()) == twins
            assert len(found.nodes) == len(twins)
            way = twin.reverse() if direction == "up" else twin
            steps = nx.single_source_shortest_path_length(way, node)
            assert [steps[int(end)] for end in found.nodes] == found.depth.tolist()


@given(graphs(acyclic=True), st.integers(1, 4))
def test_few_by_few_is_level_by_level(graph, max_depth):
    lineage = lineage_of(graph)
    for node in range(graph.n):
        for direction in ("up", "down"):
            for depth in (None, max_depth):
                few, many = _reach_few(lineage, node, direction, depth), _reach_many(lineage, node, direction, depth)
                assert few is not None
                for name in ("nodes", "depth", "via"):
                    np.testing.assert_array_equal(getattr(few, name), getattr(many, name), name)


@given(graphs(acyclic=True))
def test_a_is_above_b_when_b_is_below_a(graph):
    lineage = lineage_of(graph)
    above = {(int(a), b) for b in range(graph.n) for a in reach(lineage, b, "up").nodes}
    below = {(a, int(b)) for a in range(graph.n) for b in reach(lineage, a, "down").nodes}
    assert above == below


@given(graphs(acyclic=True))
def test_an_edge_of_greatest_confidence_reaches_first(graph):
    lineage = lineage_of(graph)
    for node in range(graph.n):
        found = reach(lineage, node, "up")
        depth = {node: 0} | dict(zip(found.nodes.tolist(), found.depth.tolist(), strict=True))
        for end, via in zip(found.nodes.tolist(), found.via.tolist(), strict=True):
            rivals = [
                edge
                for edge in range(len(graph.child))
                if graph.parent[edge] == end and depth.get(int(graph.child[edge])) == depth[end] - 1
            ]
            assert via in rivals
            assert graph.sure[via] == max(graph.sure[edge] for edge in rivals)


@given(graphs(acyclic=True))
def test_descendants_are_counted_exactly(graph):
    twin = graph.twin()
    both = _graph(graph.n, graph.child, graph.parent)
    counts, _, capped = _counts(graph.n, both, both)
    assert counts.tolist() == [len(nx.descendants(twin, node)) for node in range(graph.n)]
    assert not capped


@given(graphs(acyclic=True), st.integers(0, 5))
def test_counts_that_are_cut_short_are_lower_bounds(graph, budget):
    both = _graph(graph.n, graph.child, graph.parent)
    order = kernels.topological_order(both.parent_start, both.child_start, both.child_of)
    counts, capped = kernels.descendant_counts(order, both.parent_start, both.child_start, both.child_of, budget)
    exact, _, _ = _counts(graph.n, both, both)
    children = np.diff(both.child_start)
    assert (counts <= exact).all()
    assert (counts >= children).all()
    assert capped or (counts == exact).all()


@given(graphs(acyclic=True), st.data())
def test_dominated_are_those_below_in_the_tree_of_dominators(graph, data):
    weights = np.array(data.draw(st.lists(st.booleans(), min_size=len(graph.child), max_size=len(graph.child))), bool)
    kept = Graph(graph.n, graph.child[weights], graph.parent[weights], graph.sure[weights])
    _, dominated, _ = _counts(graph.n, _graph(*graph[:3]), _graph(*kept[:3]))
    if len(graph.child):
        assert dominated.tolist() == dominated_twin(kept.twin())


@given(graphs(acyclic=True))
def test_topological_order_and_longest_line(graph):
    twin = graph.twin()
    both = _graph(graph.n, graph.child, graph.parent)
    order = kernels.topological_order(both.parent_start, both.child_start, both.child_of)
    place = {int(node): at for at, node in enumerate(order)}
    assert sorted(place) == list(range(graph.n))
    assert all(place[int(p)] < place[int(c)] for c, p in zip(graph.child, graph.parent, strict=True))
    depth = kernels.longest_path(order, both.parent_start, both.parent)
    assert int(depth.max()) == nx.dag_longest_path_length(twin)


@given(graphs(acyclic=False))
def test_figures_are_those_of_the_slow_twin(graph):
    twin = graph.twin().to_undirected()
    label = weak_components(graph.n, graph.child, graph.parent)
    assert len(set(label.tolist())) == nx.number_connected_components(twin)
    knots = [sorted(knot) for knot in nx.strongly_connected_components(graph.twin()) if len(knot) > 1]
    assert [knot.tolist() for knot in cycles(*graph[:3])] == sorted(knots)
    touched, ends = np.unique(np.concatenate([graph.child, graph.parent]), return_inverse=True)
    m = len(graph.child)
    figures = graph_figures(ends[:m].astype(np.int32), ends[m:].astype(np.int32), str)
    inside = {node: number for number, knot in enumerate(knots) for node in knot}
    rest = nx.DiGraph(
        edge for edge in graph.twin().edges if edge[0] != edge[1] and inside.get(edge[0], -1) != inside.get(edge[1], -2)
    )
    assert (figures.edges, figures.nodes, figures.cycles) == (m, len(touched), len(knots))
    assert figures.self_references == int((graph.child == graph.parent).sum())
    if m:
        assert figures.longest_chain == 1 + nx.dag_longest_path_length(rest)
        sizes = [len(part) for part in nx.connected_components(twin.subgraph(touched.tolist()))]
        assert (figures.components, figures.largest_component) == (len(sizes), max(sizes))


def set_aside_twin(graph: Graph) -> set[tuple[int, int]]:
    """Return the pairs that the law sets aside: round by round, in each knot the edge that we are least sure of."""
    sure = {(c, p): s for c, p, s in zip(graph.child.tolist(), graph.parent.tolist(), graph.sure.tolist(), strict=True)}
    aside = {pair for pair in sure if pair[0] == pair[1]}
    while True:
        live = nx.DiGraph(pair for pair in sure if pair not in aside)
        knots = [knot for knot in nx.strongly_connected_components(live) if len(knot) > 1]
        if not knots:
            return aside
        for knot in knots:
            edges = live.subgraph(knot).edges
            aside.add(min(edges, key=lambda pair: (sure[pair], -pair[0], -pair[1])))


@given(graphs(acyclic=False), st.randoms(use_true_random=False))
def test_what_is_set_aside_opens_every_knot_and_does_not_depend_on_order(graph, random):
    aside = edges_to_set_aside(graph.child, graph.parent, graph.sure)
    kept = nx.DiGraph(zip(graph.parent[~aside].tolist(), graph.child[~aside].tolist(), strict=True))
    assert nx.is_directed_acyclic_graph(kept)
    named = set(zip(graph.child[aside].tolist(), graph.parent[aside].tolist(), strict=True))
    assert named == set_aside_twin(graph)
    shuffled = list(range(len(graph.child)))
    random.shuffle(shuffled)
    order = np.array(shuffled, int)
    again = edges_to_set_aside(graph.child[order], graph.parent[order], graph.sure[order])
    np.testing.assert_array_equal(again, aside[order])


def test_a_knot_of_more_rounds_than_are_allowed_is_cut_all_the_same():
    n = 60
    child, parent = np.array([(a, b) for a in range(n) for b in range(n) if a != b], np.int32).T
    assert len(child) // 2 > MAX_ROUNDS
    aside = edges_to_set_aside(child, parent, np.full(len(child), 0.9, np.float32))
    kept = nx.DiGraph(zip(parent[~aside].tolist(), child[~aside].tolist(), strict=True))
    assert nx.is_directed_acyclic_graph(kept)
    assert aside.any()
    assert not aside.all()


@given(graphs(acyclic=True), st.data())
def test_answers_count_what_is_reached(graph, data):
    known = st.one_of(st.just(NULL), st.integers(0, 1000))
    downloads = np.array(data.draw(st.lists(known, min_size=graph.n, max_size=graph.n)), np.int64)
    lineage = lineage_of(graph, downloads)
    node = data.draw(st.integers(0, graph.n - 1))
    below = reach(lineage, node, "down").nodes
    answer = impact(lineage, node)
    assert answer.descendants == len(below) == sum(answer.by_relation.values()) == sum(answer.by_depth.values())
    told = [int(downloads[i]) for i in below if downloads[i] != NULL]
    assert answer.downloads == (sum(told) if told else None)
    assert sum(answer.licenses.values()) == len(below)
    top = critical(lineage, "descendants", graph.n).nodes
    assert [item.descendants for item in top] == sorted((int(c) for c in lineage.descendants if c), reverse=True)
    for cut in range(1, graph.n):
        assert critical(lineage, "descendants", cut).nodes == top[:cut]


@given(graphs(acyclic=True), st.integers(1, 3))
def test_a_trace_has_every_edge_among_its_nodes(graph, depth):
    lineage = lineage_of(graph)
    for node in range(graph.n):
        for direction in ("up", "down"):
            for cut in (None, depth):
                answer = trace(lineage, node, direction, cut)
                refs = {answer.ref} | {item.ref for item in answer.nodes}
                wanted = {
                    (lineage.ref(c), lineage.ref(p)) for c, p in zip(graph.child.tolist(), graph.parent.tolist(), strict=True)
                }
                assert {(e.child, e.parent) for e in answer.edges} == {
                    pair for pair in wanted if pair[0] in refs and pair[1] in refs
                }
                assert answer.total == len(reach(lineage, node, direction).nodes) >= len(answer.nodes)


def test_a_wide_family_leaves_the_walk_for_the_levels():
    n = 3000
    graph = Graph(n, np.arange(1, n, dtype=np.int32), np.zeros(n - 1, np.int32), np.ones(n - 1, np.float32))
    lineage = lineage_of(graph)
    assert _reach_few(lineage, 0, "down", None) is None
    assert len(reach(lineage, 0, "down").nodes) == n - 1
    assert lineage.descendants[0] == lineage.dominated[0] == n - 1
