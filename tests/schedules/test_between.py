"""Straight lines between measured epochs."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.schedules import interpolate

ROUNDING = 1e-12
"""Products and one sum of numbers up to 100."""


@given(
    epochs=st.sets(st.integers(0, 60), min_size=1, max_size=12),
    seed=st.integers(0, 2**32 - 1),
)
def test_as_numpy_does_within_the_range(epochs, seed):
    known = np.array(sorted(epochs))
    values = np.random.default_rng(seed).normal(scale=20, size=(len(known), 3))
    at = np.random.default_rng(seed).permutation(62) - 1
    found = interpolate(known, values, at)
    for column in range(3):
        lines = np.interp(at, known, values[:, column], left=np.nan, right=np.nan)
        np.testing.assert_allclose(found[:, column], lines, rtol=0, atol=ROUNDING)
    measured = np.searchsorted(known, at[np.isin(at, known)])
    np.testing.assert_array_equal(found[np.isin(at, known)], values[measured])


@pytest.mark.parametrize("gap", [math.nan, math.inf, -math.inf])
def test_nothing_is_known_beside_a_number_that_is_missing(gap):
    found = interpolate(np.array([0, 4, 8]), np.array([[1.0], [gap], [3.0]]), np.arange(10))[:, 0]
    assert np.isnan(found[[1, 2, 3, 5, 6, 7, 9]]).all()
    np.testing.assert_array_equal(found[[0, 4, 8]], [1.0, gap, 3.0])


def test_no_epochs():
    assert interpolate(np.array([], dtype=np.int64), np.empty((0, 2)), np.arange(3)).shape == (3, 2)
    assert interpolate(np.array([2]), np.ones((1, 2)), np.array([], dtype=np.int64)).shape == (0, 2)
