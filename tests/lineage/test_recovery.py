"""Recovered lineage: what names, times and similarities say, and the laws that hold for any of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.core.relation import Relation
from filiation.knowledge import load
from filiation.lineage.recovery import Told, candidates_of, joined, recover
from filiation.lineage.recovery_features import PRIOR_FEATURES, Item, prior_features
from filiation.lineage.recovery_names import parts
from filiation.lineage.recovery_score import EVIDENCE, confidences, views, weights_of
from filiation.lineage.recovery_similarity import SIMILARITY_FEATURES, Matrix, similarity_features

START = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = ("m/swan-7b", "n/swan-7b-chat", "n/swan-7b-chat-GGUF", "k/heron-1b", "k/heron-1b-lora", "s/swan-slerp-7b", "x/plover")


def items(count=7):
    return [Item(name, START + timedelta(days=20 * number)) for number, name in enumerate(NAMES[:count])]


def family(seed, count=7):
    """Return the cosines of vectors that drift from one to the next, and of strangers."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, 64))
    for child, parent in ((1, 0), (2, 1), (4, 3), (5, 0)):
        if child < count:
            rows[child] = rows[parent] + 0.1 * rows[child]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return Matrix(rows @ rows.T, slope=10.0, intercept=-5.0)


def pairs(found):
    return {(edge.child, edge.parent): edge for edge in found.edges}


def test_a_chain_an_adapter_and_a_stranger():
    found = recover(items(), [family(1)])
    assert {(1, 0), (2, 1), (4, 3)} <= set(pairs(found))
    assert pairs(found)[2, 1].relation is Relation.QUANTIZED
    assert pairs(found)[4, 3].relation is Relation.ADAPTER
    assert {0, 3, 6} <= set(found.abstained)
    assert all(0 < edge.confidence <= 1 and edge.evidence for edge in found.edges)


def test_names_and_times_alone_say_something_and_nothing_says_nothing():
    assert (2, 1) in pairs(recover(items(), []))
    assert recover([], []).edges == ()
    assert recover([Item("a/b")], []).abstained == (0,)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, len(NAMES)))
def test_a_model_gets_the_same_parents_alone_as_among_all(seed, count):
    measure, models = family(seed, count), items(count)
    whole = recover(models, [measure])
    for child in range(count):
        alone = recover(models, [measure], children=[child])
        mine = [(edge.parent, edge.confidence) for edge in whole.edges if edge.child == child]
        assert [(edge.parent, edge.confidence) for edge in alone.edges] == mine


def test_who_is_asked_again_has_the_newcomer_among_its_candidates():
    models, measure = items(), family(3)
    again = joined([measure], models, {5})
    assert 5 in again
    everybody = candidates_of(models, [measure], frozenset())
    assert again == [child for child in range(7) if child == 5 or 5 in everybody(child)]
    before = recover(models[:5], [Matrix(measure.values[:5, :5], 10.0, -5.0)])
    after = recover(models, [measure])
    for child in set(range(5)) - set(again):
        assert [e.parent for e in before.edges if e.child == child] == [e.parent for e in after.edges if e.child == child]


def test_what_only_we_have_is_no_parent_of_what_the_hub_has():
    models = items(3)
    models[0] = Item("swan-7b", START, registry="local")
    assert 0 not in candidates_of(models, [family(1, 3)], frozenset())(1)
    models[1] = Item("swan-7b-chat", START + timedelta(days=20), registry="local")
    assert {0, 2} <= set(candidates_of(models, [family(1, 3)], frozenset())(1).tolist())


def test_copies_have_the_parents_of_the_oldest_of_them():
    models = [*items(3), Item("copy/cat", START + timedelta(days=200))]
    values = np.pad(family(1, 3).values, ((0, 1), (0, 1)), mode="edge")
    found = recover(models, [Matrix(values, 10.0, -5.0)], duplicates=[(3, 2)])
    assert found.duplicates == ((2, 3),)
    assert [e.parent for e in found.edges if e.child == 3] == [e.parent for e in found.edges if e.child == 2] != []
    assert all(edge.parent != 3 for edge in found.edges)


