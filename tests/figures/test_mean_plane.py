"""Means over replicas with their intervals, in the plane and against the epoch."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PolyCollection

from ibspec.figures import Blank, Drawing, Tables, draw, render
from ibspec.figures.mean_plane import band_path
from ibspec.figures.spread import mean_intervals, spread_of
from tests.figures.examples import EPOCHS, FACTS, history, measurements


def spread_out(replicas: int) -> pd.DataFrame:
    table = measurements(replicas=replicas)
    shift = np.random.default_rng(2).normal(size=replicas)[table["replica"]]
    return table.assign(
        i_xt=table["i_xt"] + 0.2 * shift * table["depth"], i_ty=table["i_ty"] - 0.02 * abs(shift)
    )


def drawn(kind: str, table: pd.DataFrame) -> Drawing:
    (found,) = draw(Tables(table, FACTS, "run"), only=kind)
    assert isinstance(found, Drawing), found
    return found


def test_intervals_are_those_of_the_normal_law():
    """The percentile interval of a mean of n has half width 1.96 sd / sqrt(n), sd with divisor n.

    2,000 draws place a 2.5 % quantile within 4 * sqrt(0.025 * 0.975 / 2000) / phi(1.96) = 0.24 sd.
    """
    values = np.random.default_rng(1).normal(size=(400, 3)) * [1.0, 5.0, 0.0]
    low, high = mean_intervals(values)
    error = values.std(axis=0) / 20
    np.testing.assert_allclose(low, values.mean(axis=0) - 1.96 * error, atol=0.25 * error.max())
    np.testing.assert_allclose(high, values.mean(axis=0) + 1.96 * error, atol=0.25 * error.max())
    assert low[2] == high[2] == 0


def test_missing_replicas_are_left_out_and_one_alone_has_no_interval():
    values = np.array([[1.0, 2.0, np.nan], [3.0, np.nan, np.nan], [5.0, np.nan, np.nan]])
    low, high = mean_intervals(values)
    assert 1 <= low[0] < 3 < high[0] <= 5
    assert np.isnan([low[1], high[1], low[2], high[2]]).all()


def test_the_same_table_gives_the_same_interval():
    rows = spread_out(5)
    rows = rows[rows["depth"] == 2]
    pd.testing.assert_frame_equal(spread_of(rows, "i_xt"), spread_of(rows, "i_xt"), check_exact=True)


def test_one_replica_has_no_mean_plane():
    (found,) = draw(Tables(measurements(), FACTS, "run"), only="mean-plane")
    assert isinstance(found, Blank)
    assert "needs several, and the run has 1; raise training.replicas" in found.reason


def test_a_path_a_layer_with_its_band_and_growing_marks():
    drawing = drawn("mean-plane", spread_out(6))
    (axes,) = drawing.figure.axes
    bands = {patch.get_gid() for patch in axes.patches} - {"feasible"}
    assert bands == {"band-0", "band-1", "band-2"}
    sizes = [line.get_markersize() for line in axes.get_lines() if line.get_marker() == "^"]
    assert sizes == sorted(sizes)
    assert sizes[0] < sizes[-1]
    assert "with 6 replicas they are too narrow" in drawing.caption
    assert "too narrow" not in drawn("mean-plane", spread_out(12)).caption
    text = render(drawing, "svg").decode()
    assert ">hollow: saturated</text>" in text
    assert ">I(X;T) [bits]</text>" in text


def test_the_frame_holds_every_interval():
    table = spread_out(6)
    (axes,) = drawn("mean-plane", table).figure.axes
    for column, (least, most) in (("i_xt", axes.get_xlim()), ("i_ty", axes.get_ylim())):
        for depth in range(3):
            found = spread_of(table[table["depth"] == depth], column)
            assert least < found["low"].min()
            assert found["high"].max() < most


def path_of(points: list[tuple[float, ...]]) -> pd.DataFrame:
    return pd.DataFrame(points, columns=["x", "x_low", "x_high", "y", "y_low", "y_high"])


def test_a_band_holds_its_intervals_and_not_more():
    band = band_path(path_of([(0, -1, 2, 0, -0.5, 0.5), (10, 9, 11, 0, -0.5, 0.5)]))
    assert band is not None
    inside = [(0, 0.49), (-0.99, 0), (5, 0.45), (10.9, 0)]
    outside = [(0, 0.51), (-1.01, 0), (5, 0.6), (11.1, 0), (-0.9, 0.45)]
    assert band.contains_points(inside).all()
    assert not band.contains_points(outside).any()


def test_a_band_has_a_gap_where_there_is_no_interval():
    """A point alone has its own oval; nothing is known of the mean of a lone replica."""
    known = (0.0, -1.0, 1.0, 0.0, -1.0, 1.0)
    assert band_path(path_of([known])) is not None
    assert band_path(path_of([known, (1.0, np.nan, np.nan, 0.0, np.nan, np.nan)])) is None


def test_replicas_that_agree_to_the_last_digit():
    same = measurements(replicas=3).assign(i_xt=2.0, i_ty=0.5)
    assert isinstance(drawn("mean-plane", same), Drawing)


@pytest.mark.parametrize(("replicas", "lines"), [(8, True), (9, False)])
def test_many_replicas_are_bands_and_not_spaghetti(replicas, lines):
    drawing = drawn("information-vs-epoch", spread_out(replicas))
    names = {
        each.get_gid()
        for axes in drawing.figure.axes
        for each in axes.collections
        if isinstance(each, PolyCollection)
    }
    assert ("interval-i_xt-1" in names) is not lines
    assert ("spread-i_ty-2" in names) is not lines
    assert ("bounds-i_xt-1" in names) is lines
    thin = [each for axes in drawing.figure.axes for each in axes.get_lines() if each.get_linewidth() == 0.5]
    assert bool(thin) is lines
    assert ("single replicas" in drawing.caption) is lines
    assert ("bands: 95 % bootstrap intervals of the mean" in drawing.caption) is not lines
    assert ("are not shown here: see bounds-vs-epoch" in drawing.caption) is not lines


def test_the_inner_band_is_the_interval_of_the_mean():
    table = spread_out(9)
    drawing = drawn("information-vs-epoch", table)
    (band,) = [each for each in drawing.figure.axes[0].collections if each.get_gid() == "interval-i_xt-2"]
    heights = band.get_paths()[0].vertices
    found = spread_of(table[table["depth"] == 2], "i_xt")
    at = heights[np.isclose(np.asarray(heights)[:, 0], EPOCHS[2])]
    assert sorted(set(np.asarray(at)[:, 1].tolist())) == pytest.approx(
        [found.loc[EPOCHS[2], "low"], found.loc[EPOCHS[2], "high"]]
    )


@pytest.mark.parametrize(("replicas", "lines"), [(8, True), (9, False)])
def test_losses_of_many_replicas_are_bands_too(replicas, lines):
    (drawing,) = draw(Tables(measurements(), FACTS, "run", history(replicas=replicas)), only="loss")
    assert isinstance(drawing, Drawing)
    (axes, _) = drawing.figure.axes
    names = {str(each.get_gid()) for each in axes.collections}
    assert ("spread-test-loss" in names) is not lines
    assert ("thin lines: single replicas" in drawing.caption) is lines
    assert bool([each for each in axes.get_lines() if each.get_linewidth() == 0.5]) is lines
