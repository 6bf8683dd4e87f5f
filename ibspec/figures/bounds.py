"""Proven bounds of each layer against the epoch: a row of panels for a layer."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes

from ibspec.figures.curves import MARKS, QUANTITIES, Quantity
from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.epochs import scale_in_words, spread_epochs, use_epoch_axis
from ibspec.figures.frame import limits
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import layer_colour, styled, tidy
from ibspec.figures.tables import Panel, Tables, layers_of, replicas_in_words

OTHERS = "#b8b8b8"

REACH = 1.0
"""Bounds may stretch the limits by this many times what must stay visible."""


def bounds_vs_epoch(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the bounds of every layer on its own, the other layers in grey for comparison."""
    return draw_panels(tables, "bounds-vs-epoch", _draw)


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    means = {quantity: panel.means(quantity.column) for quantity in QUANTITIES}
    means = {quantity: mean for quantity, mean in means.items() if quantity.has_bounds(mean)}
    if not means:
        return Blank(name, f"nothing to draw: {panel.estimator} proves no bounds")
    title = f"{tables.title}: what is proven"
    every = pd.concat(means.values())
    layers = layers_of(every)
    first, last = int(every["epoch"].min()), int(every["epoch"].max())
    replicas = replicas_in_words(panel.valid())
    saturated = bool(every["saturated"].any())
    caption = sentences(
        "band: proven lower and upper bound; line: the headline estimate; grey: the other layers",
        replicas,
        "bands may run on beyond the frame",
        saturated * "hollow marks: saturated",
        scale_in_words(first, last),
    )
    with styled():
        height = 1.05 if len(layers) <= 8 else 0.8
        sheet = Sheet(0.6 + height * len(layers), title, panel.subtitle, [], caption)
        grid = sheet.figure.subplots(len(layers), len(means), sharex=True, sharey="col", squeeze=False)
        for column, (quantity, mean) in enumerate(means.items()):
            fact = tables.fact(quantity.fact)
            grid[0, column].set_ylim(*limits(mean[quantity.column], [fact], quantity.bounds(mean), REACH))
            grid[0, column].set_title(quantity.axis, fontsize=9, pad=8)
            for axes, (depth, _) in zip(grid[:, column], layers, strict=True):
                _draw_layer(axes, quantity, mean, depth)
                tidy(axes)
                quantity.draw_level(axes, tables) if axes is grid[0, column] else _draw_level(axes, fact)
            grid[-1, column].set_xlabel("epoch")
        for axes, (depth, layer) in zip(grid[:, 0], layers, strict=True):
            axes.set_ylabel(layer, color=layer_colour(depth), weight="bold", fontsize=8)
        use_epoch_axis(grid[-1, 0], first, last, most_ticks=5)
        return Drawing(name, f"{title}, {panel.subtitle}", caption, sheet.finish())


def _draw_layer(axes: Axes, quantity: Quantity, means: pd.DataFrame, depth: int) -> None:
    for other, group in means.groupby("depth"):
        if other != depth:
            axes.plot(group["epoch"], group[quantity.column], color=OTHERS, linewidth=0.5, zorder=1.2)
    mine = means[means["depth"] == depth]
    if len(mine):
        quantity.draw_band(axes, mine, depth, alpha=0.28)
        quantity.draw_line(
            axes, mine, depth, spread_epochs(mine.loc[~mine["interpolated"], "epoch"].tolist(), MARKS)
        )


def _draw_level(axes: Axes, level: float | None) -> None:
    if level is not None:
        axes.axhline(level, color=OTHERS, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1.5)
