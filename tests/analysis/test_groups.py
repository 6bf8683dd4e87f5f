"""Signs, ranks, factors and doses by hand and against SciPy."""

import math

import numpy as np
import pytest
from scipy import stats

from ibspec.analysis import (
    bootstrap_median,
    compare_groups,
    dose_response,
    sign_test,
    standardised_coefficients,
)
from ibspec.core.errors import SampleSizeError, ShapeError


def rng():
    return np.random.default_rng(0)


def test_signs_by_hand():
    """Five of five: 1 in 32; zeros say nothing."""
    found = sign_test(np.array([1.0, 2.0, 0.0, 3.0, 1.0, 0.5]))
    assert (found.positive, found.decided, found.chance) == (5, 5, pytest.approx(1 / 32, rel=1e-12))
    assert sign_test(np.array([-1.0, -2.0]), "less").chance == pytest.approx(1 / 4, rel=1e-12)
    assert sign_test(np.array([1.0, -2.0, -3.0])).chance == pytest.approx(7 / 8, rel=1e-12)
    assert sign_test(np.zeros(4)).chance == 1.0


def test_groups_by_hand():
    """Of the pairs (1,0) (1,2) (3,0) (3,2), three go up: delta is 1/2."""
    found = compare_groups(np.array([1.0, 3.0]), np.array([0.0, 2.0]), rng())
    assert found.delta.value == 0.5
    assert found.auc.value == 0.75
    ties = compare_groups(np.array([1.0, 1.0]), np.array([1.0, 1.0, 1.0]), rng())
    assert (ties.delta.value, ties.auc.value) == (0.0, 0.5)


def test_groups_agree_with_scipy():
    one, other = rng().standard_normal(15) + 0.5, np.random.default_rng(1).standard_normal(12)
    found = compare_groups(one, other, rng())
    test = stats.mannwhitneyu(one, other)
    assert found.chance == test.pvalue
    assert found.auc.value == pytest.approx(test.statistic / (15 * 12), rel=1e-12)


def test_the_interval_of_a_comparison_holds_the_truth_mostly():
    """Normal groups one standard deviation apart: P(first > second) = Phi(1 / sqrt 2). 200 pairs at 95 %:
    percentile intervals of 20 members err on 10 % at most; four standard deviations more are 37."""
    truth = stats.norm.cdf(1 / math.sqrt(2))
    drawn = rng().standard_normal((200, 2, 20))
    found = [compare_groups(a + 1, b, rng(), resamples=300).auc for a, b in drawn]
    misses = sum(not one.low <= truth <= one.high for one in found)
    assert 0 < misses <= 37


def test_the_median_and_its_interval():
    """Of 401 normal numbers: the standard error of a median is sqrt(pi / 2) of that of the mean."""
    values = rng().standard_normal(401) + 3.0
    found = bootstrap_median(values, rng(), 2000)
    half = 1.96 * math.sqrt(math.pi / 2) / math.sqrt(401)
    assert found.value == np.median(values)
    # the width of an interval of the median varies by n^(-1/4) = 22 % from sample to sample
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.6)
    assert found.low < found.value < found.high


def test_standardised_coefficients():
    """A full design without noise: slope x sd / sd of the outcome; the squares sum to 1."""
    settings = np.array([[a, b] for a in (0.0, 1.0, 2.0) for b in (0.0, 10.0)] * 2)
    outcome = 3.0 * settings[:, 0] - 0.1 * settings[:, 1] + 5
    first, second = standardised_coefficients(settings, outcome, rng(), resamples=50)
    spread = math.hypot(3 * settings[:, 0].std(), 0.1 * settings[:, 1].std())
    assert first.value == pytest.approx(3 * settings[:, 0].std() / spread, rel=1e-12)
    assert second.value == pytest.approx(-0.1 * settings[:, 1].std() / spread, rel=1e-12)
    assert first.value**2 + second.value**2 == pytest.approx(1, rel=1e-12)
    assert first.low <= first.value <= first.high


def test_coefficients_need_runs_that_vary():
    with pytest.raises(SampleSizeError, match=r"more than 3 runs; got 3"):
        standardised_coefficients(np.eye(3)[:, :2], np.arange(3.0), rng())
    with pytest.raises(ShapeError, match=r"must vary on its own"):
        standardised_coefficients(np.ones((6, 1)), np.arange(6.0), rng())
    with pytest.raises(ShapeError, match=r"\(6, 1\) for 5 runs"):
        standardised_coefficients(np.ones((6, 1)), np.arange(5.0), rng())


def test_dose_response_by_hand():
    """Outcome = seed's own level + 2 log10 dose."""
    doses = np.array([0.1, 1.0, 100.0])
    outcomes = np.arange(4.0)[:, None] + 2 * np.log10(doses)
    found = dose_response(doses, outcomes, rng())
    assert (found.value, found.low, found.high) == pytest.approx((2.0, 2.0, 2.0), rel=1e-12)


def test_doses_that_are_none():
    with pytest.raises(ShapeError, match=r"two different doses above zero .* got \[0.0, 1.0\]"):
        dose_response(np.array([0.0, 1.0]), np.zeros((3, 2)), rng())
    with pytest.raises(ShapeError, match=r"\(3, 2\) for 3 doses"):
        dose_response(np.array([1.0, 2.0, 3.0]), np.zeros((3, 2)), rng())
    with pytest.raises(SampleSizeError, match=r"two or more; got 1"):
        dose_response(np.array([1.0, 2.0]), np.zeros((1, 2)), rng())
