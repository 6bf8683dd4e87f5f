"""Matrix-based information: against a plain oracle, laws of far clusters, width rules, channels."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.spatial.distance import cdist

from ibspec.core import Activity, ActivityError, Estimate, Probe, ShapeError, SpecError, UserError
from ibspec.estimators.kernel_widths import Fixed, Tapia, WickstromKernel, Yu
from ibspec.estimators.renyi import Renyi

ROUNDING = 1e-10
"""Bits: each of a hundred eigenvalues is off by 1e-15, its logarithm and weight by a few times that."""

ORDERS = (0.5, 1.0, 1.01, 1.2, 2.0, 3.0)


def renyi(t: Any, x: Any = None, y: Any = None, **fields: Any) -> Estimate:
    ids = np.arange(len(t)) if x is None else None
    return Renyi(**fields).estimate(t, Probe(x=x, y=y, ids=ids))


def oracle_entropy(kernel: np.ndarray, alpha: float) -> float:
    """From the singular values of K / n (the eigenvalues of a matrix that has none below 0)."""
    values = np.linalg.svd(kernel / len(kernel), compute_uv=False)
    values = values[values > 1e-14]
    if alpha == 1:
        return float(-(values * np.log2(values)).sum())
    return float(math.log2((values**alpha).sum()) / (1 - alpha))


def law_entropy(weights: Any, alpha: float) -> float:
    """Rényi's entropy of a law in bits."""
    p = np.asarray(weights, dtype=float)
    p = p[p > 0] / p.sum()
    if alpha == 1:
        return float(-(p * np.log2(p)).sum())
    return float(math.log2((p**alpha).sum()) / (1 - alpha))


# ---- truths -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", ORDERS)
def test_far_clusters_have_the_entropies_of_their_law(alpha: float) -> None:
    """Kernels between clusters are exp(-800); at order 1/2 the n eigenvalues of 1e-16 count as 1e-8 each."""
    joint = np.array([[6, 2, 0], [2, 0, 5]])
    rows = [(a, b) for a in range(2) for b in range(3) for _ in range(joint[a, b])]
    x, t = 40.0 * np.array(rows).T
    s_x, s_t, s_xt = (law_entropy(w, alpha) for w in (joint.sum(1), joint.sum(0), joint.ravel()))
    estimate = renyi(t, x, y=(x > 0).astype(int), alpha=alpha, width=Fixed(sigma=1.0))
    tolerance = 1e-6 if alpha < 1 else ROUNDING
    assert estimate.i_xt == pytest.approx(s_x + s_t - s_xt, abs=tolerance, rel=0)
    assert estimate.i_ty == pytest.approx(estimate.i_xt, abs=tolerance, rel=0)
    assert estimate.extras["s_t"] == pytest.approx(s_t, abs=tolerance, rel=0)


@pytest.mark.parametrize("alpha", [2.0, 1.0 + 1e-12, 1.0 - 1e-9, 1.0])
def test_two_points(alpha: float) -> None:
    """Eigenvalues (1 ± k) / 2 with k = exp(-d^2 / 2)."""
    k = math.exp(-0.5)
    exact = law_entropy([(1 + k) / 2, (1 - k) / 2], 1.0 if abs(alpha - 1) < 0.1 else alpha)
    estimate = renyi([0.0, 1.0], [0.0, 1.0], alpha=alpha, width=Fixed(sigma=1.0))
    # S depends on alpha with a slope below 1 bit.
    assert estimate.extras["s_t"] == pytest.approx(exact, abs=abs(alpha - 1) % 1 + 1e-13, rel=0)


@given(seed=st.integers(0, 2**32 - 1), alpha=st.sampled_from([1.0, 1.01, 1.5, 2.0, 4.0]))
def test_against_an_oracle(seed: int, alpha: float) -> None:
    rng = np.random.default_rng(seed)
    n, d = int(rng.integers(2, 40)), int(rng.integers(1, 6))
    t, x, y = rng.normal(size=(n, d)), rng.normal(size=(n, 2)), rng.integers(0, 3, n)
    sigma = n ** (-1 / (4 + d)), n ** (-1 / 6)
    k_t, k_x = (np.exp(-cdist(v, v, "sqeuclidean") / (2 * s**2)) for v, s in zip((t, x), sigma, strict=True))
    k_y = (y[:, None] == y).astype(float)
    estimate = renyi(t, x, y, alpha=alpha, width=Yu(h=1.0))
    s = [oracle_entropy(k, alpha) for k in (k_t, k_x, k_t * k_x, k_y, k_t * k_y)]
    assert estimate.i_xt == pytest.approx(s[0] + s[1] - s[2], abs=ROUNDING, rel=0)
    assert estimate.i_ty == pytest.approx(s[0] + s[3] - s[4], abs=ROUNDING, rel=0)
    assert estimate.extras["sigma_t"] == pytest.approx(sigma[0], rel=1e-15)


