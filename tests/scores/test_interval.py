"""Intervals against those of others, and by their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.scores.interval import bootstrap, difference_by_error, difference_of_shares, wilson

counts = st.integers(1, 5000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=20)
@given(counts, st.sampled_from([0.8, 0.95, 0.999]))
def test_wilson_is_that_of_scipy(count, level):
    from scipy.stats import binomtest

    right, size = count
    known = binomtest(right, size).proportion_ci(level, "wilson")
    assert wilson(right / size, size, level) == pytest.approx((known.low, known.high), abs=1e-9)


@settings(max_examples=40)
@given(counts, counts)
def test_a_difference_turned_round_is_its_negative(one, two):
    a, b = one[0] / one[1], two[0] / two[1]
    there, back = difference_of_shares(a, one[1], b, two[1]), difference_of_shares(b, two[1], a, one[1])
    assert there == pytest.approx((-back.high, -back.low), abs=1e-9)
    assert there.holds(a - b)
    exact = difference_of_shares(a, one[1], b, None)
    assert there.low <= exact.low + 1e-9
    assert exact.high <= there.high + 1e-9


def test_newcombe_printed_an_example():
    low, high = difference_of_shares(56 / 70, 70, 48 / 80, 80)  # Newcombe 1998, table II, a, method 10
    assert (round(low, 4), round(high, 4)) == (0.0524, 0.3339)


def test_by_error():
    assert difference_by_error(0.02, 0.01, None) == pytest.approx((0.02 - 0.0196, 0.02 + 0.0196), abs=1e-4)


def test_bootstrap_is_near_that_of_scipy_and_the_same_each_time():
    from scipy.stats import bootstrap as theirs

    values = np.random.default_rng(3).beta(0.5, 2, 60)
    ours = bootstrap(values, lambda drawn: float(np.mean(drawn)))
    known = theirs((values,), np.mean, n_resamples=2000, rng=np.random.default_rng(4)).confidence_interval
    assert ours == pytest.approx((known.low, known.high), abs=0.01)
    assert ours == bootstrap(values, lambda drawn: float(np.mean(drawn)))
    assert bootstrap(np.ones(5), lambda drawn: float(np.mean(drawn))) == (1.0, 1.0)
