"""Estimates against the truth: what an estimator can be trusted for."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.drawing import Drawing
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import LAYER_COLOURS, LAYER_MARKERS, QUIET, SHADE, slug, styled, tidy

CLOSE = 0.1
"""Bits: half the width of the band beside the diagonal."""


def draw_calibration(summary: pd.DataFrame, estimator: str) -> Drawing | None:
    """Draw one estimator's means and spreads against the truth, a panel for each number of samples.

    Args:
        summary: As `ibspec.calibrate.summarise` returns it.
        estimator: Label.

    Returns:
        None where it was refused everywhere.
    """
    rows = summary[(summary["estimator"] == estimator) & summary["mean"].notna()]
    if rows.empty:
        return None
    sizes = sorted(rows["samples"].unique())
    dims = sorted(rows["dims"].unique())
    title = f"{estimator}: estimate against truth"
    low = min(0.0, float(rows["mean"].min())) - 0.3
    high = max(float(rows["truth"].max()), float(rows["mean"].max())) + 0.3
    caption = sentences(
        "a mark is the mean over draws of one law, its bar one standard deviation of a draw",
        f"the band is {CLOSE} bits to each side of the truth",
    )
    legend = [
        Line2D([], [], marker=LAYER_MARKERS[k], linestyle="", color=LAYER_COLOURS[k], markersize=5,
               label=f"{d} + {d} dimension{'s' if d > 1 else ''}")
        for k, d in enumerate(dims)
    ]  # fmt: skip
    with styled():
        sheet = Sheet(2.6, title, f"{int(rows['draws'].max())} draws of each law", legend, caption)
        grid = sheet.figure.subplots(1, len(sizes), sharey=True, squeeze=False)[0]
        for axes, samples in zip(grid, sizes, strict=True):
            _draw_panel(axes, rows[rows["samples"] == samples], dims, (low, high))
            axes.set_title(f"N = {samples:,}", fontsize=8)
            axes.set_xlabel("true I(X;T) [bits]")
        grid[0].set_ylabel("estimate [bits]")
        return Drawing(slug(f"calibration-{estimator}"), title, caption, sheet.finish())


def _draw_panel(axes: Axes, rows: pd.DataFrame, dims: list[int], limits: tuple[float, float]) -> None:
    ends = np.array([-0.3, float(rows["truth"].max()) + 0.3])
    axes.fill_between(ends, ends - CLOSE, ends + CLOSE, color=SHADE, zorder=0)
    axes.plot(ends, ends, color=QUIET, linewidth=0.8, zorder=1)
    for place, d in enumerate(dims):
        mine = rows[rows["dims"] == d]
        axes.errorbar(
            mine["truth"],
            mine["mean"],
            yerr=mine["sd"].fillna(0.0),
            fmt=LAYER_MARKERS[place],
            color=LAYER_COLOURS[place],
            markersize=4,
            elinewidth=0.8,
            markeredgecolor="white",
            markeredgewidth=0.3,
        )
    axes.set(xlim=ends, ylim=limits)
    tidy(axes)