def test_what_the_weights_tell_comes_first_and_cycles_are_opened():
    told = {
        0: Told(Relation.FINETUNE, {1: (0.6, 1.0)}, "finetune"),
        1: Told(Relation.MERGE, {0: (0.9, 0.5), 3: (0.9, 0.5)}, "slerp"),
    }
    found = pairs(recover(items(4), [family(1, 4)], told=lambda child, _: told.get(child)))
    assert found[0, 1].set_aside
    assert not found[1, 0].set_aside
    assert found[1, 3].share == 0.5


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("x/swan-7b.Q4_K_M-GGUF", Relation.QUANTIZED),
        ("x/swan-lora", Relation.ADAPTER),
        ("x/swan-2x7b-slerp", Relation.MERGE),
        ("x/swan-onnx", Relation.CONVERTED),
    ],
)
def test_names_say_kinds(name, kind):
    assert kind in parts(name).kinds


def test_a_word_for_a_kind_is_no_part_of_the_name():
    assert parts("a/swan-7b-GGUF").letters == parts("b/swan-7b").letters == "swan7b"
    assert parts("a/swan-7b-GGUF").frozen
    assert not parts("a/swan-7b-bnb-4bit").frozen
    assert parts("a/swan-500m").millions == {500.0}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(max_size=20), min_size=2, max_size=6))
def test_any_names_give_finite_features(names):
    models = [Item(name, START if number % 2 else None) for number, name in enumerate(names)]
    table = prior_features(models[0], models[1:])
    assert table.shape == (len(names) - 1, len(PRIOR_FEATURES))
    assert np.isfinite(table).all()


def test_a_measure_that_is_deaf_to_a_pair_is_not_heard():
    heard = family(1)
    deaf = Matrix(np.where(np.eye(len(NAMES)) > 0, 1.0, 0.0), 10.0, -5.0)
    models = np.array([1, 0, 2])
    alone = similarity_features([heard], models, np.ones(2))
    both = similarity_features([heard, deaf], models, np.ones(2))
    assert np.allclose(alone, both)
    blank = Matrix(np.full((7, 7), np.nan), 1.0, 0.0)
    assert np.isfinite(similarity_features([blank], models, np.ones(2))).all()


def test_a_merge_is_a_mixture_of_its_parents_and_a_child_of_one_is_not():
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 4096))
    rows = np.array([0.6 * a + 0.4 * b, a, b, c])
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    mix = SIMILARITY_FEATURES.index("mix")
    table = similarity_features([Matrix(rows @ rows.T, 10.0, -5.0)], np.arange(4), np.ones(3))
    assert table[:2, mix].min() > 0.3
    assert table[2, mix] < 0.05


def test_several_measures_are_heard_together_and_each_alone_that_is_known_alone():
    weights = weights_of(load("recovery"))
    known = Matrix(family(1).values, 10.0, -5.0, "pdf")
    other = Matrix(family(2).values, 10.0, -5.0, "of nobody")
    assert [len(view.measures) for view in views([known], weights)] == [1]
    assert [len(view.measures) for view in views([known, other], weights)] == [2, 1]
    loud, low = np.array([4.0, 0.0]), np.array([-4.0, 0.0])
    alone, both = (confidences(items()[0], scores, weights) for scores in ([loud], [loud, low]))
    assert alone[0] > both[0] > 0


def test_what_is_kept_as_weights_is_of_what_is_weighed():
    for name in ("weights", "sketches"):
        weights = weights_of(load("recovery"), name)
        assert set(weights.evidence) <= set(EVIDENCE)
        assert set(weights.prior) == set(PRIOR_FEATURES)
        assert "near" not in weights.without("near").evidence
        assert all(set(view) <= set(EVIDENCE) for view in weights.alone.values())