@pytest.mark.parametrize(("rho", "printed"), [(0.0, 0.206), (0.5, 0.387), (0.9, 1.217), (0.99, 2.243)])
def test_table_of_normal_pairs(rho: float, printed: float) -> None:
    """One draw of n = 500 measured elsewhere, sigma = n^(-1/5): within four deviations of a draw of ours."""
    draws = []
    for seed in range(6):
        x, z = np.random.default_rng(seed).normal(size=(2, 500))
        draws.append(renyi(rho * x + math.sqrt(1 - rho**2) * z, x, width=Yu(h=1.0)).i_xt)
    assert printed == pytest.approx(np.mean(draws), abs=4 * np.std(draws, ddof=1) * math.sqrt(1 + 1 / 6))


def test_it_is_not_shannons_information() -> None:
    """It grows with n and with 1 / sigma where there is nothing to know."""
    x, t = np.random.default_rng(0).normal(size=(2, 400))
    wide, narrow = (renyi(t, x, width=Fixed(sigma=s)).i_xt for s in (1.0, 0.1))
    assert narrow > wide + 0.5 > 0.5


# ---- the width ----------------------------------------------------------------------------------------


def test_rules_are_those_of_their_sources() -> None:
    n, d = 64, 3
    t = np.random.default_rng(0).normal(size=(n, d)) * [1.0, 10.0, 0.1]
    assert renyi(t, width=Yu()).extras["sigma_t"] == pytest.approx(5 * n ** (-1 / 7))
    estimate = renyi(t, t[:, :1], width=Tapia(gamma=2.0))
    assert estimate.extras["sigma_t"] == pytest.approx(2 * math.sqrt(3) * n ** (-1 / 7))
    assert estimate.extras["sigma_x"] == pytest.approx(2 * n ** (-1 / 5))
    assert renyi(t, t, np.arange(n) % 2, width=WickstromKernel()).extras["sigma_x"] == 8.0


def test_factor_two_and_standardisation_are_fields() -> None:
    """exp(-d^2 / s^2) is exp(-d^2 / (2 s^2)) at s / sqrt(2)."""
    t = np.random.default_rng(0).normal(size=(40, 2)) * [1.0, 5.0]
    one = renyi(t, width=Fixed(sigma=math.sqrt(2.0), exponent="d2/s2"))
    assert one.extras["s_t"] == pytest.approx(
        renyi(t, width=Fixed(sigma=1.0)).extras["s_t"], abs=ROUNDING, rel=0
    )
    raised = renyi((t - t.mean(0)) / t.std(0), width=Yu())
    standardised = renyi(t, width=Yu(standardise=True))
    assert standardised.extras["s_t"] == pytest.approx(raised.extras["s_t"], abs=ROUNDING, rel=0)
    assert renyi(t, width=Yu()).extras["s_t"] > raised.extras["s_t"] + 0.1


def test_standardised_columns_have_no_scale() -> None:
    t = np.random.default_rng(0).normal(size=(40, 3))
    scaled = t * [1e-200, 1e200, 3.0] + [0.0, 0.0, 1e3]
    assert renyi(scaled).extras["s_t"] == pytest.approx(renyi(t).extras["s_t"], abs=1e-9, rel=0)


def test_alignment_picks_the_best_of_the_grid() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 60)
    t = rng.normal(size=(60, 2)) + 3 * y[:, None]
    rule = WickstromKernel(steps=50)
    chosen = renyi(t, y=y, width=rule).extras["sigma_t"]
    distances, labels = cdist(t, t), (y[:, None] == y).astype(float)
    grid = np.linspace(0.3, 10 * distances.mean(), 50)
    kernels = [np.exp(-((distances / s) ** 2)) for s in grid]
    scores = [(k * labels).sum() / np.linalg.norm(k) / np.linalg.norm(labels) for k in kernels]
    assert chosen == pytest.approx(grid[int(np.argmax(scores))], rel=1e-12)


def test_alignment_needs_labels() -> None:
    with pytest.raises(SpecError, match="the probe has none"):
        renyi(np.arange(4.0), width=WickstromKernel())


def test_alignment_with_real_targets() -> None:
    y = np.random.default_rng(0).normal(size=50)
    estimate = renyi(y + 0.1, y=y, width=WickstromKernel())
    assert estimate.i_ty > 0.5


@pytest.mark.parametrize(("sigma", "code"), [(1e-3, "saturated"), (1e3, "collapsed"), (1.0, None)])
def test_widths_that_see_nothing_are_said(sigma: float, code: str | None) -> None:
    x, t = np.random.default_rng(0).normal(size=(2, 100))
    assert renyi(t, x, width=Fixed(sigma=sigma)).warnings == (() if code is None else (code,))


# ---- channels -----------------------------------------------------------------------------------------


def test_channels_multiply() -> None:
    """One kernel a channel, with the channel's own width; together there is one for all units."""
    rng = np.random.default_rng(0)
    t, x = rng.normal(size=(50, 3, 2, 2)), rng.normal(size=50)
    flat = t.reshape(50, 3, 4)
    kernels = [np.exp(-cdist(flat[:, c], flat[:, c], "sqeuclidean") / 18 / 50 ** (-2 / 8)) for c in range(3)]
    expected = oracle_entropy(kernels[0] * kernels[1] * kernels[2], 1.01)
    for form in (t, torch.from_numpy(t), Activity(values=torch.from_numpy(t))):
        estimate = renyi(form, x, width=Yu(h=3.0), channels="multivariate")
        assert estimate.extras["s_t"] == pytest.approx(expected, abs=ROUNDING, rel=0)
    assert renyi(t, x, width=Yu(h=3.0)).extras["s_t"] != pytest.approx(expected, abs=1e-3)


