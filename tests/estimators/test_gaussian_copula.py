"""Normal copulas: warped normal variables, exact invariance, ties, and where it is a lower bound."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ibspec.core import ActivityError, Estimate, Probe, SampleSizeError
from ibspec.estimators.gaussian import Gaussian
from ibspec.estimators.gaussian_copula import GaussianCopula, normal_scores
from tests.estimators.test_gaussian import correlated, standard_errors
from tests.estimators.test_gaussian_classes import two_clouds


def copula(t: Any, x: Any = None, y: Any = None, **fields: Any) -> Estimate:
    ids = np.arange(len(t)) if x is None else None
    return GaussianCopula(**fields).estimate(t, Probe(x=x, y=y, ids=ids))


WARPS = {
    "cubes": lambda v: v**3,
    "exponentials": lambda v: np.exp(3 * v),
    "quantiles": stats.norm.cdf,
    "half-cubes": lambda v: v * np.abs(v) ** 0.5,
}


@pytest.mark.parametrize("warp", WARPS.values(), ids=WARPS)
@pytest.mark.parametrize(("rho", "d"), [(0.0, 1), (0.75, 1), (0.9, 2)])
def test_warped_normal_pairs(warp: Any, rho: float, d: int) -> None:
    """I = -d/2 log2(1 - rho^2) whatever the warp; the scores' spread is short by about ln(N) / N.

    Allowance: relative shortfall of a score's variance 2 ln(N)/N = 0.003 at N = 5000, on rho^2 / (1 - rho^2)
    nats a pair at most.
    """
    n = 5000

    def one(rng: np.random.Generator) -> float:
        x, t = correlated(rho, d, n, rng)
        return copula(warp(t), x).i_xt

    mean, error = standard_errors(one, 10)
    allowance = d * rho**2 / (1 - rho**2) * 2 * math.log(n) / n / math.log(2)
    assert mean == pytest.approx(-d / 2 * math.log2(1 - rho**2), abs=error + allowance, rel=0)


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 3))
def test_increasing_maps_change_no_digit(seed: int, d: int) -> None:
    """Maps that neither merge nor reorder floating-point numbers of this size."""
    rng = np.random.default_rng(seed)
    x, t = correlated(0.5, d, 50, rng)
    y = np.arange(50) % 2
    once = copula(t, x, y)
    assert copula(t**3, np.arctan(x), y) == once
    assert copula(np.exp(t), 2 * x - 7, y) == once


@given(seed=st.integers(0, 2**32 - 1))
def test_decreasing_maps_only_round(seed: int) -> None:
    x, t = correlated(0.5, 3, 50, np.random.default_rng(seed))
    signs = np.array([1.0, -1.0, -1.0])
    assert copula(t * signs, x).i_xt == pytest.approx(copula(t, x).i_xt, abs=1e-12, rel=0)
    assert torch.equal(normal_scores(torch.from_numpy(-t)), -normal_scores(torch.from_numpy(t)))


def test_scores_are_normal_quantiles() -> None:
    t = np.random.default_rng(0).permutation(9).astype(float)
    scores = normal_scores(torch.from_numpy(t[:, None]))[:, 0].numpy()
    assert scores == pytest.approx(stats.norm.ppf((t + 1) / 10), abs=1e-14)


def test_it_is_gaussian_of_scores() -> None:
    x, t = correlated(0.5, 2, 50, np.random.default_rng(0))
    scores = [stats.norm.ppf(stats.rankdata(v, axis=0) / 51) for v in (x, t)]
    expected = Gaussian().estimate(scores[1], Probe(x=scores[0]))
    assert copula(t, x).i_xt == pytest.approx(expected.i_xt, abs=1e-12, rel=0)


def test_lower_bound_for_one_coordinate() -> None:
    """Y = X + U(-e, e) on U(0, 1): I = e - ln 2e nats = 1.7094 at e = 0.1, (4 e)^-1 at e = 0.75."""

    def law(e: float, rng: np.random.Generator) -> float:
        x = rng.random(4000)
        return copula(x + rng.uniform(-e, e, 4000), x).i_xt

    for e, nats in ((0.1, 0.1 - math.log(0.2)), (0.75, 1 / 3)):
        mean, error = standard_errors(lambda rng, e=e: law(e, rng), 5)
        assert mean - error <= nats / math.log(2)
        assert mean > 0.5 * nats / math.log(2)


def test_dependence_that_no_monotone_map_straightens_is_missed() -> None:
    x = np.random.default_rng(0).normal(size=4000)
    estimate = copula(x**2 + 0.1 * np.random.default_rng(1).normal(size=4000), x)
    assert abs(estimate.i_xt) < 0.01


def test_class_information_is_at_most_the_truth() -> None:
    """T = ±1 + N(0, 1): its scores are no normal clouds, but nearly."""

    def one(rng: np.random.Generator) -> float:
        y = rng.integers(0, 2, 4000)
        return copula(np.exp(2 * y - 1 + rng.normal(size=4000)), y=y).i_ty

    mean, error = standard_errors(one)
    assert two_clouds(1.0) - 0.02 < mean < two_clouds(1.0) + error


def test_real_targets() -> None:
    x, t = correlated(0.75, 1, 500, np.random.default_rng(0))
    assert copula(t, y=x[:, 0]).i_ty == copula(t, x).i_xt


# ---- what it cannot do --------------------------------------------------------------------------------


def test_ties_share_their_rank_and_are_said() -> None:
    """A rectified unit: the number does not depend on the order of rows."""
    x, t = correlated(0.8, 1, 300, np.random.default_rng(0))
    order = np.random.default_rng(1).permutation(300)
    one, other = copula(np.maximum(t, 0), x), copula(np.maximum(t, 0)[order], x[order])
    assert one.i_xt == pytest.approx(other.i_xt, abs=1e-12, rel=0)
    assert one.warnings == other.warnings == ("ties",)
    assert copula(t, x).warnings == ()


def test_minus_zero_is_zero() -> None:
    x, t = correlated(0.8, 1, 60, np.random.default_rng(0))
    t[:20] = 0.0
    minus = t.copy()
    minus[:10] = -0.0
    assert copula(t, x) == copula(minus, x)


def test_a_monotone_unit_is_refused() -> None:
    x = np.random.default_rng(0).normal(size=200)
    with pytest.raises(ActivityError, match="infinite"):
        copula(np.tanh(x), x)


def test_a_constant_layer_says_nothing_and_says_so() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    estimate = copula(np.full((50, 3), 0.1), x, np.arange(50) % 2)
    assert (estimate.i_xt, estimate.i_ty, estimate.warnings) == (0.0, 0.0, ("collapsed",))


def test_one_class_and_small_classes_say_so() -> None:
    t = np.random.default_rng(0).normal(size=(50, 3))
    estimate = copula(t, y=np.zeros(50, dtype=int))
    assert (estimate.i_ty, estimate.warnings) == (0.0, ("one-class",))
    estimate = copula(t, y=(np.arange(50) < 5).astype(int))
    assert (estimate.i_ty, estimate.warnings) == (None, ("few-samples",))


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(SampleSizeError, match="4 samples or more; got 3"):
        copula(np.zeros((3, 2)))
    rng = np.random.default_rng(0)
    with pytest.raises(SampleSizeError, match=r"of 30 and 20 dimensions .* got 50"):
        copula(rng.normal(size=(50, 30)), rng.normal(size=(50, 20)))


def test_whole_numbers_and_one_hot_rows_are_measured_with_a_warning() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 5, size=(300, 2))
    estimate = copula(x + rng.normal(size=(300, 2)), x)
    assert estimate.warnings == ("ties",)
    assert copula(np.eye(3)[x[:, 0] % 3], rng.normal(size=300)).warnings == ("singular", "ties")


def test_inputs_that_are_not_finite_are_refused() -> None:
    x, t = correlated(0.8, 1, 60, np.random.default_rng(0))
    x[7] = np.nan
    with pytest.raises(ActivityError, match="first in row 7"):
        copula(t, x)
