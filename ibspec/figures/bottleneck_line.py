"""The information-bottleneck curve of the probe in a plane: no layer lies above it."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes

from ibspec.figures.style import QUIET
from ibspec.figures.tables import Tables

NAME: Final = "information-bottleneck bound"

ROUNDING: Final = 1e-9
"""Bits by which H(Y) and I(X;Y) may differ where Y is a function of X."""


def is_border(tables: Tables) -> bool:
    """Whether the curve is min(x, H(Y)), the border of what is feasible: Y is a function of X."""
    h_y, i_xy = tables.fact("h_y"), tables.fact("i_xy")
    return h_y is not None and i_xy is not None and abs(h_y - i_xy) <= ROUNDING


def draw_bottleneck(axes: Axes, tables: Tables, *, right: float, named: bool) -> None:
    """Draw the curve that a run keeps where labels are no function of the input, dashed, up to `right`."""
    x, y = (np.array(tables.bottleneck.get(name, ()), dtype=np.float64) for name in ("i_xt", "i_ty"))
    if is_border(tables) or len(x) < 2 or len(x) != len(y):
        return
    end = max(right, x[-1])
    (line,) = axes.plot([*x, end], [*y, y[-1]], color=QUIET, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1.1)
    line.set_gid("bottleneck")
    if named:
        half = np.interp(y[-1] / 2, y, x)  # below its middle few layers lie
        axes.annotate(
            NAME,
            (half, y[-1] / 2),
            xytext=(5, -3),
            textcoords="offset points",
            ha="left",
            va="top",
            fontsize=7.5,
            color=QUIET,
        )
