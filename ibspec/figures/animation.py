"""The information plane as it moves over training, as frames of a film."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.curves import layer_legend
from ibspec.figures.drawing import Blank, Drawing, Film, draw_panels
from ibspec.figures.epochs import spread_epochs
from ibspec.figures.frame import limits
from ibspec.figures.plane_axes import OUTSIDE, draw_plane_axes, why_no_plane
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import TEXT, layer_colour, layer_marker, styled
from ibspec.figures.tables import Panel, Tables, by, layers_of, replicas_in_words

MOST_FRAMES: Final = 60
"""More make a file that no page wants to load."""


def animation(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the mean over replicas moving through the plane, one film for each estimator and view."""
    return draw_panels(tables, "animation", _draw)


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    means = panel.means("i_xt", "i_ty")
    if means.empty:
        return Blank(name, why_no_plane(panel))
    epochs = spread_epochs(means["epoch"].tolist(), MOST_FRAMES)
    if len(epochs) < 2:
        return Blank(name, f"nothing to draw: {panel.estimator} was measured at epoch {epochs[0]} only")
    title = f"{tables.title}: information plane over training"
    caption = sentences(
        "a mark is a layer, its line the way that it came",
        replicas_in_words(panel.valid("i_xt", "i_ty")),
        f"{len(epochs)} of the measured epochs, evenly on the scale of log(1 + epoch)",
        OUTSIDE,
    )
    with styled():
        handles = layer_legend(layers_of(means), saturated=bool(means["saturated"].any()))
        sheet = Sheet(3.7, title, panel.subtitle, handles, caption)
        axes = sheet.figure.subplots()
        x = limits(means["i_xt"], [tables.fact("h_x")])
        y = limits(means["i_ty"], [tables.fact("h_y")])
        draw_plane_axes(axes, tables, x, y)
        film = _film(axes, means, epochs)
        film.show(film.count - 1)
        return Drawing(name, f"{title}, {panel.subtitle}", caption, sheet.finish(), film)


def _film(axes: Axes, means: pd.DataFrame, epochs: list[int]) -> Film:
    """Put a mark and a trail for each layer on the axes, and return what moves them."""
    layers = [(depth, rows.set_index("epoch")) for depth, rows in by(means, "depth")]
    trails: list[Line2D] = []
    marks: list[Line2D] = []
    for depth, _ in layers:
        colour = layer_colour(depth)
        trails += axes.plot([], [], color=colour, linewidth=0.9, alpha=0.5, zorder=2)
        marks += axes.plot([], [], layer_marker(depth), color=colour, markersize=7, zorder=3, clip_on=False)
    heading = axes.set_title("", loc="left", fontsize=10, weight="bold", color=TEXT)

    def show(number: int) -> None:
        now = epochs[number]
        heading.set_text(f"epoch {now:,}")
        for (depth, rows), trail, mark in zip(layers, trails, marks, strict=True):
            way = rows[rows.index <= now]
            trail.set_data(way["i_xt"].to_numpy(), way["i_ty"].to_numpy())
            here = way.tail(1) if now in rows.index else way.iloc[:0]  # a layer may end early
            mark.set_data(here["i_xt"].to_numpy(), here["i_ty"].to_numpy())
            hollow = bool(np.any(here["saturated"]))
            mark.set_markerfacecolor("white" if hollow else layer_colour(depth))
            mark.set_markeredgecolor(layer_colour(depth) if hollow else "white")
            mark.set_markeredgewidth(1.1 if hollow else 0.5)

    return Film(len(epochs), show, [*trails, *marks, heading])
