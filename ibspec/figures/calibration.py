"""Estimates against the truth: what an estimator can be trusted for."""

import math
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from ibspec.figures.drawing import Drawing
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import LAYER_COLOURS, LAYER_MARKERS, QUIET, SHADE, TEXT, slug, styled, tidy

CLOSE: Final = 0.1
"""Bits: half the width of the band beside the truth; beyond it errors are drawn as logarithms."""

WIDER_BY: Final = 0.3
"""Bits that the axes reach beyond the marks."""

BEYOND: Final = 1.0
"""Bits above log2 N that are still drawn where the axis reaches so far: room for the line's name, and no
more, as what is far above would press all else together."""

TALL: Final = 2.3
"""Inches, of estimates."""

LOW: Final = 1.6
"""Inches, of errors."""


def draw_calibration(summary: pd.DataFrame, estimator: str, *, other: bool = False) -> Drawing | None:
    """Draw one estimator's means and spreads against the truth, a column of panels for each sample size.

    Args:
        summary: As `ibspec.calibrate.summarise` returns it.
        estimator: Label.
        other: It measures another quantity: its distance from the truth is no error, and is not drawn.

    Returns:
        None where it was refused everywhere.
    """
    rows = summary[(summary["estimator"] == estimator) & summary["mean"].notna()]
    if rows.empty:
        return None
    sizes = sorted(rows["samples"].unique())
    dims = sorted(rows["dims"].unique())
    title = f"{estimator}: {'numbers' if other else 'estimates'} on laws of known information"
    draws = rows.groupby("samples")["draws"].max()
    said = ", ".join(f"{draws[size]} of N = {size:,}" for size in sizes)
    by_class = bool((rows["number"] == "i_ty").any())
    limits = _limits(rows)
    beyond = int((rows["mean"] > limits[1][1]).sum())
    caption = sentences(
        "a mark is the mean over draws of one law, its bar one standard deviation of a draw",
        f"the band is {CLOSE} bits to each side of the truth",
        "" if other else "errors beyond the band are on a logarithmic scale",
        "hollow: X given as a class label" if by_class else "",
        "it measures another quantity than I(X;T): marks need not lie on the line" if other else "",
        f"far above the {'panels' if other else 'upper panels'}, and in the table alone: {beyond}"
        if beyond
        else "",
    )
    legend = [
        Line2D([], [], marker=LAYER_MARKERS[k], linestyle="", color=LAYER_COLOURS[k], markersize=5,
               label=f"{d} + {d} columns")
        for k, d in enumerate(dims)
    ]  # fmt: skip
    with styled():
        sheet = Sheet(TALL if other else TALL + LOW, title, f"Draws of each law: {said}", legend, caption)
        heights = [TALL] if other else [TALL, LOW]
        grid = sheet.figure.subplots(
            len(heights), len(sizes), sharex="all", sharey="row", squeeze=False, height_ratios=heights
        )
        for column, samples in enumerate(sizes):
            here = rows[rows["samples"] == samples]
            _draw_estimates(grid[0, column], here, dims, limits)
            grid[0, column].set_title(f"N = {samples:,}", fontsize=8)
            if not other:
                _draw_errors(grid[1, column], here, dims)
            grid[-1, column].set_xlabel("true I(X;T) [bits]")
        grid[0, 0].set_ylabel("number [bits]" if other else "estimate [bits]")
        if not other:
            _scale_errors(grid[1, 0], rows)
        return Drawing(slug(f"calibration-{estimator}"), title, caption, sheet.finish())


Limits = tuple[tuple[float, float], tuple[float, float]]


def _limits(rows: pd.DataFrame) -> Limits:
    """Return the ends of the truth's axis and of the estimates'."""
    right = float(rows["truth"].max()) + WIDER_BY
    low = min(0.0, float(rows["mean"].min())) - WIDER_BY
    most = math.log2(float(rows["samples"].max()))
    high = max(right, float(rows["mean"].max()) + WIDER_BY)
    high = max(right, most + BEYOND) if high > most else high
    return (-WIDER_BY, right), (low, high)


def _draw_estimates(axes: Axes, rows: pd.DataFrame, dims: list[int], limits: Limits) -> None:
    ends = np.array(limits[0])
    axes.fill_between(ends, ends - CLOSE, ends + CLOSE, color=SHADE, zorder=0)
    axes.plot(ends, ends, color=QUIET, linewidth=0.8, zorder=1)
    most = math.log2(float(rows["samples"].iloc[0]))
    if most < limits[1][1]:
        axes.axhline(most, color=QUIET, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axes.annotate(
            "log₂ N", (limits[0][1], most), (-2, 1.5), textcoords="offset points",
            ha="right", va="bottom", fontsize=7, color=TEXT,
        )  # fmt: skip
    _draw_marks(axes, rows, dims, "mean")
    axes.set(xlim=limits[0], ylim=limits[1])
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    tidy(axes)


def _draw_errors(axes: Axes, rows: pd.DataFrame, dims: list[int]) -> None:
    axes.axhspan(-CLOSE, CLOSE, color=SHADE, zorder=0)
    axes.axhline(0, color=QUIET, linewidth=0.8, zorder=1)
    _draw_marks(axes, rows, dims, "bias")
    tidy(axes)


def _scale_errors(axes: Axes, rows: pd.DataFrame) -> None:
    """Set the scale that all panels of errors share."""
    spread = rows["sd"].fillna(0.0)
    lowest, highest = float((rows["bias"] - spread).min()), float((rows["bias"] + spread).max())
    axes.set_yscale("symlog", linthresh=CLOSE, linscale=1.5)
    ticks = [-10.0, -1.0, -CLOSE, 0.0, CLOSE, 1.0, 10.0]
    axes.set_yticks(ticks, [f"{tick:+g}".replace("-", "−") if tick else "0" for tick in ticks])
    axes.set_yticks([], minor=True)
    axes.set_ylim(min(1.25 * lowest, -1.6 * CLOSE), max(1.25 * highest, 1.6 * CLOSE))
    axes.set_ylabel("error [bits]")


def _draw_marks(axes: Axes, rows: pd.DataFrame, dims: list[int], value: str) -> None:
    for place, d in enumerate(dims):
        for number, is_hollow in (("i_xt", False), ("i_ty", True)):
            mine = rows[(rows["dims"] == d) & (rows["number"] == number)]
            if mine.empty:
                continue
            axes.errorbar(
                mine["truth"],
                mine[value],
                yerr=mine["sd"].fillna(0.0),
                fmt=LAYER_MARKERS[place],
                color=LAYER_COLOURS[place],
                markersize=5 if is_hollow else 4,
                elinewidth=0.8,
                markeredgecolor=LAYER_COLOURS[place] if is_hollow else "white",
                markerfacecolor="none" if is_hollow else LAYER_COLOURS[place],
                markeredgewidth=0.8 if is_hollow else 0.3,
            )
