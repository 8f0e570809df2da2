"""Figures from answers, against plain twins; answers of any shape."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_suites import fruit_suite, toml_suite

from filiation.measure import metrics
from filiation.measure.answers import asked_and_given, digest_of, oddities, order_of, told_by
from filiation.measure.metrics import Asked, cosines, figure
from filiation.measure.suite import read_suite


def plain_f1(right, given):
    found = []
    for label in sorted(set(right)):
        both = sum(one == two == label for one, two in zip(right, given, strict=True))
        precision = both / given.count(label) if given.count(label) else 0
        recall = both / right.count(label)
        found.append(2 * precision * recall / (precision + recall) if both else 0)
    return sum(found) / len(found)


@pytest.mark.parametrize("seed", range(6))
def test_f1_is_the_mean_over_classes(seed, monkeypatch):
    monkeypatch.setattr(metrics, "DRAWS", 20)
    random = np.random.default_rng(seed)
    right, answered = list(random.choice(list("abc"), 9)), list(random.choice(list("abcd"), 9))
    found = figure("f1", Asked(right, answered))
    assert found.value == pytest.approx(plain_f1(right, answered))
    assert (found.samples, found.variant) == (9, "macro")


def test_a_share_has_the_interval_of_wilson():
    found = figure("accuracy", Asked(list("aabb"), list("aaab")))
    assert (found.value, found.samples) == (0.75, 4)
    assert (found.low, found.high) == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert found.stderr == pytest.approx(0.25)


def test_ranks_count_ties_against_the_model():
    rows = [[0.9, 0.1, 0.2], [0.5, 0.5, 0.1], [0.9, 0.8, 0.7]]
    asked = Asked([0, 1, 2], rows)
    assert figure("recall_at_1", asked).value == pytest.approx(1 / 3)
    assert figure("mrr_at_10", asked).value == pytest.approx((1 + 1 / 2 + 1 / 3) / 3)
    assert figure("ndcg_at_10", asked).value == pytest.approx((1 + 1 / math.log2(3) + 1 / math.log2(4)) / 3)


def plain_ranks(values):
    return [(sum(other < one for other in values) + sum(other <= one for other in values) + 1) / 2 for one in values]


def test_rank_correlation_is_that_of_ranks(monkeypatch):
    monkeypatch.setattr(metrics, "DRAWS", 50)
    random = np.random.default_rng(1)
    right, answered = random.integers(0, 5, 30).astype(float), random.normal(size=30)
    found = figure("cosine_spearman", Asked(list(right), list(answered)))
    assert found.value == pytest.approx(np.corrcoef(plain_ranks(right), plain_ranks(answered))[0, 1])
    assert found.low < found.value < found.high
    assert found == figure("cosine_spearman", Asked(list(right), list(answered)))


def test_a_row_of_zeros_is_alike_to_nothing():
    assert cosines(np.array([[0.0, 0.0], [1.0, 0.0]]), np.array([[2.0, 0.0]])).tolist() == [[0.0], [1.0]]


def test_the_order_is_another_each_time_and_the_same_for_a_seed():
    assert order_of(50, 0, 3) == list(range(50))
    assert order_of(50, 1, 3) == order_of(50, 1, 3) != order_of(50, 2, 3)
    assert sorted(order_of(50, 1, 4)) == list(range(50))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "answered 0 of 4"),
        (b"not json\n", "no JSON"),
        (b"[1]\n", "no JSON object"),
        (b'{"id": 7, "label": "a"}\n', "was not asked"),
        (b'{"id": true, "label": "a"}\n', "was not asked"),
        (b'{"id": 0, "label": "a"}\n{"id": 0, "label": "a"}\n', "twice"),
        (b'{"id": 0, "label": 1}\n', "is no label"),
        (b'{"id": 0}\n', "is no label"),
        (b"[" * 5_000 + b"\n", "no JSON"),
        (b'{"id": 0, "label": "' + b"x" * (5 << 20) + b'"}\n', "line of more than"),
    ],
)
def test_answers_of_another_shape_are_worth_nothing(tmp_path, raw, says):
    read = read_suite(fruit_suite(tmp_path / "s.toml"))
    assert says in told_by(raw, read, range(4)).problem


@settings(max_examples=20)
@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(tmp_path_factory, raw):
    read = read_suite(_pairs(tmp_path_factory))
    told_by(raw, read, range(3))


def _pairs(factory):
    path = factory.getbasetemp() / "pairs.toml"
    if not path.exists():
        pairs = [{"text": "a", "other": "b", "value": 1.0}, {"text": "b", "other": "c", "value": 0.5}]
        path.write_text(toml_suite("similarity", ["cosine_pearson"], pairs))
    return path


def test_vectors_are_of_one_length_and_finite(tmp_path_factory):
    read = read_suite(_pairs(tmp_path_factory))
    uneven = b'{"id":0,"vector":[1]}\n{"id":1,"vector":[1,2]}\n{"id":2,"vector":[1]}\n'
    assert told_by(uneven, read, range(3)).problem == "Its vectors are of different lengths."
    assert told_by(b'{"id":0,"vector":[1e999]}\n', read, range(3)).problem
    assert "no vector" in told_by(b'{"id":0,"vector":[]}\n', read, range(3)).problem
    even = b'{"id":2,"vector":[1,0]}\n{"id":1,"vector":[1,1]}\n{"id":0,"vector":[0,1]}\n'
    told = told_by(even, read, [2, 1, 0])
    assert told.answers == {0: [1, 0], 1: [1, 1], 2: [0, 1]}
    assert asked_and_given(read, told.answers).given == pytest.approx([0.5**0.5, 0.5**0.5])
    assert digest_of(told.answers) == digest_of(dict(reversed(told.answers.items())))


def test_odd_answers_are_said(tmp_path):
    read = read_suite(fruit_suite(tmp_path / "s.toml"))
    assert oddities(read, dict.fromkeys(range(4), "fruit")) == ["It gave one and the same answer to every question."]
    told = oddities(read, {0: "fruit", 1: "animal", 2: "tool", 3: "tool"})
    assert told == ["1 of the labels that it answered are none of the suite's and count as wrong: animal."]
