"""I(X;T) and I(T;Y) of every layer against the epoch."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ibspec.figures.curves import QUANTITIES, Quantity, layer_legend
from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.epochs import use_epoch_axis
from ibspec.figures.frame import limits
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import layer_colour, styled, tidy
from ibspec.figures.tables import (
    Panel,
    Tables,
    count_in_words,
    layers_of,
    list_in_words,
    mean_over_replicas,
    replicas_in_words,
)

READABLE_SHARE = 0.4
"""Bands of several layers that are wider than this share of the panel are one grey mass."""


def information_vs_epoch(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw both informations against the epoch, one figure for each estimator and view."""
    return draw_panels(tables, "information-vs-epoch", _draw)


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    title = f"{tables.title}: information against epoch"
    shown = {quantity: panel.valid(quantity.column) for quantity in QUANTITIES}
    shown = {quantity: rows for quantity, rows in shown.items() if not rows.empty}
    if not shown:
        return Blank(name, f"nothing to draw: no valid measurement of {panel.estimator}")
    means = {quantity: mean_over_replicas(rows) for quantity, rows in shown.items()}
    rows = pd.concat(shown.values()).drop_duplicates(["replica", "epoch", "depth", "layer"])
    banded = {quantity for quantity, mean in means.items() if _bands_are_readable(quantity, mean, tables)}
    wide = [q.name for q in shown if q not in banded and q.has_bounds(means[q])]
    replicas = replicas_in_words(rows)
    caption = sentences(
        replicas and f"thick lines: {replicas}; thin lines: single replicas",
        bool(banded) * "bands are proven bounds",
        bool(wide) * f"the bounds on {list_in_words(wide)} are too wide to show here: see bounds-vs-epoch",
        *(f"{quantity.name} was not measured" for quantity in QUANTITIES if quantity not in shown),
        (panel.invalid > 0) * f"{count_in_words(panel.invalid, 'invalid measurement')} not drawn",
        "epochs on the scale of log(1 + epoch)",
    )
    saturated = any(bool(mean["saturated"].any()) for mean in means.values())
    with styled():
        legend = layer_legend(layers_of(rows), saturated)
        sheet = Sheet(0.5 + 2.1 * len(shown), title, panel.subtitle, legend, caption)
        grid = sheet.body.subplots(len(shown), 1, sharex=True, squeeze=False)
        for axes, (quantity, valid) in zip(grid[:, 0], shown.items(), strict=True):
            bounds = quantity.bounds(means[quantity]) if quantity in banded else []
            axes.set_ylim(*limits(valid[quantity.column], [tables.fact(quantity.fact)], bounds))
            axes.set_ylabel(quantity.axis)
            tidy(axes)
            quantity.draw_level(axes, tables)
            for depth, _ in layers_of(valid):
                mean = means[quantity][means[quantity]["depth"] == depth]
                if quantity in banded:
                    quantity.draw_band(axes, mean, depth, alpha=0.1)
                if valid["replica"].nunique() > 1:
                    for _, single in valid[valid["depth"] == depth].groupby("replica"):
                        colour = layer_colour(depth)
                        axes.plot(
                            single["epoch"], single[quantity.column], color=colour, linewidth=0.5, alpha=0.45
                        )
                quantity.draw_line(axes, mean, depth)
        use_epoch_axis(grid[-1, 0], int(rows["epoch"].min()), int(rows["epoch"].max()))
        grid[-1, 0].set_xlabel("epoch")
        sheet.body.align_ylabels()
    return Drawing(name, f"{title}, {panel.subtitle}", caption, sheet.figure)


def _bands_are_readable(quantity: Quantity, means: pd.DataFrame, tables: Tables) -> bool:
    if not quantity.has_bounds(means):
        return False
    low, high = limits(means[quantity.column], [tables.fact(quantity.fact)])
    widths = (means[f"{quantity.column}_upper"] - means[f"{quantity.column}_lower"]).dropna()
    return means["depth"].nunique() == 1 or float(np.median(widths)) <= READABLE_SHARE * (high - low)