def test_a_layer_without_channels_is_one_channel() -> None:
    t = np.random.default_rng(0).normal(size=(50, 3))
    assert renyi(t, channels="multivariate") == renyi(t)
    assert renyi(t[:, None], channels="multivariate") == renyi(t)


def test_many_channels_saturate() -> None:
    t = np.random.default_rng(0).normal(size=(100, 64, 2))
    assert renyi(t, channels="multivariate").warnings == ("saturated",)


# ---- what is taken and what is refused ----------------------------------------------------------------


def test_a_larger_probe_is_drawn_from() -> None:
    x = np.random.default_rng(0).normal(size=(120, 2))
    y = np.arange(120) % 3
    estimator, probe = Renyi(samples=50), Probe(x=x, y=y)
    estimate = estimator.estimate(np.tanh(x), probe, rng=np.random.default_rng(5))
    assert estimate == estimator.estimate(np.tanh(x), probe, rng=np.random.default_rng(5))
    assert "dropped-points" in estimate.warnings
    taken = np.sort(np.random.default_rng(5).choice(120, 50, replace=False))
    part = renyi(np.tanh(x)[taken], x[taken], y[taken])
    assert (estimate.i_xt, estimate.i_ty) == (part.i_xt, part.i_ty)
    with pytest.raises(UserError, match=r"draws 50 of the probe's 120 rows .* pass `rng`"):
        estimator.estimate(x, probe)


@pytest.mark.parametrize("alpha", ORDERS)
def test_a_constant_layer_says_nothing_and_says_so(alpha: float) -> None:
    x = np.random.default_rng(0).normal(size=(50, 2))
    estimate = renyi(np.full((50, 3), 0.1), x, np.arange(50) % 2, alpha=alpha)
    # At order 1/2 the 49 eigenvalues that should be 0 count as 1e-8 each.
    assert estimate.i_xt == pytest.approx(0.0, abs=1e-5 if alpha < 1 else ROUNDING)
    assert estimate.i_ty == pytest.approx(0.0, abs=1e-5 if alpha < 1 else ROUNDING)
    assert estimate.warnings == ("collapsed",)


def test_one_class_says_so() -> None:
    estimate = renyi(np.random.default_rng(0).normal(size=(50, 2)), y=np.zeros(50, dtype=int))
    assert estimate.i_ty == pytest.approx(0.0, abs=ROUNDING)
    assert estimate.warnings == ("one-class",)


def test_whole_numbers_ties_and_one_hot_rows_are_measured() -> None:
    """Distances are all it needs; equal rows are at distance 0."""
    x = np.random.default_rng(0).integers(0, 3, 90)
    estimate = renyi(np.eye(3)[x], x, alpha=1.0, width=Fixed(sigma=0.01))
    assert estimate.i_xt == pytest.approx(law_entropy(np.bincount(x), 1.0), abs=ROUNDING)


def test_inputs_that_are_no_numbers_are_refused() -> None:
    t = np.random.default_rng(0).normal(size=(20, 2))
    with pytest.raises(ShapeError, match="array of numbers"):
        renyi(t, np.array(list("ab") * 10))
    with pytest.raises(ActivityError, match="first in row 3"):
        renyi(t, np.where(np.arange(20) == 3, np.nan, 0.0))


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_width_and_activity_scale_together(size: float) -> None:
    x, t = np.random.default_rng(0).normal(size=(2, 40))
    scaled = renyi(t * size, x * size, width=Fixed(sigma=size)).i_xt
    assert scaled == pytest.approx(renyi(t, x, width=Fixed(sigma=1.0)).i_xt, abs=ROUNDING, rel=0)


@pytest.mark.parametrize(
    "fields",
    [{"alpha": 0.4}, {"samples": 1}, {"width": {"kind": "yu", "h": 0.0}}, {"width": {"kind": "silverman"}}],
    ids=str,
)
def test_impossible_parameters_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=r"greater than|silverman"):
        Renyi(**fields)


def test_input_and_target_have_widths_of_their_own() -> None:
    rule, distances = WickstromKernel(input_sigma=3.0, target_sigma=0.5), torch.ones(2, 2)
    assert rule.width(distances, 1, "input", None) == 3.0
    assert rule.width(distances, 1, "target", None) == 0.5


@pytest.mark.parametrize("rule", [Yu, Tapia, WickstromKernel])
def test_a_label_says_what_departs_from_the_source(rule: type[Yu | Tapia | WickstromKernel]) -> None:
    plain = rule()
    other = rule(standardise=not plain.standardise)
    assert other.label == f"{plain.label} {'as is' if plain.standardise else 'standardised'}"
