"""The kernel bounds against a slow oracle, at every size, scale and split into classes."""

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import minimize_scalar

from ibspec.core import Estimate, Probe
from ibspec.estimators import Kde
from ibspec.estimators.pairwise import stripes
from tests.estimators.oracles import AGREEMENT, f_bits, f_bits_exactly, kde_bits
from tests.truths import columns, simplex

ROUNDING = 1e-12
"""Bits: log N minus a mean of logarithms of sums of up to 2000 kernels, each off by 1e-16."""

SIZES = (1, 2, 3, 31, 255, 256, 257, 511, 512, 513, 700)
LARGE = (1279, 1280, 1281, 1537)  # behind the first 256 rows, tiles are 512 or 1024 wide


def kde(t: Any, y: Any = None, v: float = 1.0) -> Estimate:
    return Kde(noise_variance=v).estimate(t, Probe(y=y, ids=np.arange(len(t))))


def assert_agrees(t: np.ndarray, y: Any, v: float) -> None:
    estimate = columns(kde(t, y, v))
    for name, exact in kde_bits(t, y, v).items():
        assert estimate[name] == pytest.approx(exact, abs=AGREEMENT, rel=0), name


@st.composite
def clouds(draw: st.DrawFn, sizes: Any = None) -> tuple[np.ndarray, np.ndarray, float]:
    """Rows, classes and a noise variance: several clumps, duplicates, any offset and scale.

    The offset is at most 1e6 scales, so that float64 still holds ten digits of the differences.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, units = (
        draw(st.sampled_from(SIZES) if sizes is None else sizes),
        draw(st.sampled_from([1, 2, 3, 10, 33, 70])),
    )
    scale = 10.0 ** draw(st.integers(-9, 9))
    clumps = rng.normal(size=(draw(st.integers(1, 6)), units)) * draw(st.sampled_from([0.0, 1.0, 10.0]))
    t = clumps[rng.integers(0, len(clumps), n)] + rng.normal(size=(n, units)) * draw(
        st.sampled_from([0.0, 0.3])
    )
    if draw(st.booleans()):
        t = t[rng.integers(0, n, n)]  # duplicates
    if draw(st.booleans()):
        t = np.maximum(t, 0)
    t = (t + draw(st.sampled_from([0.0, 1.0, -1e3, 1e6]))) * scale
    y = _classes(rng, n, draw(st.sampled_from(["one", "few", "skewed", "singletons", "all-different"])))
    return t, y, draw(st.sampled_from([0.01, 1.0, 30.0])) * units * scale**2


def _classes(rng: np.random.Generator, n: int, split: str) -> np.ndarray:
    if split == "one":
        return np.zeros(n, dtype=int)
    if split == "few":
        return rng.integers(0, 4, n)
    if split == "skewed":
        return (rng.random(n) < 0.02).astype(int)
    if split == "singletons":
        return np.where(rng.random(n) < 0.9, 0, np.arange(n))
    return np.arange(n)


# ---- against the oracle -------------------------------------------------------------------------------


@given(
    t=hnp.arrays(np.float64, (4, 2), elements=st.floats(-8, 8, width=32)),
    v=st.floats(0.0625, 50),
)
def test_oracle_agrees_with_decimal_arithmetic(t: np.ndarray, v: float) -> None:
    """1e-12: the oracle's exponents reach 5000 in float64, but those beyond 40 no longer count."""
    assert f_bits(t, v) == pytest.approx(f_bits_exactly(t.tolist(), v), abs=1e-12, rel=0)


@given(cloud=clouds())
def test_agrees_with_the_oracle(cloud: tuple[np.ndarray, np.ndarray, float]) -> None:
    assert_agrees(*cloud)


@pytest.mark.parametrize("n", [*SIZES, *LARGE])
@pytest.mark.parametrize("units", [2, 40])
def test_agrees_at_every_tile_boundary(n: int, units: int) -> None:
    rng = np.random.default_rng(n)
    t = rng.normal(size=(n, units))
    assert_agrees(t, _classes(rng, n, "singletons"), 0.1 * units)


@settings(max_examples=300)
@given(
    n=st.integers(1, 90),
    sizes=st.lists(st.integers(1, 25), min_size=1, max_size=90),
    seed=st.integers(0, 99),
    spread=st.sampled_from([0.3, 1e4]),
    units=st.sampled_from([2, 33]),
)
@example(n=4, sizes=[4], seed=0, spread=0.3, units=2)
@example(n=40, sizes=[3, 1, 9, 20, 7], seed=0, spread=0.3, units=2)
def test_agrees_for_every_split_into_tiny_tiles(
    n: int, sizes: list[int], seed: int, spread: float, units: int
) -> None:
    """Tiles of 16 x 16 rows: all ways in which classes and tiles can overlap, within 90 rows."""
    y = np.repeat(np.arange(len(sizes)), sizes)[:n]
    t = np.random.default_rng(seed).normal(size=(len(y), units))
    t[::2] += spread
    with pytest.MonkeyPatch.context() as patch:
        for name in ("TILE_ROWS", "TILE_COLUMNS", "FEW_COLUMNS"):
            patch.setattr(stripes, name, 16)
        assert_agrees(t, y, 0.5 * units)


