"""`AdaptiveKde` is `Kde` with a variance that follows the layer: what that keeps, and what it changes."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import ActivityError, Probe, ShapeError
from ibspec.estimators import Kde
from ibspec.estimators.adaptive_kde import AdaptiveKde
from tests.truths import columns, pair

ROUNDING = 1e-12
"""Bits: log N minus a mean of logarithms of sums of up to 200 kernels, each off by 1e-16."""

SCALES = ["largest", "spread"]


def adaptive(t, y=None, share=0.1, scale="largest"):
    probe = Probe(y=y, ids=np.arange(len(t)))
    return AdaptiveKde(noise_share=share, scale=scale).estimate(t, probe)


def numbers(estimate):
    """All but the variance, which is in the layer's own units."""
    found = {name: v for name, v in columns(estimate).items() if isinstance(v, float)}
    found.pop("noise_variance", None)
    return found


@st.composite
def layers(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, units = draw(st.sampled_from([2, 5, 60, 200])), draw(st.sampled_from([1, 3, 40]))
    t = rng.normal(size=(n, units)) * draw(st.sampled_from([1e-6, 1.0, 1e4]))
    return np.maximum(t, 0) + t * draw(st.sampled_from([0, 1])), rng.integers(0, 2, n), rng


@pytest.mark.parametrize("scale", SCALES)
@given(case=layers())
def test_it_is_the_kernel_bound_at_the_variance_that_it_names(scale, case):
    t, y, _ = case
    found = adaptive(t, y, 0.3, scale)
    if "collapsed" in found.warnings:
        assert len(np.unique(t, axis=0)) == 1
        return
    size = np.abs(t).max() if scale == "largest" else math.sqrt(t.var(axis=0).mean())
    assert found.extras["noise_variance"] == pytest.approx((0.3 * size) ** 2, rel=1e-12)
    variance = found.extras["noise_variance"]
    wanted = Kde(noise_variance=variance).estimate(t, Probe(y=y, ids=np.arange(len(t))))
    assert numbers(found) == pytest.approx(numbers(wanted), abs=ROUNDING)


@pytest.mark.parametrize("scale", SCALES)
@given(
    case=layers(),
    factor=st.sampled_from([2.0**-30, 0.125, 3.0, 1e5, 2.0**200]),
    sign=st.sampled_from([1, -1]),
)
def test_a_layer_and_its_multiple_are_the_same(scale, case, factor, sign):
    """To the bit for powers of two; else products are rounded, and exponents of up to a hundred with them."""
    t, y, _ = case
    one, other = (numbers(adaptive(each, y, 0.3, scale)) for each in (t, sign * factor * t))
    assert other == pytest.approx(one, abs=0 if math.log2(factor).is_integer() else 1e-11)


@given(case=layers(), shift=st.sampled_from([-1.0, 0.5, 3.0]))
def test_spread_does_not_see_a_constant(case, shift):
    """Sums with a constant of the layer's own size round to 1e-16 of it; exponents are up to a hundred."""
    t, y, _ = case
    moved = t + shift * np.abs(t).max()
    assert numbers(adaptive(moved, y, 0.3, "spread")) == pytest.approx(
        numbers(adaptive(t, y, 0.3, "spread")), abs=1e-11
    )


@given(case=layers())
def test_bounds_hold_the_headline_and_their_own_order(case):
    t, y, _ = case
    found = adaptive(t, y)
    low, high = found.i_xt_bounds
    assert -ROUNDING <= low <= high + ROUNDING
    assert high == found.i_xt <= math.log2(len(t)) + ROUNDING
    low, high = found.i_ty_bounds
    assert low - ROUNDING <= found.i_ty <= high + ROUNDING


@pytest.mark.parametrize("size", [1e-3, 1.0, 70.0])
def test_two_points_by_hand(size):
    """At -size and +size the largest is size: distance 2 size, noise of variance (share size)^2."""
    found = adaptive(np.array([[-size], [size]]), [0, 1], 0.8)
    assert found.i_xt == pytest.approx(pair(4.0, 0.64), abs=ROUNDING)
    assert found.i_xt_bounds[0] == pytest.approx(pair(4.0, 4 * 0.64), abs=ROUNDING)
    assert found.extras["noise_variance"] == pytest.approx(0.64 * size**2, rel=1e-14)
    # the spread of these two is size as well
    assert numbers(adaptive(np.array([[-size], [size]]), [0, 1], 0.8, "spread")) == pytest.approx(
        numbers(found), abs=ROUNDING
    )


def test_negative_activity_counts_for_the_largest():
    assert adaptive(np.array([[-8.0], [2.0]])).extras["noise_variance"] == pytest.approx(0.64)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("value", [0.0, -0.3, 1e6])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int32, bool])
