"""One rule for what is saturated."""

import math

import numpy as np
import pytest

from ibspec.core import SATURATED_BITS, ceiling, is_saturated


@pytest.mark.parametrize(
    ("below", "wanted"), [(0.0101, False), (0.0099, True), (0.0, True), (-3.0, True), (math.nan, False)]
)
@pytest.mark.parametrize("most", [1.0, 9.965784284662087, 12.0])
def test_a_hundredth_of_a_bit_below_the_ceiling_or_above_it(below, wanted, most):
    assert bool(is_saturated(np.array([most - below]), most)[0]) is wanted


def test_the_edge_counts():
    """0.5 and 0.51 are not exact in binary; 0.01 below 0.01 + 0.01 is."""
    assert bool(is_saturated(np.array([SATURATED_BITS]), 2 * SATURATED_BITS)[0])


def test_a_probe_without_information_saturates_nothing():
    assert not is_saturated(np.array([0.0, 1.0]), 0.0).any()
    assert not is_saturated(np.array([0.01]), 0.01).any()


def test_the_ceiling_is_what_the_inputs_can_tell_apart():
    assert ceiling(3.0, 4096) == 3.0
    assert ceiling(None, 4096) == 12.0
    assert ceiling(None, np.array([2, 1024])).tolist() == [1.0, 10.0]


def test_each_measurement_has_its_own_samples():
    found = is_saturated(np.array([9.995, 9.995]), ceiling(None, np.array([1024, 2048])))
    assert found.tolist() == [True, False]
