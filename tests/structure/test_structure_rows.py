from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_structures import bert, llama

from filiation.structure.features import KINDS, features, hashed
from filiation.structure.rows import MAX_ROWS, fold, signature


@given(st.lists(st.tuples(st.text(max_size=40), st.lists(st.integers(0, 9), max_size=4).map(tuple)), max_size=30), st.randoms())
def test_neither_order_nor_count_is_lost(tensors, draw):
    rows = fold(tensors)
    shuffled = list(tensors)
    draw.shuffle(shuffled)
    assert fold(shuffled) == rows
    assert sum(row.count for row in rows) == len(tensors)


def test_numbers_of_layers_do_not_matter():
    assert {(row.path, row.shape) for row in fold(llama(2))} == {(row.path, row.shape) for row in fold(llama(9))}
    assert signature(fold(llama(2))) != signature(fold(llama(9)))


@pytest.mark.parametrize("spelling", ["block_{}/w", "layer_._{}/w", "h.{}.w", "h[{}].w"])
def test_layers_in_other_spellings(spelling):
    assert len(fold((spelling.format(i), (2,)) for i in range(6))) == (6 if "[" in spelling else 1)


def test_a_hostile_index_is_bounded():
    rows = fold((f"{'x' * 300}.{i}y.{'.'.join('ab' * 99)}", (i,)) for i in range(MAX_ROWS + 500))
    assert len(rows) == MAX_ROWS
    assert all(len(row.path) <= 24 and max(map(len, row.path)) <= 80 for row in rows)
    assert fold([]) == ()


@pytest.mark.parametrize("wrapper", ["module.", "model.module.", "_orig_mod.", "student."])
def test_wrappers_do_not_matter(wrapper):
    rows = fold(bert())
    assert features(fold((wrapper + name, shape) for name, shape in bert())) == features(rows)


def test_hashes_are_in_order_and_kinds_are_known():
    hashes, kinds = hashed(fold(random.Random(1).sample(bert(), 20)))  # noqa: S311  # nothing secret
    assert (hashes[1:] > hashes[:-1]).all()
    assert kinds.max() < len(KINDS)
