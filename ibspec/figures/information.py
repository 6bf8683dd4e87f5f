"""I(X;T) and I(T;Y) of every layer against the epoch."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ibspec.figures.curves import QUANTITIES, Quantity, layer_legend, marked_epochs, shared_lines
from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.frame import Limits, limits
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.spread import SPAGHETTI, spread_of
from ibspec.figures.style import VECTOR_POINTS, layer_colour, styled, tidy
from ibspec.figures.tables import (
    Panel,
    Tables,
    by,
    count_in_words,
    layers_of,
    list_in_words,
    mean_over_replicas,
    replicas_in_words,
)

READABLE_SHARE = 0.4
"""Where a quarter of the bands are wider than this share of the panel, they are one grey mass together."""


def information_vs_epoch(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw both informations against the epoch, one figure for each estimator and view."""
    return draw_panels(tables, "information-vs-epoch", _draw)


@final
@dataclass(frozen=True)
class _Curves:
    """One quantity of all layers."""

    quantity: Quantity
    rows: pd.DataFrame
    curves: pd.DataFrame
    level: float | None

    @cached_property
    def means(self) -> pd.DataFrame:
        return mean_over_replicas(self.curves)

    @property
    def is_crowded(self) -> bool:
        """Whether there are too many replicas for a line each."""
        return self.rows["replica"].nunique() > SPAGHETTI

    @property
    def has_bounds(self) -> bool:
        return self.quantity.has_bounds(self.means)

    @property
    def is_banded(self) -> bool:
        """Whether the bounds can be shown for all layers at once, and bands mean nothing else."""
        name = self.quantity.column
        low, high = limits(self.means[name], [self.level])
        widths = (self.means[f"{name}_upper"] - self.means[f"{name}_lower"]).dropna()
        lone = self.means["depth"].nunique() == 1
        return (
            self.has_bounds
            and not self.is_crowded
            and (lone or float(np.quantile(widths, 0.75)) <= READABLE_SHARE * (high - low))
        )

    @property
    def frame(self) -> Limits:
        bounds = self.quantity.bounds(self.means) if self.is_banded else []
        return limits(self.rows[self.quantity.column], [self.level], bounds)

    @property
    def covered(self) -> str:
        low, high = self.frame
        return shared_lines(self.quantity, self.means, high - low)

    def draw(self, axes: Axes) -> None:
        quantity, layers, is_banded = self.quantity, layers_of(self.rows), self.is_banded
        several = self.rows["replica"].nunique() > 1 and not self.is_crowded
        for rank, (depth, _) in enumerate(layers):
            means = self.means[self.means["depth"] == depth]
            if is_banded:
                quantity.draw_band(axes, means, depth, alpha=0.1)
            if self.is_crowded:
                self._draw_spread(axes, depth)
            for _, single in by(self.rows[self.rows["depth"] == depth], "replica") if several else ():
                style: dict[str, Any] = {
                    "color": layer_colour(depth),
                    "linewidth": 0.5,
                    "alpha": 0.45,
                    "zorder": 2,
                }
                style["rasterized"] = len(self.rows) > VECTOR_POINTS
                axes.plot(single["epoch"], single[quantity.column], **style)
            measured = means.loc[~means["interpolated"], "epoch"].tolist()
            quantity.draw_line(axes, means, depth, marked_epochs(measured, rank, len(layers)))

    def _draw_spread(self, axes: Axes, depth: int) -> None:
        """All replicas lightly, the interval of their mean darker."""
        found = spread_of(self.curves[self.curves["depth"] == depth], self.quantity.column)
        for low, high, alpha in (("least", "most", 0.1), ("low", "high", 0.3)):
            style: dict[str, Any] = {
                "color": layer_colour(depth),
                "alpha": alpha,
                "linewidth": 0,
                "zorder": 1.2,
            }
            band = axes.fill_between(found.index, found[low], found[high], **style)
            band.set_gid(f"{'spread' if low == 'least' else 'interval'}-{self.quantity.column}-{depth}")


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    valid = {quantity: panel.valid(quantity.column) for quantity in QUANTITIES}
    shown = [
        _Curves(quantity, rows, panel.curves(quantity.column), tables.fact(quantity.fact))
        for quantity, rows in valid.items()
        if not rows.empty
    ]
    if not shown:
        return Blank(name, f"nothing to draw: no valid measurement of {panel.estimator}")
    title = f"{tables.title}: information against epoch"
    rows = pd.concat([curves.rows for curves in shown]).drop_duplicates(["replica", "epoch", "depth"])
    first, last = int(rows["epoch"].min()), int(rows["epoch"].max())
    wide = [curves.quantity.name for curves in shown if curves.has_bounds and not curves.is_banded]
    replicas = replicas_in_words(rows)
    crowded = any(curves.is_crowded for curves in shown)
    caption = sentences(
        replicas
        and f"{'' if crowded else 'thick '}lines: {replicas}"
        + "; thin lines: single replicas" * (not crowded),
        crowded
        * "dark bands: 95 % bootstrap intervals of the mean; light bands: from the smallest to the largest "
        "replica",
        any(curves.is_banded for curves in shown) * "bands are proven bounds",
        bool(wide) * f"the bounds on {list_in_words(wide)} are not shown here: see bounds-vs-epoch"
        if crowded
        else bool(wide)
        * f"the bounds on {list_in_words(wide)} are too wide to show here: see bounds-vs-epoch",
        *(f"{quantity.name} was not measured" for quantity, rows in valid.items() if rows.empty),
        *(curves.covered for curves in shown),
        (panel.invalid > 0) * f"{count_in_words(panel.invalid, 'invalid measurement')} not drawn",
        scale_in_words(first, last),
    )
    with styled():
        legend = layer_legend(layers_of(rows), any(bool(curves.means["saturated"].any()) for curves in shown))
        sheet = Sheet(0.5 + 2.1 * len(shown), title, panel.subtitle, legend, caption)
        grid = sheet.figure.subplots(len(shown), 1, sharex=True, squeeze=False)
        for axes, curves in zip(grid[:, 0], shown, strict=True):
            axes.set_ylim(*curves.frame)
            axes.set_ylabel(curves.quantity.axis)
            tidy(axes)
            curves.quantity.draw_level(axes, tables)
            curves.draw(axes)
        use_epoch_axis(grid[-1, 0], first, last)
        grid[-1, 0].set_xlabel("epoch")
        sheet.figure.align_ylabels()
        return Drawing(name, f"{title}, {panel.subtitle}", caption, sheet.finish())
