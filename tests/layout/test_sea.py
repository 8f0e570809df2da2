from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from laws import assert_apart

from filiation.layout import sea

NONE = np.empty(0)


@given(st.integers(-5000, 5000), st.integers(-5000, 5000))
def test_a_slot_is_found_again_by_its_place(row, column):
    code = np.array([(row + sea.SHIFT) * (2 * sea.SHIFT) + column + sea.SHIFT])
    assert np.array_equal(sea.code_at(*sea.place(code)), code)


def test_slots_lie_apart_within_the_land_and_off_the_islands():
    island = np.array([0.0, 30.0]), np.array([0.0, 5.0]), np.array([12.0, 3.0])
    free = sea.slots(*island, 45.0)
    assert_apart(np.append(free.x, island[0]), np.append(free.y, island[1]), np.append(np.ones(len(free.x)), island[2]), 0)
    assert (np.hypot(free.x, free.y) + 1 <= 45).all()
    assert len(np.unique(free.code)) == len(free.code)


def test_the_radius_is_the_smallest_with_room():
    radius = sea.radius_for(NONE, NONE, NONE, 500, 3.0)
    assert len(sea.slots(NONE, NONE, NONE, radius).x) >= 500
    assert len(sea.slots(NONE, NONE, NONE, radius * 0.99).x) < 500


def test_a_group_is_one_patch_and_everyone_has_a_slot_of_their_own():
    free = sea.slots(NONE, NONE, NONE, 60.0)
    group = np.arange(len(free.x) - 50) % 3
    key = np.random.default_rng(1).integers(0, 2**63, len(group)).astype(np.uint64)
    slot = sea.pour(free, group, key, np.full(len(group), -1))
    assert len(np.unique(slot)) == len(slot)
    assert (np.diff(group[np.argsort(slot)]) != 0).sum() == 2


def test_whoever_had_a_slot_keeps_it_and_newcomers_join_their_group():
    free = sea.slots(NONE, NONE, NONE, 60.0)
    count = len(free.x) - 200
    group = np.arange(count) % 2
    key = np.random.default_rng(1).integers(0, 2**63, count).astype(np.uint64)
    slot = sea.pour(free, group, key, np.full(count, -1))
    code = free.code[slot]
    code[::20] = -1
    again = sea.pour(free, group, key, code)
    assert len(np.unique(again)) == count
    assert np.array_equal(again[code >= 0], slot[code >= 0])
    second = int(slot[group == 0].min() < slot[group == 1].min())
    shore = slot[(group == second) & (code >= 0)].min()
    assert again[group != second].max() < shore
