"""The plane of every channel by itself: a small plane for each layer that has channels."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.frame import Limits, limits
from ibspec.figures.plane_axes import OUTSIDE, X_LABEL, Y_LABEL, draw_plane_axes
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, TEXT, layer_colour, printable, slug, styled
from ibspec.figures.tables import Tables, by, count_in_words, layers_of

NOT_ASKED: Final = 'nothing to draw: no channel was measured by itself; ask with "measure.view": "channels"'

COLUMNS: Final = 3
START: Final = "#a0a0a0"
SIDE: Final = 1.55
"""Inches of a small plane, upwards."""


def channels(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the channels of every layer, one figure for each estimator."""
    table = tables.measurements
    rows = table[table["channel"].notna()] if "channel" in table else table.iloc[:0]
    if rows.empty:
        yield Blank("channels", NOT_ASKED)
        return
    for estimator, mine in rows.groupby("estimator", sort=False):
        yield _draw(str(estimator), mine, tables)


def _draw(estimator: str, every: pd.DataFrame, tables: Tables) -> Drawing | Blank:
    name = f"channels-{slug(estimator)}"
    numbers = every[["i_xt", "i_ty"]].to_numpy(dtype=np.float64, na_value=np.nan)
    valid = every[(every["status"] == "ok") & np.isfinite(numbers).all(axis=1)]
    if valid.empty:
        return Blank(name, f"nothing to draw: {estimator} has I(X;T) and I(T;Y) of no channel")
    replica = int(valid["replica"].min())
    rows = valid[valid["replica"] == replica].sort_values("epoch")
    rows = rows.assign(saturated=tables.saturated(rows))
    layers = layers_of(rows)
    first, last = int(rows["epoch"].min()), int(rows["epoch"].max())
    lost = int((every["replica"] == replica).sum()) - len(rows)
    x = limits(rows["i_xt"], [tables.fact("h_x")])
    y = limits(rows["i_ty"], [tables.fact("h_y")])
    title = f"{tables.title}: every channel by itself"
    subtitle = printable(f"{estimator} · n = {int(rows['n'].max())} · epochs {first} to {last}")
    several = valid["replica"].nunique() > 1
    caption = sentences(
        f"a thin line is a channel, from epoch {first} (grey dot) to epoch {last}; the thick line is their "
        "mean, which is what view mean draws",
        several * f"replica {replica} alone: channels of different replicas do not correspond",
        (lost > 0) * f"{count_in_words(lost, 'invalid measurement')} not drawn",
        OUTSIDE,
    )
    columns = min(COLUMNS, len(layers))
    lines = -(-len(layers) // columns)
    with styled():
        legend = _legend(first, last, saturated=bool(rows["saturated"].any()))
        height = 0.3 + lines * (SIDE + 0.35) if columns > 1 else 3.7
        sheet = Sheet(height, title, subtitle, legend, caption)
        grid = sheet.figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for axes, (depth, layer) in zip(grid.flat, layers, strict=False):
            _draw_layer(axes, rows[rows["depth"] == depth], depth, layer, tables, x, y)
        for axes in grid.flat[len(layers) :]:
            axes.set_visible(False)
        for column in range(columns):
            bottom = max(place for place in range(len(layers)) if place % columns == column) // columns
            grid[bottom, column].tick_params(labelbottom=True)
            grid[bottom, column].set_xlabel(X_LABEL, fontsize=8)
        for axes in grid[:, 0]:
            axes.set_ylabel(Y_LABEL, fontsize=8)
        return Drawing(name, f"{title}, {subtitle}", caption, sheet.finish())


def _draw_layer(
    axes: Axes, rows: pd.DataFrame, depth: int, layer: str, tables: Tables, x: Limits, y: Limits
) -> None:
    draw_plane_axes(axes, tables, x, y, named=False)
    colour = layer_colour(depth)
    count = rows["channel"].nunique()
    for channel, mine in by(rows, "channel"):
        (line,) = axes.plot(
            mine["i_xt"], mine["i_ty"], color=colour, linewidth=0.5, alpha=0.55, zorder=2, clip_on=False
        )
        line.set_gid(f"channel-{depth}-{channel}")
    starts, ends = rows.groupby("channel").first(), rows.groupby("channel").last()
    full = ends["saturated"].to_numpy(dtype=bool)
    for name, points, fill, edge in (
        ("start", starts, START, START),
        ("end", ends[~full], colour, colour),
        ("saturated", ends[full], "white", colour),
    ):
        if points.empty:  # what has no extent upsets the layout
            continue
        (marks,) = axes.plot(
            points["i_xt"], points["i_ty"], "o", markersize=2.6, markerfacecolor=fill, markeredgecolor=edge,
            markeredgewidth=0.6, zorder=2.5, clip_on=False,
        )  # fmt: skip
        marks.set_gid(f"{name}-{depth}")
    mean = rows.groupby("epoch")[["i_xt", "i_ty"]].mean()
    (line,) = axes.plot(mean["i_xt"], mean["i_ty"], color=TEXT, linewidth=1.4, zorder=3)
    line.set_gid(f"mean-{depth}")
    axes.plot(
        mean["i_xt"].iloc[-1:], mean["i_ty"].iloc[-1:], "o", color=TEXT, markersize=4.5, zorder=3.2,
        markeredgecolor="white", markeredgewidth=0.5, clip_on=False,
    )  # fmt: skip
    axes.set_title(f"{layer}: {count_in_words(count, 'channel')}", fontsize=8, color=colour, weight="bold")


def _legend(first: int, last: int, *, saturated: bool) -> list[Line2D]:
    dot = {"marker": "o", "markersize": 3.5, "linestyle": "none"}
    hollow = Line2D([], [], label="hollow: saturated", color=QUIET, markerfacecolor="white", **dot)  # type: ignore[arg-type]
    return [
        Line2D([], [], color=QUIET, linewidth=0.6, label="channel"),
        Line2D([], [], label=f"epoch {first}", color=START, **dot),  # type: ignore[arg-type]
        Line2D([], [], label=f"epoch {last}", color=QUIET, **dot),  # type: ignore[arg-type]
        Line2D([], [], color=TEXT, linewidth=1.4, marker="o", markersize=4.5, label="mean of the channels"),
        *([hollow] if saturated else []),
    ]
