"""Information planes of the small runs: a row a run, a column an estimator, rises along the layers marked."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ibspec.verify.data_processing import layer_steps
from ibspec.verify.facts import ROUNDING

if TYPE_CHECKING:
    from ibspec.loading import Run

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#595959")

RISE = "#D55E00"


def rises(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of layers that know more of X than the layer before them, at one epoch of a replica."""
    steps = layer_steps(rows, "i_xt")
    found: pd.DataFrame = steps[steps["i_xt"] - steps["before"] > ROUNDING]
    return found


def draw_planes(canvas: Figure, runs: Mapping[str, "Run"]) -> None:
    """Draw the first replica of every run with each estimator."""
    columns = max(run.measurements["estimator"].nunique() for run in runs.values())
    grid = canvas.subplots(len(runs), columns, squeeze=False)
    for line, (name, run) in zip(grid, runs.items(), strict=True):
        rows = run.measurements
        first = rows[(rows["replica"] == 0) & (rows["status"] == "ok")]
        panels = list(first.groupby("estimator", sort=False))
        for axes, (estimator, group) in zip(line, panels, strict=False):
            _draw_plane(axes, group, run.manifest["facts"]["h_y"])
            axes.set_title(f"{name}: {estimator}", fontsize=8)
        for axes in line[len(panels) :]:
            axes.set_axis_off()
        line[0].set_ylabel("I(T;Y) in bits")
        names = [str(path["layer"].iloc[0]) for _, path in first.groupby("depth")]
        line[-1].legend(
            handles=[
                Line2D([], [], marker="o", linestyle="", markersize=4, color=colour, label=layer)
                for layer, colour in zip(names, COLOURS, strict=False)
            ],
            frameon=False,
            loc="upper left",
            bbox_to_anchor=(1.0, 1.0),
            handletextpad=0.1,
        )
    for axes in grid[-1]:
        axes.set_xlabel("I(X;T) in bits")
    canvas.legend(
        handles=[
            Line2D([], [], marker="o", linestyle="", markersize=8, markerfacecolor="none", color=RISE,
                   label="knows more of X than the layer before it: no true information could"),
        ],
        loc="outside lower center", frameon=False,
    )  # fmt: skip


def _draw_plane(axes: Axes, rows: pd.DataFrame, top: float) -> None:
    reach = math.log2(int(rows["n"].iloc[0]))
    axes.fill([0, top, reach, reach], [0, top, top, 0], color="#f0f0f0", zorder=0)
    for (_, path), colour in zip(rows.groupby("depth"), COLOURS, strict=False):
        path = path.sort_values("epoch")
        axes.plot(path["i_xt"], path["i_ty"], "-", color=colour, linewidth=0.8, zorder=2)
        axes.scatter(path["i_xt"], path["i_ty"], s=np.linspace(4, 26, len(path)), color=colour, zorder=3)
    marked = rises(rows)
    axes.scatter(
        marked["i_xt"], marked["i_ty"], s=70, facecolors="none", edgecolors=RISE, linewidths=0.9, zorder=4
    )
    axes.set(xlim=(0, reach * 1.03), ylim=(0, top * 1.08))
