"""Which marks are hollow: what is at the ceiling, whatever the estimator says of it."""

import math

import pandas as pd
import pytest

from ibspec.figures import Drawing, Tables, draw, render
from ibspec.results import Measurement, measurement_table

PLANES = ("plane", "before-after", "mean-plane")


def table(*numbers, warnings="", n=1024, channel=None):
    rows = [
        Measurement(0, epoch, depth, f"layer{depth}", "channels", "kde(0.1)", n, i_xt=i_xt, i_ty=0.5,
                    warnings=warnings, channel=channel)
        for epoch in (0, 1) for depth, i_xt in enumerate(numbers)
    ]  # fmt: skip
    return measurement_table(rows)


def hollow(measured, facts=None) -> list[bool]:
    (panel,) = Tables(measured, facts or {}).panels()
    means = panel.means("i_xt", "i_ty")
    return means[means["epoch"] == 1]["saturated"].tolist()


@pytest.mark.parametrize(
    ("facts", "n", "most"),
    [({}, 1024, 10.0), ({"h_x": 10.0}, 1024, 10.0), ({"h_x": 9.5}, 1024, 9.5), ({"h_x": None}, 512, 9.0)],
)
def test_a_layer_within_a_hundredth_of_a_bit_of_its_ceiling(facts, n, most):
    """H(X) of the probe, which is log2 N where all inputs differ."""
    assert hollow(table(most - 0.011, most - 0.009, most, most + 2, n=n), facts) == [False, True, True, True]


def test_the_estimators_word_counts_too():
    assert hollow(table(3.0, warnings="ties saturated")) == [True]
    assert hollow(table(3.0, warnings="saturated-channels")) == [False]


def test_the_mean_of_channels_is_judged():
    """One channel at the ceiling does not put the layer there."""
    rows = [Measurement(0, 1, 0, "conv1", "channels", "kde(0.1)", 1024, i_xt=bits, i_ty=0.1, channel=number)
            for number, bits in enumerate((10.0, 9.0))]  # fmt: skip
    assert hollow(measurement_table(rows)) == [False]


@pytest.mark.parametrize("kind", PLANES)
def test_every_plane_shows_it_and_says_so(kind):
    for top in (10.0, 9.0):
        first = table(top, 3.0)
        both = pd.concat([first.assign(replica=number) for number in range(3)], ignore_index=True)
        (drawn,) = draw(Tables(both), only=kind)
        assert isinstance(drawn, Drawing)
        assert ("hollow: saturated" in render(drawn, "svg").decode()) is (top == 10.0)


def test_bits_beyond_all_limits_are_saturated():
    assert hollow(table(math.log2(1024) + 50)) == [True]
