"""The information-bottleneck curve in a plane."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from ibspec.figures.bottleneck_line import NAME
from ibspec.figures.plane_axes import draw_plane_axes
from ibspec.figures.tables import Tables

NOISY = {"i_xt": [0.0, 1.0, 2.0], "i_ty": [0.0, 0.4, 0.5]}


def drawn(facts, bottleneck=None, **options):
    """The curve's line, if there is one, and all that is written in the plane."""
    axes = Figure().add_subplot()
    tables = Tables(pd.DataFrame(), facts=facts, bottleneck=bottleneck or {})
    draw_plane_axes(axes, tables, (0, 6), (0, 1.2), **options)
    lines = [line for line in axes.lines if line.get_gid() == "bottleneck"]
    return lines, [text.get_text() for text in axes.texts]


def test_a_noisy_label_has_a_curve_of_its_own():
    (line,), words = drawn({"h_x": 5.0, "h_y": 1.0, "i_xy": 0.5}, NOISY)
    assert np.asarray(line.get_xydata()) == pytest.approx(np.array([[0, 0], [1, 0.4], [2, 0.5], [5, 0.5]]))
    assert line.get_linestyle() == "--"
    assert NAME in words
    assert "H(Y) = 1" in words


def test_a_label_that_is_a_function_has_the_border():
    """min(x, H(Y)) is drawn as what is feasible; only its name is added."""
    lines, words = drawn({"h_x": 5.0, "h_y": 1.0, "i_xy": 1.0})
    assert lines == []
    assert f"H(Y) = 1 ({NAME})" in words


@pytest.mark.parametrize(
    ("facts", "bottleneck"),
    [
        pytest.param({"h_x": 5.0, "h_y": 1.0}, {}, id="unknown"),
        pytest.param({"h_x": 5.0}, {}, id="no labels"),
        pytest.param({"h_x": 5.0, "h_y": 1.0, "i_xy": 0.5}, {}, id="too many laws of the label"),
        pytest.param({"h_y": 1.0, "i_xy": 0.5}, {"i_xt": [0.0, 1.0], "i_ty": [0.0]}, id="lengths"),
    ],
)
def test_nothing_is_drawn_where_it_is_not_known(facts, bottleneck):
    lines, words = drawn(facts, bottleneck)
    assert lines == []
    assert not any(NAME in each for each in words)


def test_small_planes_have_the_line_without_its_name():
    (_,), words = drawn({"h_x": 5.0, "h_y": 1.0, "i_xy": 0.5}, NOISY, named=False)
    assert "".join(words) == ""