@given(
    t=hnp.arrays(
        np.float64,
        st.tuples(st.integers(1, 12), st.integers(1, 4)),
        elements=st.floats(-1e6, 1e6, width=32) | st.sampled_from([0.0, -0.0, 1e6, 1e6 + 1e-3, 5e-324]),
    ),
    v=st.sampled_from([1e-6, 1.0, 1e6]),
    data=st.data(),
)
def test_agrees_on_awkward_values(t: np.ndarray, v: float, data: st.DataObject) -> None:
    y = data.draw(hnp.arrays(np.int64, len(t), elements=st.integers(0, 3)))
    assert_agrees(t, y, v)


# ---- identities and inequalities ----------------------------------------------------------------------


@given(cloud=clouds())
def test_bounds_are_ordered_and_capped(cloud: tuple[np.ndarray, np.ndarray, float]) -> None:
    """0 <= f(4) <= f(1) <= log2 N, and no difference of upper bounds exceeds H(Y)."""
    t, y, v = cloud
    estimate, probe = kde(t, y, v), Probe(y=y)
    assert estimate.i_xt_bounds is not None
    assert estimate.i_ty_bounds is not None
    low, high = estimate.i_xt_bounds
    assert estimate.i_xt == high
    assert -ROUNDING <= low <= high + ROUNDING
    assert high <= math.log2(len(t)) + ROUNDING
    assert estimate.i_ty_bounds[0] - ROUNDING <= estimate.i_ty <= estimate.i_ty_bounds[1] + ROUNDING
    assert estimate.i_ty <= probe.h_y + ROUNDING


@given(cloud=clouds())
def test_lower_bound_is_the_upper_bound_of_four_times_the_noise(
    cloud: tuple[np.ndarray, np.ndarray, float],
) -> None:
    """f(4; v) = f(1; 4 v): the same exponents, once as fourth powers and once not; 1e-12 for these."""
    t, y, v = cloud
    wide = columns(kde(t, y, 4 * v))
    narrow = columns(kde(t, y, v))
    assert narrow["i_xt_lower"] == pytest.approx(wide["i_xt_upper"], abs=ROUNDING, rel=0)
    assert narrow["saxe_i_ty_lower"] == pytest.approx(wide["i_ty"], abs=ROUNDING, rel=0)


@given(cloud=clouds(), factor=st.sampled_from([1e-3, 0.7, 2.0, 1e5]))
def test_scaling_rows_and_noise_together_changes_nothing(
    cloud: tuple[np.ndarray, np.ndarray, float], factor: float
) -> None:
    """1e-9: at an offset of 1e6 the scaled rows are rounded to 1e-10 of a standard deviation."""
    t, y, v = cloud
    one, other = columns(kde(t, y, v)), columns(kde(t * factor, y, v * factor**2))
    for name in ("i_xt_lower", "i_xt_upper", "i_ty_lower", "i_ty_upper"):
        assert one[name] == pytest.approx(other[name], abs=AGREEMENT, rel=0)


@given(seed=st.integers(0, 99), shift=st.sampled_from([1.0, 1e3, 1e6]), units=st.sampled_from([3, 60]))
def test_translation_changes_nothing(seed: int, shift: float, units: int) -> None:
    """1e-9: adding 1e6 rounds the rows themselves to 1e-10."""
    t = np.random.default_rng(seed).normal(size=(60, units))
    moved = t + shift * np.linspace(-1, 1, units)
    assert kde(moved, v=units).i_xt == pytest.approx(kde(t, v=units).i_xt, abs=AGREEMENT, rel=0)


@given(seed=st.integers(0, 99), units=st.sampled_from([2, 5, 40]))
def test_rotation_changes_nothing(seed: int, units: int) -> None:
    """1e-12 times the number of units: the rotated rows are rounded."""
    rng = np.random.default_rng(seed)
    t = rng.normal(size=(60, units))
    turn, _ = np.linalg.qr(rng.normal(size=(units, units)))
    turned = kde(t @ turn, v=units).i_xt
    assert turned == pytest.approx(kde(t, v=units).i_xt, abs=units * ROUNDING, rel=0)


def test_stretching_one_axis_changes_the_number() -> None:
    """Information would not change; the noise is not stretched along, so the bound does."""
    t = np.random.default_rng(0).normal(size=(60, 2))
    assert kde(t * [10.0, 1.0]).i_xt > kde(t).i_xt + 0.05


