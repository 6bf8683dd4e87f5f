"""Absence that is shown, absence that is not, and layers that cannot show it."""

import math

import numpy as np
import pytest
from scipy import stats

from ibspec.analysis import equivalence, no_compression
from ibspec.core.errors import SampleSizeError
from verification.planted import falling, noisy, saturating

EPOCHS = np.arange(200.0)
CAP = math.log2(4096)


def test_limits_agree_with_scipy():
    """Both one-sided t-tests reject at 5 % exactly where the limits lie within the margin."""
    rng = np.random.default_rng(0)
    for _ in range(50):
        drawn = 0.05 + 0.1 * rng.standard_normal(8)
        found = equivalence(drawn, 0.1)
        above = stats.ttest_1samp(drawn, -0.1, alternative="greater").pvalue
        below = stats.ttest_1samp(drawn, 0.1, alternative="less").pvalue
        assert found.is_shown == (max(above, below) < 0.05)
        assert found.low < found.mean < found.high


def test_differences_at_the_margin_are_shown_rarely():
    """At the margin itself 5 % are shown: within 4 standard deviations of 2000."""
    drawn = 0.1 + 0.05 * np.random.default_rng(1).standard_normal((2000, 12))
    shown = np.mean([equivalence(each, 0.1).is_shown for each in drawn])
    assert abs(shown - 0.05) <= 4 * math.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize("sign", [-1, 1])
def test_either_direction_counts(sign):
    assert not equivalence(np.full(10, sign * 0.2) + 0.01 * np.arange(10), 0.1).is_shown


def test_one_difference_shows_nothing():
    with pytest.raises(SampleSizeError, match=r"two seeds or more; got 1"):
        equivalence(np.array([0.0]), 0.1)


def test_level_layers_are_shown_not_to_compress():
    """The maximum of noise adds 3.5 standard errors of a difference at most: 0.08 bits of the 0.1 allowed."""
    found = no_compression(noisy(saturating(200), 12, seed=0), EPOCHS, cap=CAP)
    assert found.status == "shown"
    assert found.fall is not None
    assert found.fall.members == 12
    assert 0 < found.fall.mean < 3.5 * 0.05 * math.sqrt(2 / 9)


@pytest.mark.parametrize("fall", [0.1, 0.5])
def test_falls_are_not_shown_to_be_none(fall):
    found = no_compression(noisy(falling(200, fall=fall, start=100), 12, seed=0), EPOCHS, cap=CAP)
    assert found.status == "not shown"


def test_too_few_seeds():
    found = no_compression(noisy(saturating(200), 9, seed=0), EPOCHS, cap=CAP)
    assert (found.status, found.reason) == ("cannot be shown", "10 seeds are needed; got 9")
    assert found.fall is None


def test_saturated_layers_cannot_show_it():
    curves = np.full((12, 200), CAP - 0.005)
    found = no_compression(curves, EPOCHS, cap=CAP)
    assert found.status == "cannot be shown"
    assert found.reason == "10 seeds are needed; got 12, of which 12 end within 0.01 bit of the cap, 12 bits"
    curves[:10] -= 0.5
    shown = no_compression(curves, EPOCHS, cap=CAP)
    assert (shown.status, shown.reason) == ("shown", "")
    assert no_compression(curves, EPOCHS, cap=CAP).fall.members == 10
