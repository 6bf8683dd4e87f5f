"""The figure of a calibration: marks where the table has them, and nothing that misleads."""

import numpy as np
import pandas as pd
import pytest

from ibspec.figures.calibration import BEYOND, draw_calibration
from tests.figures.calibrations import summary


def marks(axes):
    """Centres of the marks in a panel, in the order drawn."""
    return [tuple(point) for bars in axes.containers for point in bars.lines[0].get_xydata()]


def test_estimates_above_errors_for_each_size():
    table = summary(samples=(100, 400), dims=(1, 2))
    upper_left, upper_right, lower_left, lower_right = draw_calibration(table, "e").figure.axes
    for axes, size, value in (
        (upper_left, 100, "mean"),
        (upper_right, 400, "mean"),
        (lower_left, 100, "bias"),
        (lower_right, 400, "bias"),
    ):
        rows = table[table["samples"] == size]
        assert sorted(marks(axes)) == sorted(zip(rows["truth"], rows[value], strict=True))
    assert upper_left.get_ylabel() == "estimate [bits]"
    assert lower_left.get_ylabel() == "error [bits]"
    assert lower_left.get_xlabel() == "true I(X;T) [bits]"


def test_another_quantity_has_no_errors():
    drawing = draw_calibration(summary(), "e", other=True)
    (axes,) = drawing.figure.axes
    assert axes.get_ylabel() == "number [bits]"
    assert "measures another quantity than I(X;T)" in drawing.caption
    assert "error" not in drawing.caption.lower()


def test_dimensions_differ_in_colour_and_mark():
    drawing = draw_calibration(summary(dims=(1, 2, 5)), "e")
    (legend,) = drawing.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == [
        "1 + 1 columns",
        "2 + 2 columns",
        "5 + 5 columns",
    ]
    handles = legend.legend_handles
    assert len({(handle.get_color(), handle.get_marker()) for handle in handles}) == 3
    assert len({handle.get_marker() for handle in handles}) == 3


def test_class_labels_are_hollow():
    table = summary(numbers=("i_xt", "i_ty"))
    drawing = draw_calibration(table, "e")
    faces = [bars.lines[0].get_markerfacecolor() for bars in drawing.figure.axes[0].containers]
    assert faces.count("none") == 1
    assert "Hollow: X given as a class label." in drawing.caption
    assert "Hollow" not in draw_calibration(summary(), "e").caption


def test_what_is_far_above_is_counted_and_does_not_press_the_rest():
    table = summary(samples=(400,))
    table.loc[0, ["mean", "bias"]] = 45.0, 41.0
    drawing = draw_calibration(table, "e")
    upper = drawing.figure.axes[0]
    assert upper.get_ylim()[1] == pytest.approx(np.log2(400) + BEYOND)
    assert "in the table alone: 1." in drawing.caption
    assert "log₂ N" in [text.get_text() for text in upper.texts]


def test_refused_everywhere_has_no_figure():
    table = summary()
    table["mean"] = np.nan
    assert draw_calibration(table, "e") is None
    assert draw_calibration(table, "unheard of") is None
    assert isinstance(table, pd.DataFrame)