def test_a_constant_layer_has_collapsed(scale, value, dtype):
    with np.errstate(over="ignore"):
        t = np.full((50, 3), min(value, 6e4)).astype(dtype)
    found = adaptive(t, np.arange(50) % 2, scale=scale)
    assert (found.i_xt, found.i_ty, found.warnings) == (0.0, 0.0, ("collapsed",))
    assert (found.i_xt_bounds, found.i_ty_bounds) == ((0.0, 0.0), (0.0, 0.0))


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("dtype", "sizes"),
    [
        (np.float32, (1e-45, 1e-30, 1e30, 3e38)),
        (np.float64, (5e-324, 1e-300, 1e-160, 1e160, 1e300, 1.7e308)),
    ],
)
def test_extreme_values_are_measured_like_others(scale, dtype, sizes):
    signs = np.random.default_rng(3).integers(-1, 2, size=(50, 4))
    wanted = numbers(adaptive(signs.astype(float), np.arange(50) % 2, 0.3, scale))
    for size in sizes:
        found = numbers(adaptive(signs.astype(dtype) * dtype(size), np.arange(50) % 2, 0.3, scale))
        assert found == pytest.approx(wanted, abs=1e-11)


@pytest.mark.parametrize("scale", SCALES)
def test_whole_numbers_and_booleans_are_read_as_reals(scale):
    whole = np.random.default_rng(0).integers(0, 2, size=(60, 3))
    wanted = adaptive(whole.astype(float), scale=scale)
    for dtype in ("?", "i1", "u1", "u2", "u4", "u8", "i8"):
        assert adaptive(whole.astype(dtype), scale=scale) == wanted


def test_edges_of_the_probe():
    assert adaptive(np.ones((1, 3)), [0]).warnings == ()
    assert adaptive(np.ones((1, 3)), [0]).i_xt == 0.0
    assert adaptive(np.zeros((4, 0))).i_xt == 0.0
    found = adaptive(np.arange(4.0)[:, None])
    assert (found.i_ty, found.i_ty_bounds) == (None, None)
    assert "saxe_i_ty_lower" not in found.extras
    assert adaptive(np.arange(4.0)[:, None], np.zeros(4, dtype=int)).i_ty == pytest.approx(0, abs=ROUNDING)
    assert "saturated" in adaptive(np.arange(4.0)[:, None], share=0.001).warnings


def test_bad_values_and_shapes_are_refused():
    with pytest.raises(ActivityError, match="not finite, first in row 1"):
        adaptive(np.array([[0.0], [math.nan]]))
    with pytest.raises(ShapeError, match="each of the probe's 3 samples"):
        AdaptiveKde(noise_share=0.1).estimate(torch.zeros(4, 1), Probe(ids=np.arange(3)))


def test_a_collapsed_layer_without_labels_says_nothing_of_them():
    found = adaptive(np.ones((5, 2)))
    assert (found.i_xt, found.i_ty, found.i_ty_bounds, found.extras) == (0.0, None, None, {})
