"""Slopes of Theil and Sen against SciPy's, their intervals, and blocks."""

import numpy as np
import pytest
from scipy import stats

from ibspec.analysis import log_slope
from ibspec.analysis.blocks import draw_blocks
from ibspec.core.errors import SampleSizeError, ShapeError
from verification.planted import alike, noisy

EPOCHS = np.unique(np.logspace(0, 3, 60).round())


@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_scipy(seed):
    curve = noisy(np.log10(EPOCHS), 1, seed, sd=0.5)[0]
    curve[7] = 100.0
    found = log_slope(curve, EPOCHS, np.random.default_rng(0), resamples=10)
    assert found.value == pytest.approx(stats.theilslopes(curve, np.log10(EPOCHS)).slope, rel=1e-12)


def test_one_odd_point_changes_little():
    """An exact line with one point far off: the median of all slopes is that of the line."""
    curve = 2.0 - 1.5 * np.log10(EPOCHS)
    curve[10] += 50
    assert log_slope(curve, EPOCHS, np.random.default_rng(0)).value == pytest.approx(-1.5, rel=1e-9)


def test_the_interval_holds_the_truth_mostly():
    """Independent noise, 100 curves at 95 %: 5 misses are expected. Blocks of 7 among 53 points are few, so
    that up to 20 % may miss; four binomial standard deviations above are 36."""
    rng = np.random.default_rng(1)
    found = [log_slope(c, EPOCHS, rng, resamples=100) for c in noisy(np.log10(EPOCHS), 100, seed=2)]
    misses = sum(not one.low <= 1.0 <= one.high for one in found)
    assert misses <= 0.2 * 100 + 4 * np.sqrt(100 * 0.2 * 0.8)
    assert misses > 0, "an interval that never misses is too wide"


def test_blocks_keep_neighbours_together():
    drawn = draw_blocks(100, 50, np.random.default_rng(0))
    assert drawn.shape == (50, 100)
    assert drawn.min() >= 0
    assert drawn.max() <= 99
    steps = np.diff(drawn, axis=1)
    inner = np.ones(99, dtype=bool)
    inner[9::10] = False
    assert (steps[:, inner] == 1).all()
    assert (steps[:, ~inner] != 1).any()


def test_blocks_of_a_given_length():
    assert (np.diff(draw_blocks(5, 3, np.random.default_rng(0), length=9)) == 1).all()
    assert draw_blocks(7, 4, np.random.default_rng(0), length=1).shape == (4, 7)


def test_noise_that_is_alike_widens_the_interval():
    """A mean of noise with correlation 0.8 has 9 times the variance: blocks of 8 see part of it."""
    rng, epochs = np.random.default_rng(3), np.logspace(0, 2, 64)
    width = [
        np.median([(i := log_slope(c, epochs, rng, resamples=100)).high - i.low for c in alike(64, 40, 4, r)])
        for r in (0.0, 0.8)
    ]
    assert width[1] > 1.5 * width[0]


def test_epoch_zero_and_too_few_points():
    rng = np.random.default_rng(0)
    with pytest.raises(ShapeError, match=r"above zero; got 0\. Leave out epoch 0"):
        log_slope(np.zeros(5), np.arange(5.0), rng)
    with pytest.raises(SampleSizeError, match=r"needs 3 measured epochs; got 2"):
        log_slope(np.zeros(2), np.array([1.0, 2.0]), rng)


def test_three_epochs_have_a_slope():
    """One a factor of ten; without noise every draw finds the same."""
    found = log_slope(np.array([1.0, 2.0, 3.0]), np.array([1.0, 10.0, 100.0]), rng=np.random.default_rng(0))
    assert (found.value, found.low, found.high) == pytest.approx((1.0, 1.0, 1.0), rel=1e-12)
