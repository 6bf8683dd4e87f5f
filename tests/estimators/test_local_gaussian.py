"""Local normal fits: densities, functional relations, invariance, and what is refused."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.optimize import minimize

from ibspec.core import ActivityError, Estimate, Probe, SampleSizeError
from ibspec.estimators.local_gaussian import LocalGaussian
from ibspec.estimators.local_normal_fit import fit_locally


def local(t: Any, x: Any = None, y: Any = None, **fields: Any) -> Estimate:
    ids = np.arange(len(t)) if x is None else None
    return LocalGaussian(**fields).estimate(t, Probe(x=x, y=y, ids=ids))


def test_fit_is_the_maximum_that_another_search_finds() -> None:
    """One row of sixty, against scipy on the printed likelihood with the row left out."""
    rows = np.random.default_rng(0).normal(size=(60, 2))
    fit = fit_locally(torch.from_numpy(rows), 10)
    for i in (0, 7):
        others = np.delete(rows, i, axis=0) - rows[i]
        h = np.sort(np.linalg.norm(others, axis=1))[9]
        weights = stats.multivariate_normal(np.zeros(2), h**2 * np.eye(2)).pdf(others)

        def loss(p: np.ndarray, others: Any = others, weights: Any = weights, h: float = h) -> float:
            root = np.array([[math.exp(p[2]), 0.0], [p[4], math.exp(p[3])]])
            law = stats.multivariate_normal(p[:2], root @ root.T, allow_singular=True)
            smoothed = stats.multivariate_normal(p[:2], root @ root.T + h**2 * np.eye(2))
            return float(smoothed.pdf(np.zeros(2)) - (weights * law.logpdf(others)).mean())

        best = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
        root = np.array([[math.exp(best.x[2]), 0.0], [best.x[4], math.exp(best.x[3])]])
        density = stats.multivariate_normal(best.x[:2], root @ root.T).logpdf(np.zeros(2))
        assert bool(fit.converged[i])
        assert float(fit.log_density[i]) == pytest.approx(density, abs=1e-4)  # BFGS by differences


@pytest.mark.parametrize(("rho", "allowance"), [(0.0, 0.03), (0.6, 0.05), (0.9, 0.1)])
def test_normal_pairs(rho: float, allowance: float) -> None:
    """-log2(1 - rho^2) / 2. Smoothing by a neighbourhood of a share k/N = 0.05 of the rows widens the joint
    law by about h^2 = 0.1 variances at most: log2(1 + 0.1) / 2 = 0.07 bits at full strength."""
    found = []
    for seed in range(3):
        x, z = np.random.default_rng(seed).normal(size=(2, 300))
        found.append(local(rho * x + math.sqrt(1 - rho**2) * z, x).i_xt)
    error = 4 * np.std(found, ddof=1) / math.sqrt(3)
    assert np.mean(found) == pytest.approx(-math.log2(1 - rho**2) / 2, abs=allowance + error)


def test_thin_linear_relation() -> None:
    """Y = X + theta U, uniform: I = h(Y) - ln theta, where neighbour counts end at ln N."""
    rng = np.random.default_rng(0)
    x, u = rng.random((2, 300))
    theta = 1e-4
    estimate = local(x + theta * u, x)
    assert estimate.i_xt > math.log2(300) > 8
    assert estimate.i_xt == pytest.approx(-math.log2(theta), abs=1.0)
    assert "saturated" in estimate.warnings


def test_normal_classes() -> None:
    """T = ±2 + N(0, 1): 0.9128 bits; far classes give H(Y) = 1."""
    y = np.arange(400) % 2
    t = 4 * y + np.random.default_rng(0).normal(size=400)
    assert local(t, y=y).i_ty == pytest.approx(0.9128, abs=0.08)
    assert local(t + 100 * y, y=y).i_ty == pytest.approx(1.0, abs=0.02)


def test_scale_of_columns_does_not_matter() -> None:
    x, z = np.random.default_rng(0).normal(size=(2, 100))
    t = 0.6 * x + 0.8 * z
    assert local(t * 1e200 + 1e201, x).i_xt == pytest.approx(local(t, x).i_xt, abs=1e-6)


def test_real_targets() -> None:
    x, z = np.random.default_rng(0).normal(size=(2, 100))
    assert local(x + z, y=x).i_ty == local(x + z, x).i_xt


def test_wide_pairs_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=(50, 4))
    with pytest.raises(ActivityError, match=r"at most 6 coordinates of both .* got 7"):
        local(x[:, :3], x)
    with pytest.raises(ActivityError, match="got 7"):
        local(np.random.default_rng(0).normal(size=(50, 7)), y=np.arange(50) % 2)


def test_few_samples_are_refused_or_said() -> None:
    with pytest.raises(SampleSizeError, match="got 16 samples with neighbours=15"):
        local(np.arange(16.0))
    t = np.random.default_rng(0).normal(size=50)
    estimate = local(t, y=(np.arange(50) < 16).astype(int))
    assert (estimate.i_ty, estimate.warnings) == (None, ("few-samples",))
    enough = local(t, y=(np.arange(50) < 17).astype(int))
    assert enough.i_ty is not None
    assert "few-samples" not in enough.warnings


def test_a_constant_layer_and_one_class_have_nothing() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    estimate = local(np.full((50, 3), 0.1), x, np.arange(50) % 2)
    assert (estimate.i_xt, estimate.i_ty, estimate.warnings) == (0.0, 0.0, ("collapsed",))
    estimate = local(x, y=np.zeros(50, dtype=int))
    assert (estimate.i_ty, estimate.warnings) == (0.0, ("one-class",))


def test_equal_rows_are_left_out_and_said_or_refused() -> None:
    x, z = np.random.default_rng(0).normal(size=(2, 200))
    t = np.where(x < -1, 0.0, x + z)
    estimate = local(t, x)
    assert "dropped-points" in estimate.warnings
    assert estimate.extras["converged"] <= 1 - (x < -1).mean()
    with pytest.raises(ActivityError, match="rows are equal to 15 others or more"):
        local(np.sign(t), x)
    with pytest.raises(ActivityError, match="rows are equal"):
        local(np.eye(3)[np.arange(200) % 3], x)  # one-hot rows
    with pytest.raises(ActivityError, match="rows are equal"):
        local(np.arange(200) % 4, x)  # whole numbers


def test_inputs_that_are_not_finite_are_refused() -> None:
    x = np.random.default_rng(0).normal(size=50)
    with pytest.raises(ActivityError, match="first in row 3"):
        local(x, np.where(np.arange(50) == 3, np.nan, x))
