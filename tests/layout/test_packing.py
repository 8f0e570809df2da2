from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from laws import assert_apart

from filiation.layout import packing
from filiation.layout.arrange import arrange
from filiation.layout.packing import front_chain
from filiation.layout.room import settle

RADII = st.lists(st.floats(0.3, 40.0), min_size=1, max_size=60)


@given(RADII)
@settings(max_examples=60, deadline=None)
def test_a_front_chain_keeps_circles_apart_and_inside(radii):
    r = np.sort(np.array(radii))[::-1].copy()
    x, y, radius = front_chain(r)
    assert_apart(x, y, r, 1e-7)
    assert (np.hypot(x, y) + r).max() <= radius * (1 + 1e-12)


def test_a_front_chain_of_equal_circles_fills_most_of_its_disc():
    _x, _y, radius = front_chain(np.ones(2000))
    assert 2000 / radius**2 > 0.8


def test_beyond_the_limit_the_rest_form_a_ring(monkeypatch):
    r = np.ones(packing.CHAIN_LIMIT + 5000)
    x, y, radius = front_chain(r)
    outside = np.hypot(x, y)[packing.CHAIN_LIMIT :]
    assert outside.min() >= np.hypot(x, y)[: packing.CHAIN_LIMIT].max()
    assert len(r) / radius**2 > 0.6


@given(RADII, st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_settling_keeps_circles_apart_and_lets_stay_what_did_not_grow(radii, seed):
    rng = np.random.default_rng(seed)
    old = np.sort(np.array(radii))[::-1].copy()
    x, y, limit = front_chain(old * 1.04)
    stays = rng.random(len(old)) < 0.8
    grown = np.where(rng.random(len(old)) < 0.2, old * 1.2, old)
    nx, ny, reach = settle(grown, x, y, old, stays, limit)
    assert_apart(nx, ny, grown, 1e-7)
    assert (np.hypot(nx, ny) + grown).max() <= reach * (1 + 1e-12)
    if (grown == old).all():
        assert np.array_equal(nx[stays], x[stays])


@pytest.mark.parametrize("count", [1, 2, 9, 40])
def test_lands_fit_their_square(count):
    r = np.random.default_rng(count).pareto(1, count) * 10 + 1
    x, y, side = arrange(r, np.arange(count) % 3)
    assert_apart(x, y, r, 1e-6)
    assert (np.minimum(np.minimum(x, side - x), np.minimum(y, side - y)) >= r).all()
    assert (r * r).sum() * np.pi / side**2 > 0.15
