"""Merges are solved: parents, shares and method; what is no merge is not called one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_source import MadeSource, sketched
from test_kinship import Arrays, bfloat16, model, tuned

from filiation.weights.affine import decimals
from filiation.weights.merging import merge
from filiation.weights.parentage import parentage
from filiation.weights.thinned_values import thinned_values
from filiation.weights.trimmed_merges import kept_of_ties

BASE = model(1)
TUNED = [tuned(BASE, seed) for seed in (2, 3, 4, 5)]
POOL = [sketched(one) for one in (BASE, *TUNED)]


def mean(*parts: tuple[float, Arrays]) -> Arrays:
    return {name: sum(share * one[name].astype(np.float64) for share, one in parts).astype(np.float32) for name in BASE}


def shares(child: Arrays, pool=POOL, **options) -> dict[int, float]:
    found = merge(sketched(child), pool, **options)
    return {} if found is None else {one.candidate: round(one.weight, 3) for one in found.parents}


@given(st.floats(0.1, 0.9))
@settings(max_examples=10, deadline=None)
def test_the_shares_of_a_mean_are_found(share):
    found = shares(mean((share, TUNED[0]), (1 - share, TUNED[2])))
    assert found == pytest.approx({1: share, 3: 1 - share}, abs=0.002)


def test_three_parents_are_found():
    assert shares(mean((0.5, TUNED[0]), (0.3, TUNED[1]), (0.2, TUNED[3]))) == {1: 0.5, 2: 0.3, 4: 0.2}


def test_task_arithmetic_is_told_with_its_base():
    child = mean((-0.3, BASE), (0.6, TUNED[0]), (0.7, TUNED[1]))
    found = merge(sketched(child), POOL)
    assert found is not None
    assert (found.method, found.base) == ("task-arithmetic", 0)
    assert shares(child) == {1: 0.6, 2: 0.7}


def test_a_merge_kept_in_half_the_bits_is_still_found():
    child = {name: bfloat16(value) for name, value in mean((0.4, TUNED[0]), (0.6, TUNED[1])).items()}
    assert shares(child) == pytest.approx({1: 0.4, 2: 0.6}, abs=0.02)


def test_spherical_interpolation_is_told():
    child = {}
    for name, a in TUNED[0].items():
        b = TUNED[1][name]
        angle = np.arccos(np.clip((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b), -1, 1))
        child[name] = ((np.sin(0.3 * angle) * a + np.sin(0.7 * angle) * b) / np.sin(angle)).astype(np.float32)
    found = merge(sketched(child), POOL)
    assert found is not None
    assert found.method in {"slerp", "linear"}
    assert {one.candidate: round(one.weight, 1) for one in found.parents} == {1: 0.3, 2: 0.7}


def test_a_stack_of_layers_names_whose_they_are():
    child = {name: TUNED[0 if "layers.0." in name or "layers.1." in name else 1][name] for name in BASE}
    found = merge(sketched(child), POOL)
    assert found is not None
    assert found.method == "layers"
    assert found.layers == {0: 1, 1: 1, 2: 2, 3: 2}


def test_what_is_trained_is_no_merge():
    assert shares(tuned(BASE, 9)) == {}
    assert shares(tuned(TUNED[0], 9)) == {}


def test_strangers_are_no_parents():
    strangers = [sketched(model(seed)) for seed in (20, 21, 22)]
    assert shares(BASE, strangers) == {}


def test_the_parents_of_a_merge_are_told_and_a_model_without_kin_has_none():
    pool = [*POOL, sketched(model(30))]
    found = parentage(sketched(mean((0.3, TUNED[0]), (0.7, TUNED[1]))), pool)
    assert found.relation == "merge"
    assert {one.candidate: round(one.weight, 2) for one in found.parents} == {1: 0.3, 2: 0.7}
    alone = parentage(sketched(model(40)), pool)
    assert alone.parents == ()
    assert alone.abstained


def test_a_sibling_is_not_taken_for_the_parent():
    times = [0.0, 1.0, 2.0, 3.0, 4.0]
    found = parentage(sketched(tuned(TUNED[0], 9, 0.03)), POOL, times, 5.0)
    assert [one.candidate for one in found.parents] == [1]


def test_a_rounding_descends_from_the_finest():
    pool = [sketched({name: value.astype(np.float16).astype(np.float32) for name, value in BASE.items()}), *POOL]
    found = parentage(sketched({name: bfloat16(value) for name, value in BASE.items()}), pool)
    assert found.relation == "quantized"
    assert [one.candidate for one in found.parents] == [1]


@pytest.mark.parametrize(("weight", "many"), [(1.0, 0), (0.5, 1), (0.25, 2), (1 / 3, 4)])
def test_plain_weights_take_few_decimals(weight, many):
    assert decimals(weight) == many


def test_a_relative_is_named_as_no_parent_where_the_parent_is_absent():
    """Of fine-tunes of one root that is not among them none is the parent: norms grow both ways, and each explains a part."""
    child = sketched(tuned(BASE, 8, 0.03))
    there = parentage(child, POOL, [0.0, 1.0, 2.0, 3.0, 4.0], 5.0)
    assert [one.candidate for one in there.parents] == [0]
    gone = parentage(child, POOL[1:], [1.0, 2.0, 3.0, 4.0], 5.0)
    assert gone.parents == ()
    assert gone.details["nearest"] in range(4)
    assert gone.confidence < 0.1 < there.confidence


def test_what_a_relation_leaves_alone_tells_a_rounding_of_a_sibling():
    scaled = [{name: value * (1.02 if value.ndim == 1 else 1) for name, value in one.items()} for one in TUNED[:1]]
    child = {name: bfloat16(value) if value.ndim == 2 else value for name, value in TUNED[0].items()}
    own, other = parentage(sketched(child), [sketched(TUNED[0])]), parentage(sketched(child), [sketched(scaled[0])])
    assert own.relation == other.relation == "quantized"
    assert other.confidence < 0.5 < own.confidence


def thinned(how: str, share: float, kept: float) -> Arrays:
    """Return a merge of the first two fine-tunes by TIES or DARE."""
    maker, child = np.random.default_rng(5), {}
    for name, base in BASE.items():
        changes = np.stack([one[name] - base for one in TUNED[:2]])
        shares = np.array([share, 1 - share]).reshape(-1, *[1] * base.ndim)
        if how == "dare":
            child[name] = (base + (shares * changes * (maker.random(changes.shape) < kept) / kept).sum(axis=0)).astype("f")
            continue
        edges = [np.quantile(np.abs(change), 1 - kept) for change in changes]
        held = shares * np.stack([np.where(np.abs(c) >= edge, c, 0) for c, edge in zip(changes, edges, strict=True)])
        agree = np.sign(held) == np.sign(held.sum(axis=0))
        child[name] = (base + (held * agree).sum(axis=0) / np.maximum((shares * agree).sum(axis=0), 1e-8)).astype("f")
    return child


@pytest.mark.parametrize("how", ["ties", "dare"])
@pytest.mark.parametrize("share", [0.5, 0.3])
def test_ties_and_dare_are_told_apart_by_values_with_their_shares(how, share):
    base, first, second = (MadeSource(one) for one in (BASE, *TUNED[:2]))
    found = thinned_values(MadeSource(thinned(how, share, 0.6)), base, [first, second])
    assert found is not None
    assert found.method == how
    assert found.shares == pytest.approx((share, 1 - share), abs=0.03)
    assert found.kept == pytest.approx(0.6, abs=0.05)


def test_values_of_a_plain_mean_show_neither():
    base, first, second = (MadeSource(one) for one in (BASE, *TUNED[:2]))
    assert thinned_values(MadeSource(mean((0.4, TUNED[0]), (0.6, TUNED[1]))), base, [first, second]) is None


def test_what_ties_leaves_is_worked_out_as_it_is():
    """The slow twin: of many drawn values, what least squares find."""
    first, second = np.random.default_rng(1).standard_normal((2, 200_000))
    second *= 0.5
    held = (
        np.where(np.abs(first) >= np.quantile(np.abs(first), 0.4), 0.3 * first, 0),
        np.where(np.abs(second) >= np.quantile(np.abs(second), 0.4), 0.7 * second, 0),
    )
    sign = np.sign(held[0] + held[1])
    agree = [(np.sign(one) == sign) & (one != 0) for one in held]
    out = (held[0] * agree[0] + held[1] * agree[1]) / np.maximum(0.3 * agree[0] + 0.7 * agree[1], 1e-9)
    slow = np.linalg.lstsq(np.stack([first, second]).T, out, rcond=None)[0]
    left, noise = kept_of_ties(np.array([0.5]), np.array([0.0]), 0.3, 0.6)
    assert left[:, 0] == pytest.approx(slow, abs=0.03)
    assert noise[0] == pytest.approx(np.mean((out - slow @ np.stack([first, second])) ** 2), rel=0.1)
