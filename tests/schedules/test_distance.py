"""How far apart two epochs are: a metric."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.schedules import distance

ROUNDING = 1e-12
"""Of sums of two numbers up to 10."""

NUMBERS = st.floats(-10, 10) | st.just(math.nan)

triples = st.integers(1, 5).flatmap(
    lambda size: st.tuples(*[st.lists(NUMBERS, min_size=size, max_size=size).map(np.array)] * 3)
)


@given(vectors=triples)
def test_a_metric(vectors):
    one, two, three = vectors
    assert distance(one, one.copy()) == 0.0
    assert distance(one, two) == distance(two, one) >= 0.0
    assert distance(one, three) <= distance(one, two) + distance(two, three) + ROUNDING


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ([1.0, 2.0], [1.5, 1.0], 1.0),
        ([], [], 0.0),
        ([math.nan, 1.0], [math.nan, 1.25], 0.25),
        ([math.nan, math.nan], [math.nan, math.nan], 0.0),
        ([math.nan, 1.0], [3.0, 1.0], math.inf),
        ([math.nan, 1.0], [1.0, math.nan], math.inf),
        ([math.inf, 0.0], [math.inf, 0.5], 0.5),
        ([math.inf], [-math.inf], math.inf),
        ([math.inf], [0.0], math.inf),
    ],
)
def test_by_hand(one, other, apart):
    assert distance(np.array(one, dtype=np.float64), np.array(other, dtype=np.float64)) == apart