@given(seed=st.integers(0, 99), copies=st.integers(2, 5))
def test_copying_all_rows_changes_nothing(seed: int, copies: int) -> None:
    rng = np.random.default_rng(seed)
    t, y = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    one, many = columns(kde(t, y)), columns(kde(np.tile(t, (copies, 1)), np.tile(y, copies)))
    for name in ("i_xt_lower", "i_xt_upper", "i_ty_lower", "i_ty_upper"):
        assert one[name] == pytest.approx(many[name], abs=ROUNDING, rel=0)


@given(cloud=clouds(st.integers(2, 60)), split=st.integers(1, 5))
def test_all_channels_tell_at_least_as_much_as_one(
    cloud: tuple[np.ndarray, np.ndarray, float], split: int
) -> None:
    """Squared distances add over channels."""
    t, _, v = cloud
    channels = np.array_split(t, min(split, t.shape[1]), axis=1)
    whole = kde(t, v=v).i_xt_bounds
    for channel in channels:
        part = kde(channel, v=v).i_xt_bounds
        assert whole[0] >= part[0] - ROUNDING
        assert whole[1] >= part[1] - ROUNDING


@given(cloud=clouds(), factor=st.floats(1, 1e3))
def test_more_noise_tells_less(cloud: tuple[np.ndarray, np.ndarray, float], factor: float) -> None:
    t, _, v = cloud
    assert kde(t, v=v * factor).i_xt <= kde(t, v=v).i_xt + ROUNDING


@given(
    points=hnp.arrays(np.float64, st.integers(2, 6), elements=st.floats(-5, 5, width=16)),
    v=st.floats(0.125, 4, width=16),
)
def test_bounds_bracket_the_information(points: np.ndarray, v: float) -> None:
    """Exact I(X;T+Z) by the trapezoid rule; 1e-6 is more than its error with 4000 steps over 12 sigma."""
    sigma = math.sqrt(v)
    z = np.linspace(points.min() - 12 * sigma, points.max() + 12 * sigma, 4000)
    mixture = np.exp(-((z[:, None] - points) ** 2) / (2 * v)).mean(axis=1) / math.sqrt(2 * math.pi * v)
    density = np.maximum(mixture, 1e-300)
    entropy = -np.trapezoid(density * np.log(density), z)
    exact = (entropy - 0.5 * math.log(2 * math.pi * math.e * v)) / math.log(2)
    low, high = kde(points, v=v).i_xt_bounds
    assert low - 1e-6 <= exact <= high + 1e-6


@pytest.mark.parametrize(
    ("points", "printed"), [(2, 0.506215), (10, 1.902861), (100, 4.220400), (1000, 6.672636)]
)
def test_largest_gap_of_equally_distant_points(points: int, printed: float) -> None:
    """The gap between the bounds grows with N: it is no standard error. Search over the noise."""

    def minus_gap(log_v: float) -> float:
        v = math.exp(log_v)
        return simplex(points, 2.0, 4 * v) - simplex(points, 2.0, v)

    best = minimize_scalar(minus_gap, bounds=(-6, 3), method="bounded", options={"xatol": 1e-8})
    low, high = kde(np.eye(points), v=math.exp(best.x)).i_xt_bounds
    assert high - low == pytest.approx(printed, abs=5e-7)  # half a unit of the last printed digit


# ---- what the numbers say -----------------------------------------------------------------------------


def test_one_class_of_one_row_has_no_information_of_its_own() -> None:
    """A class of one row: f of it is 0, whatever its neighbours."""
    t, y = np.array([[0.0], [0.1], [5.0]]), [0, 0, 1]
    expected = kde(t).i_xt - 2 / 3 * kde(t[:2]).i_xt
    assert kde(t, y).i_ty == pytest.approx(expected, abs=ROUNDING)


@pytest.mark.parametrize(("v", "codes"), [(1e-6, ("saturated",)), (1e6, ()), (0.1, ())])
def test_saturation_is_said(v: float, codes: tuple[str, ...]) -> None:
    t = np.random.default_rng(0).normal(size=(100, 2))
    assert kde(t, v=v).warnings == codes


def test_negative_bound_is_kept() -> None:
    """The lower bound on I(T;Y) may lie below zero; clipping is the reader's choice."""
    t = np.random.default_rng(0).normal(size=(100, 2))
    assert kde(t, np.arange(100) % 2, 1.0).i_ty_bounds[0] < -0.5


def test_any_number_can_be_had_by_choosing_the_noise() -> None:
    """Sweeping the variance covers the whole range from nothing to log2 N."""
    t = np.random.default_rng(0).normal(size=(128, 3))
    f = [kde(t, v=v).i_xt for v in 10.0 ** np.arange(-6, 7)]
    assert f[0] == pytest.approx(7.0, abs=1e-6)
    assert f[-1] < 1e-4
    assert all(more >= less for more, less in itertools.pairwise(f))
