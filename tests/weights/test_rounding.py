from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from filiation.weights.rounding import rounded

ROWS = arrays(np.float64, (3, 5), elements=st.floats(-1e300, 1e300) | st.just(float("nan")) | st.floats(-1, 1))


@given(ROWS, st.sampled_from([16, 24]))
def test_rounding_what_was_rounded_changes_nothing(rows, bits):
    once = rounded(rows, bits)
    assert np.array_equal(rounded(once, bits), once, equal_nan=True)
    assert (np.isnan(once) == np.isnan(rows)).all()
    assert not np.isinf(once).any()


@given(arrays(np.float64, (2, 4), elements=st.floats(-1e30, 1e30)), st.sampled_from([16, 24]))
def test_what_is_lost_is_small_beside_the_largest_number_of_the_row(rows, bits):
    largest = np.abs(rows).max(axis=1, keepdims=True)
    assert (np.abs(rounded(rows, bits) - rows) <= largest * 2.0 ** (1 - bits) + 1e-44).all()
