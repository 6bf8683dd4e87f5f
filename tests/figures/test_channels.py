"""The planes of single channels."""

import numpy as np
import pytest
from matplotlib.lines import Line2D

from ibspec.figures import Blank, Drawing, Tables, draw, render
from tests.figures.examples import FACTS, measurements
from tests.figures.pictures import channel_measurements


def drawn(tables: Tables) -> Drawing:
    (found,) = draw(tables, only="channels")
    assert isinstance(found, Drawing), found
    return found


def lines(drawing: Drawing, start: str) -> dict[str, Line2D]:
    every = [line for axes in drawing.figure.axes for line in axes.get_lines()]
    return {str(line.get_gid()): line for line in every if str(line.get_gid()).startswith(start)}


def test_a_run_without_channels_says_which_view_has_them():
    (found,) = draw(Tables(measurements(), FACTS), only="channels")
    assert isinstance(found, Blank)
    assert 'ask with "measure.view": "channels"' in found.reason


def test_a_plane_for_each_layer_and_a_curve_for_each_channel():
    table = channel_measurements()
    drawing = drawn(Tables(table, FACTS, "run"))
    titles = [axes.get_title() for axes in drawing.figure.axes if axes.get_visible()]
    assert titles == ["conv1: 3 channels", "conv2: 5 channels"]
    found = lines(drawing, "channel-")
    assert set(found) == {*(f"channel-0-{k}" for k in range(3)), *(f"channel-1-{k}" for k in range(5))}
    mine = table[(table["layer"] == "conv2") & (table["channel"] == 4)].sort_values("epoch")
    assert np.asarray(found["channel-1-4"].get_xydata()) == pytest.approx(mine[["i_xt", "i_ty"]].to_numpy())


def test_the_thick_line_is_the_mean_of_the_channels():
    table = channel_measurements()
    mean = table[table["layer"] == "conv2"].groupby("epoch")[["i_xt", "i_ty"]].mean()
    found = lines(drawn(Tables(table, FACTS)), "mean-1")["mean-1"]
    assert np.asarray(found.get_xydata()) == pytest.approx(mean.to_numpy())


def test_channels_at_the_ceiling_are_hollow():
    """H(X) = 8; the widest channel of the first layer has it all."""
    drawing = drawn(Tables(channel_measurements().assign(warnings=""), FACTS))
    assert len(np.asarray(lines(drawing, "saturated-0")["saturated-0"].get_xydata())) == 1
    assert len(np.asarray(lines(drawing, "end-0")["end-0"].get_xydata())) == 2
    assert b">hollow: saturated</text>" in render(drawing, "svg")


def test_channels_of_different_replicas_are_not_mixed():
    table = channel_measurements(replicas=3)
    drawing = drawn(Tables(table, FACTS))
    assert "Replica 0 alone: channels of different replicas do not correspond" in drawing.caption
    assert len(np.asarray(lines(drawing, "channel-0-0")["channel-0-0"].get_xydata())) == 3


def test_invalid_channels_are_counted():
    table = channel_measurements()
    bad = table.index[(table["layer"] == "conv1") & (table["channel"] == 1)]
    table.loc[bad, ["status", "i_xt"]] = ["invalid", np.nan]
    drawing = drawn(Tables(table, FACTS))
    assert "3 invalid measurements not drawn" in drawing.caption
    assert "channel-0-1" not in lines(drawing, "channel-")
    every = table.assign(i_ty=np.nan)
    (found,) = draw(Tables(every, FACTS), only="channels")
    assert isinstance(found, Blank)
    assert found.reason.endswith("has I(X;T) and I(T;Y) of no channel")


@pytest.mark.parametrize("layers", [1, 2, 3, 4, 7])
def test_any_number_of_layers_has_room(layers):
    table = channel_measurements({f"conv{k}": 2 for k in range(layers)})
    drawing = drawn(Tables(table, FACTS))
    shown = [axes for axes in drawing.figure.axes if axes.get_visible()]
    assert len(shown) == layers
    assert all(axes.get_position().height > 0.1 for axes in shown)
