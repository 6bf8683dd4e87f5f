"""Means of nine, the noise about them, and what cannot be smoothed."""

import math

import numpy as np
import pytest

from ibspec.analysis import noise_of, smooth
from ibspec.core.errors import SampleSizeError, ShapeError
from verification.planted import noisy

EPOCHS = np.array([0.0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])


def test_means_by_hand():
    curve = np.arange(11.0) ** 2
    found = smooth(curve, EPOCHS)
    assert found.values == pytest.approx([204 / 9, 285 / 9, 384 / 9], rel=1e-15)  # sums of squares
    assert found.epochs.tolist() == [5.0, 8.0, 13.0]


def test_noise_by_hand():
    assert noise_of(np.array([0.0, 1.0, 0.0, -1.0])) == pytest.approx(math.sqrt(1 / 2), rel=1e-15)


def test_noise_of_independent_numbers():
    """Mean square of n-1 differences: its relative variance is about 3 / n; 5 standard errors, halved by
    the root."""
    found = noise_of(noisy(np.zeros(20_000), 1, seed=0)[0])
    assert found == pytest.approx(0.05, rel=5 * math.sqrt(3 / 20_000) / 2)


def test_a_trend_counts_as_noise():
    assert noise_of(np.arange(50.0)) == pytest.approx(math.sqrt(1 / 2), rel=1e-12)


def test_standard_error_is_that_of_a_difference_of_two_means():
    """Of 20,000 pairs of means of nine independent numbers each; a standard deviation is known to
    1 / sqrt(2 x 20,000)."""
    drawn = noisy(np.zeros(18), 20_000, seed=1)
    apart = (drawn[:, :9].mean(axis=1) - drawn[:, 9:].mean(axis=1)).std()
    wanted = smooth(noisy(np.zeros(20_000), 1, seed=2)[0], np.arange(20_000.0)).standard_error
    assert wanted == pytest.approx(apart, rel=5 * math.sqrt(1 / 40_000 + 3 / 80_000))


def test_too_few_epochs():
    with pytest.raises(SampleSizeError, match=r"more than 9 measured epochs .* got 9\. Measure more often"):
        smooth(np.zeros(9), np.arange(9.0))
    assert len(smooth(np.zeros(10), np.arange(10.0)).values) == 2


@pytest.mark.parametrize(
    ("curve", "epochs", "match"),
    [
        (np.zeros(12), np.arange(11.0), r"shapes \(12,\) and \(11,\)"),
        (np.zeros((2, 12)), np.arange(12.0), r"shapes \(2, 12\)"),
        (np.r_[np.zeros(10), np.nan, np.inf], np.arange(12.0), r"2 of 12 are not"),
        (np.zeros(12), np.r_[np.arange(11.0), 10.0], r"must rise"),
    ],
)
def test_what_does_not_fit(curve, epochs, match):
    with pytest.raises(ShapeError, match=match):
        smooth(curve, epochs)
