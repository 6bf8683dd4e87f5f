"""What the figures against the epoch share: the two quantities, their levels, lines, bands and marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.epochs import spread_epochs
from ibspec.figures.frame import same_spot
from ibspec.figures.plane_axes import X_LABEL, Y_LABEL
from ibspec.figures.style import QUIET, layer_colour, layer_marker
from ibspec.figures.tables import Tables, layers_of, list_in_words

MARKS = 9
"""Marks along a line: enough to tell it from the others, few enough to see the line."""


@final
@dataclass(frozen=True)
class Quantity:
    """A column of the table and the entropy that it cannot exceed."""

    column: str
    axis: str
    fact: str
    fact_name: str

    @property
    def name(self) -> str:
        """The quantity without its unit."""
        return self.axis.removesuffix(" [bits]")

    def has_bounds(self, rows: pd.DataFrame) -> bool:
        """Whether any row has proven bounds."""
        return bool(rows[[f"{self.column}_lower", f"{self.column}_upper"]].notna().all(axis=1).any())

    def bounds(self, rows: pd.DataFrame) -> list[float]:
        """Return all ends of bounds."""
        return [*rows[f"{self.column}_lower"], *rows[f"{self.column}_upper"]]

    def draw_level(self, axes: Axes, tables: Tables) -> None:
        """Draw and name the entropy that the true information cannot exceed, where it is known."""
        level = tables.fact(self.fact)
        if level is None:
            return
        axes.axhline(level, color=QUIET, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1.5)
        axes.annotate(
            f"{self.fact_name} = {level:.4g}",
            (1, level),
            xycoords=("axes fraction", "data"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="right",
            va="bottom",
            fontsize=7.5,
            color=QUIET,
        )

    def draw_band(self, axes: Axes, rows: pd.DataFrame, depth: int, alpha: float) -> None:
        """Fill the space between the bounds of one layer."""
        low, high = rows[f"{self.column}_lower"].to_numpy(), rows[f"{self.column}_upper"].to_numpy()
        if not np.isfinite(low + high).any():
            return
        colour = layer_colour(depth)
        band = axes.fill_between(rows["epoch"], low, high, color=colour, alpha=alpha, linewidth=0, zorder=1)
        band.set_gid(f"bounds-{self.column}-{depth}")
        if len(rows) == 1:
            axes.vlines(rows["epoch"], low, high, color=colour, linewidth=1, alpha=0.6, zorder=1)

    def draw_line(self, axes: Axes, rows: pd.DataFrame, depth: int, marked: Sequence[int]) -> None:
        """Draw the mean of one layer with marks at the epochs given, hollow where saturated."""
        colour, marker = layer_colour(depth), layer_marker(depth)
        axes.plot(rows["epoch"], rows[self.column], color=colour, linewidth=1.3, zorder=3)
        for saturated, group in rows[rows["epoch"].isin(marked)].groupby("saturated"):
            (line,) = axes.plot(
                group["epoch"],
                group[self.column],
                marker,
                color=colour,
                markersize=4.6,
                markeredgewidth=0.9,
                markerfacecolor="white" if saturated else colour,
                zorder=3.5,
                clip_on=False,
            )
            line.set_gid(f"{'saturated' if saturated else 'points'}-{self.column}-{depth}")


QUANTITIES = (Quantity("i_xt", X_LABEL, "h_x", "H(X)"), Quantity("i_ty", Y_LABEL, "h_y", "H(Y)"))


def marked_epochs(epochs: Sequence[int], rank: int, layers: int) -> list[int]:
    """Epochs at which the layer of a rank has marks: others than its neighbours', as lines may coincide."""
    candidates = spread_epochs(epochs, MARKS * layers)
    return candidates[rank::layers] if len(candidates) >= 2 * layers else candidates


def shared_lines(quantity: Quantity, means: pd.DataFrame, span: float) -> str:
    """Name the layers whose lines cover each other at all epochs; empty where none do."""
    grid = means.pivot_table(index="depth", columns="epoch", values=quantity.column)
    groups = same_spot(grid.to_numpy(dtype=np.float64) / span, 0.012)
    names = dict(layers_of(means))
    covered = [list_in_words([names[int(grid.index[index])] for index in group]) for group in groups]
    return f"lines of {quantity.name} that cover each other: {'; '.join(covered)}" if covered else ""


def layer_legend(layers: list[tuple[int, str]], saturated: bool) -> list[Line2D]:
    """Return a handle for each layer, and one that explains hollow marks where there are any."""
    handles = [
        Line2D(
            [],
            [],
            color=layer_colour(depth),
            marker=layer_marker(depth),
            markersize=4.6,
            linewidth=1.3,
            label=name,
        )
        for depth, name in layers
    ]
    hollow = {"marker": "o", "markerfacecolor": "white", "markersize": 4.6, "linestyle": "none"}
    if saturated:
        handles.append(Line2D([], [], color=QUIET, label="hollow: saturated", **hollow))  # type: ignore[arg-type]
    return handles
