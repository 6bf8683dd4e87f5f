"""Normal variables: closed forms, unbiasedness, and what is refused."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import ActivityError, Estimate, Probe, SampleSizeError, ShapeError
from ibspec.estimators.gaussian import Gaussian

ROUNDING = 1e-10
"""Bits: an SVD of unit columns is off by a few 1e-15; ln sin at the angles drawn here multiplies by 1e3."""

SEEDS = 20


def gaussian(t: Any, x: Any = None, y: Any = None, **fields: Any) -> Estimate:
    ids = np.arange(len(t)) if x is None else None
    return Gaussian(**fields).estimate(t, Probe(x=x, y=y, ids=ids))


def standard_errors(law: Callable[[np.random.Generator], float], seeds: int = SEEDS) -> tuple[float, float]:
    """Mean over seeds, and four standard errors of it."""
    values = np.array([law(np.random.default_rng(seed)) for seed in range(seeds)])
    return float(values.mean()), 4 * float(values.std(ddof=1)) / math.sqrt(seeds)


def correlated(rho: float, d: int, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    x = rng.normal(size=(n, d))
    return x, rho * x + math.sqrt(1 - rho**2) * rng.normal(size=(n, d))


# ---- truths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rho", "d", "n", "seeds"),
    # Unbiased at every N by the Wishart law, so the allowance is 0 (independence too: its spread is tiny).
    [(0.0, 1, 10_000, 20), (0.75, 1, 10_000, 20), (0.9, 2, 10_000, 20), (0.5, 5, 300, 60), (0.5, 20, 90, 60)],
)
def test_normal_pairs(rho: float, d: int, n: int, seeds: int) -> None:
    """I = -d/2 log2(1 - rho^2)."""

    def one(rng: np.random.Generator) -> float:
        x, t = correlated(rho, d, n, rng)
        return gaussian(t, x).i_xt

    mean, error = standard_errors(one, seeds)
    assert mean == pytest.approx(-d / 2 * math.log2(1 - rho**2), abs=error, rel=0)


def test_dense_covariance() -> None:
    """Covariance with off-diagonal 1/2: ln det of k coordinates is ln((k + 1) / 2^k)."""
    dx, dt = 2, 3

    def log_det(k: int) -> float:
        return math.log2((k + 1) / 2**k)

    exact = (log_det(dx) + log_det(dt) - log_det(dx + dt)) / 2
    root = np.linalg.cholesky(np.full((5, 5), 0.5) + 0.5 * np.eye(5))

    def one(rng: np.random.Generator) -> float:
        rows = rng.normal(size=(2000, 5)) @ root.T
        return gaussian(rows[:, dx:], rows[:, :dx]).i_xt

    mean, error = standard_errors(one)
    assert mean == pytest.approx(exact, abs=error, rel=0)


def test_uncorrected_excess_is_that_of_wishart() -> None:
    """Two independent vectors: 1/2 sum of psi((n-j)/2) - psi((n-dt-j)/2); about dx dt / (2 n) nats."""
    n, dx, dt = 200, 4, 6

    def one(rng: np.random.Generator) -> float:
        return gaussian(rng.normal(size=(n, dt)), rng.normal(size=(n, dx)), bias_correction="none").i_xt

    mean, error = standard_errors(one, 100)
    assert mean == pytest.approx(dx * dt / (2 * n * math.log(2)), abs=error + 0.01, rel=0)  # next order
    assert mean > 0.08


def test_it_is_half_a_difference_of_log_determinants() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(100, 3))
    t = x @ rng.normal(size=(3, 4)) + rng.normal(size=(100, 4))
    covariance = np.cov(np.hstack([x, t]).T)
    parts = (covariance[:3, :3], covariance[3:, 3:], covariance)
    one, other, both = (np.linalg.slogdet(part)[1] / math.log(2) for part in parts)
    plain = gaussian(t, x, bias_correction="none").i_xt
    assert plain == pytest.approx((one + other - both) / 2, abs=ROUNDING, rel=0)


def test_real_targets() -> None:
    """I(T;Y) of a real Y is I(X;T) with Y in the place of X."""
    x, t = correlated(0.75, 1, 500, np.random.default_rng(0))
    assert gaussian(t, y=x[:, 0]).i_ty == gaussian(t, x).i_xt
    assert gaussian(t, y=x[:, 0]).i_xt is None


def test_strong_dependence_keeps_its_digits() -> None:
    """1 - rho = 1e-12: the sample's covariances alone would have lost all but four digits."""
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 1000))
    z -= (x - x.mean()) * (((x - x.mean()) @ z) / ((x - x.mean()) @ x))  # none in the sample
    exact = math.log2(1 + (np.var(x) / np.var(z)) * 1e12) / 2
    assert gaussian(x + 1e-6 * z, x, bias_correction="none").i_xt == pytest.approx(exact, abs=1e-8)


# ---- invariance ---------------------------------------------------------------------------------------


@given(seed=st.integers(0, 2**32 - 1), d=st.integers(1, 4), offset=st.sampled_from([0.0, 1.0, 1e3]))
def test_invertible_linear_maps_change_nothing(seed: int, d: int, offset: float) -> None:
    """Maps of condition 100 at most, an offset that costs three digits: 1e-8 bits."""
    rng = np.random.default_rng(seed)
    x, t = correlated(0.6, d, 60, rng)
    y = np.arange(60) % 3
    turn, _ = np.linalg.qr(rng.normal(size=(d, d)))
    mapped = (t * 10.0 ** rng.uniform(-1, 1, d)) @ turn + offset
    one, other = gaussian(t, x, y), gaussian(mapped, x, y)
    assert other.i_xt == pytest.approx(one.i_xt, abs=1e-8, rel=0)
    assert other.i_ty == pytest.approx(one.i_ty, abs=1e-8, rel=0)


