"""Slopes of estimates on log2 of the sample size, where they are known."""

import numpy as np
import pytest

from ibspec.core import Probe, UserError
from ibspec.estimators import Kde
from ibspec.tuning import grow, sizes_up_to

SIZES = (100, 200, 400, 800)


def of_uniform(units, draws=3):
    """f(1) of uniform rows with noise variance 0.1."""
    values = np.empty((len(SIZES), draws))
    for draw in range(draws):
        rows = np.random.default_rng(draw).random((SIZES[-1], units))
        for place, size in enumerate(SIZES):
            probe = Probe(ids=np.arange(size))
            values[place, draw] = Kde(noise_variance=0.1).estimate(rows[:size], probe).i_xt
    return values


def test_separated_points_gain_a_bit_a_doubling():
    """784 units: 6.6439, 7.6439, 8.6439, 9.6439 bits, log2 N to four decimals."""
    found = grow(SIZES, of_uniform(784))
    assert found.means == pytest.approx([6.6439, 7.6439, 8.6439, 9.6439], abs=1e-4)
    assert found.slope == pytest.approx(1.0, abs=1e-4)
    assert found.state == "saturated"


def test_wide_noise_settles():
    """Two units: about 1.5 bits at any size; the slope is below 0.05 bits a doubling."""
    found = grow(SIZES, of_uniform(2))
    assert found.state == "settled"
    assert found.means[-1] == pytest.approx(1.55, abs=0.05)  # four standard deviations of a draw of 800


def test_the_slope_is_of_the_last_two_doublings():
    values = np.array([[0.0], [10.0], [10.0], [10.5], [11.0]])
    found = grow((50, 100, 200, 400, 800), values)
    assert found.slope == pytest.approx(0.5, abs=1e-12)
    assert (found.state, found.error) == ("growing", 0.0)
    assert grow((100, 200, 400), np.array([[3.0], [2.0], [1.0]])).state == "falling"


def test_the_error_of_the_slope_by_hand():
    """Sizes 1, 2, 4: the slope is half the last less the first; each mean of two draws errs by d / 2."""
    values = np.array([[0.0, 2.0], [5.0, 5.0], [3.0, 3.0]])
    found = grow((1, 2, 4), values)
    assert found.slope == pytest.approx(1.0)
    assert found.spreads == pytest.approx((2**0.5, 0.0, 0.0))
    assert found.error == pytest.approx(0.5 * 2**0.5 / 2**0.5)


@pytest.mark.parametrize("sizes", [(100, 200), (100, 300, 200), (100, 150, 200)])
def test_sizes_that_give_no_slope(sizes):
    with pytest.raises(ValueError, match=rf"over two doublings; got \[{sizes[0]}, {sizes[1]}"):
        grow(sizes, np.zeros((len(sizes), 1)))


def test_doublings():
    assert sizes_up_to(1000) == [125, 250, 500, 1000]
    assert sizes_up_to(400) == [100, 200, 400]
    with pytest.raises(UserError, match="has 399 rows to choose from, and two doublings from 100 need 400"):
        sizes_up_to(399)
