"""Means over channels: numbers, bounds and what is said about them."""

import dataclasses

import pytest

from ibspec.core import Estimate, mean_estimate

ROUNDING = 1e-15
"""Means of two or three numbers near 1."""


def test_means() -> None:
    one = Estimate(
        i_xt=1.0,
        i_ty=0.25,
        h_t=2.0,
        i_xt_bounds=(0.5, 1.0),
        i_ty_bounds=(-1.0, 2.0),
        extras={"a": 1.0, "b": 9.0},
    )
    other = Estimate(
        i_xt=2.0, i_ty=-0.5, h_t=3.0, i_xt_bounds=(1.5, 2.0), i_ty_bounds=(0.0, 1.0), extras={"a": 4.0}
    )
    mean = mean_estimate([one, other])
    assert mean.i_xt == pytest.approx(1.5, abs=ROUNDING)
    assert mean.i_ty == pytest.approx(-0.125, abs=ROUNDING)  # below zero, and kept so
    assert mean.h_t == pytest.approx(2.5, abs=ROUNDING)
    assert mean.i_xt_bounds == pytest.approx((1.0, 1.5), abs=ROUNDING)
    assert mean.i_ty_bounds == pytest.approx((-0.5, 1.5), abs=ROUNDING)
    assert mean.extras == {"a": 2.5, "i_xt_channel_min": 1.0, "i_xt_channel_max": 2.0, "channels": 2.0}


def test_a_channel_without_a_number_leaves_none() -> None:
    mean = mean_estimate([Estimate(i_xt=1.0, i_xt_bounds=(0.0, 1.0), i_ty=1.0), Estimate(i_ty=0.0)])
    assert (mean.i_xt, mean.i_xt_bounds, mean.h_t) == (None, None, None)
    assert mean.i_ty == 0.5
    assert mean.extras == {"channels": 2.0}


def test_warnings_say_whether_all_channels_have_them() -> None:
    """One saturated channel of many must not brand the mean as saturated, nor be hidden by it."""
    mean = mean_estimate(
        [
            Estimate(warnings=("float32", "ties")),
            Estimate(warnings=("ties",)),
            Estimate(warnings=("few-samples", "ties")),
        ]
    )
    assert mean.warnings == ("few-samples-channels", "float32-channels", "ties")
    assert mean.extras == {"channels": 3.0, "float32_channels": 1.0, "few-samples_channels": 1.0}


def test_one_channel_is_itself() -> None:
    one = Estimate(i_xt=1.25, i_ty=0.5, i_xt_bounds=(1.0, 1.25), warnings=("saturated",))
    mean = mean_estimate([one])
    assert dataclasses.replace(mean, extras={}) == one
    assert {type(value) for value in (mean.i_xt, *mean.i_xt_bounds, *mean.extras.values())} == {float}


def test_an_estimate_is_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="i_xt"):
        Estimate().i_xt = 1.0  # type: ignore[misc]