@pytest.mark.parametrize("extra", ["copy", "sum", "constant"])
def test_dependent_units_are_left_out_and_said(extra: str) -> None:
    x, t = correlated(0.6, 3, 400, np.random.default_rng(0))
    column = {"copy": t[:, 0], "sum": t @ [1.0, -2.0, 0.5], "constant": np.full(400, 0.1)}[extra]
    y = np.arange(400) % 2
    whole, plain = gaussian(np.column_stack([t, column]), x, y), gaussian(t, x, y)
    assert whole.i_xt == pytest.approx(plain.i_xt, abs=ROUNDING, rel=0)
    assert whole.i_ty == pytest.approx(plain.i_ty, abs=ROUNDING, rel=0)
    assert plain.warnings == ()
    assert whole.warnings == ("singular",)
    assert whole.extras["rank"] == 3


# ---- what it cannot do --------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_a_linear_layer_is_refused(dtype: Any) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)).astype(dtype)
    with pytest.raises(ActivityError, match=r"infinite there \(\d+ bits or more\)\. Measure a noisy layer"):
        gaussian((x @ rng.normal(size=(5, 3))).astype(dtype), x)


@pytest.mark.parametrize("seed", range(4))
def test_a_copy_of_whole_numbers_is_refused_however_many_there_are(seed: int) -> None:
    """Rounding of the lengths of a basis grows with the rows, and must not pass for an angle."""
    x = np.random.default_rng(seed).integers(0, 2, (60_000, 1))
    with pytest.raises(ActivityError, match="infinite there"):
        Gaussian().estimate(x.astype(float), Probe(x=x))


def test_more_dimensions_than_samples_are_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(SampleSizeError, match=r"of 30 and 20 dimensions need more samples .* got 50"):
        gaussian(rng.normal(size=(50, 30)), rng.normal(size=(50, 20)))
    assert gaussian(rng.normal(size=(51, 30)), rng.normal(size=(51, 20))).warnings == ("few-samples",)


@pytest.mark.parametrize("samples", [1, 3])
def test_too_few_samples_are_refused(samples: int) -> None:
    with pytest.raises(SampleSizeError, match=f"4 samples or more; got {samples}"):
        gaussian(np.zeros((samples, 2)))


def test_a_constant_layer_says_nothing_and_says_so() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    estimate = gaussian(np.full((50, 3), 0.1), x, np.arange(50) % 2)
    assert (estimate.i_xt, estimate.i_ty, estimate.warnings) == (0.0, 0.0, ("collapsed",))
    estimate = gaussian(x, np.full(50, 3.0))
    assert (estimate.i_xt, estimate.warnings) == (0.0, ("collapsed",))


def test_one_class_says_so() -> None:
    estimate = gaussian(np.random.default_rng(0).normal(size=(50, 2)), y=np.zeros(50, dtype=int))
    assert (estimate.i_ty, estimate.warnings) == (0.0, ("one-class",))


def test_small_classes_have_no_cloud() -> None:
    t = np.random.default_rng(0).normal(size=(50, 3))
    estimate = gaussian(t, y=(np.arange(50) < 5).astype(int))
    assert (estimate.i_ty, estimate.warnings) == (None, ("few-samples",))
    assert gaussian(t, y=(np.arange(50) < 6).astype(int)).i_ty is not None


def test_a_unit_that_sleeps_in_one_class_has_no_cloud() -> None:
    y = np.arange(100) % 2
    t = np.random.default_rng(0).normal(size=(100, 2))
    t[:, 1] *= y
    estimate = gaussian(t, y=y)
    assert (estimate.i_ty, estimate.warnings) == (None, ("singular", "ties"))
    t[0, 1] = 1.0  # one row alone does not make an extent
    assert gaussian(t, y=y).i_ty is None


def test_whole_numbers_and_one_hot_rows_are_measured_with_a_warning() -> None:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, size=(300, 4))
    t = x + rng.normal(size=(300, 4))
    estimate = gaussian(t, x)
    assert estimate.warnings == ("ties",)
    assert estimate == gaussian(t, x.astype(float))
    hot = np.eye(3)[rng.integers(0, 3, 300)]
    assert gaussian(hot + 0.0, t).warnings == ("singular", "ties")


def test_inputs_that_are_no_numbers_are_refused() -> None:
    t = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(ShapeError, match="array of numbers"):
        gaussian(t, np.array(list("ab") * 10))
    x = t.copy()
    x[3, 0] = np.nan
    with pytest.raises(ActivityError, match="first in row 3"):
        gaussian(t, x)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_scale_does_not_matter(size: float) -> None:
    x, t = correlated(0.6, 2, 80, np.random.default_rng(0))
    assert gaussian(t * size, x).i_xt == pytest.approx(gaussian(t, x).i_xt, abs=ROUNDING, rel=0)


def test_precision_changes_the_number_by_rounding_only() -> None:
    """float32: 6e-8 of each value; 1e-5 bits is a hundred times that."""
    x, t = correlated(0.9, 2, 80, np.random.default_rng(0))
    single = gaussian(torch.from_numpy(t).float(), x.astype(np.float32))
    assert single.i_xt == pytest.approx(gaussian(t, x).i_xt, abs=1e-5, rel=0)
