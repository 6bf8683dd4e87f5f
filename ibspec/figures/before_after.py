"""The information plane before and after training, layer by layer."""

from collections.abc import Iterator

import numpy as np
from matplotlib.axes import Axes

from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.frame import draw_bounds, limits
from ibspec.figures.plane_axes import (
    OUTSIDE,
    draw_plane_axes,
    layer_marks,
    mark_handle,
    shared_spots,
    why_no_plane,
)
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, layer_marker, styled
from ibspec.figures.tables import Panel, Point, Tables, mean_over_replicas, points_of

BEFORE, AFTER = "#E69F00", "#0072B2"
LINE = "#9a9a9a"

SHORTEST_ARROW = 0.04
"""Share of the frame; a shorter arrow is shorter than its head."""


def before_after(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the first and the last measured epoch in one plane, an arrow for each layer."""
    return draw_panels(tables, "before-after", _draw)


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    rows = panel.valid("i_xt", "i_ty")
    if rows.empty:
        return Blank(name, why_no_plane(panel))
    first, last = int(rows["epoch"].min()), int(rows["epoch"].max())
    if first == last:
        return Blank(name, f"nothing to draw: {panel.estimator} was measured at epoch {first} only")
    whole = sorted(
        set(rows.loc[rows["epoch"] == first, "replica"]) & set(rows.loc[rows["epoch"] == last, "replica"])
    )
    rows = rows[rows["replica"].isin(whole) & rows["epoch"].isin([first, last])]
    if rows.empty:
        return Blank(name, f"nothing to draw: no replica was measured at both epoch {first} and epoch {last}")
    subtitle = panel.subtitle_of(len(whole))
    left_out = panel.table["replica"].nunique() - len(whole)
    title = f"{tables.title}: before and after training"
    means = mean_over_replicas(rows)
    before, after = means[means["epoch"] == first], means[means["epoch"] == last]
    has_bars = bool(means[["i_xt_lower", "i_ty_lower"]].notna().to_numpy().any())
    x = limits(rows["i_xt"], [tables.fact("h_x")], [*means["i_xt_lower"], *means["i_xt_upper"]])
    y = limits(rows["i_ty"], [tables.fact("h_y")], [*means["i_ty_lower"], *means["i_ty_upper"]])
    caption = sentences(
        "arrows lead from the first to the last measured epoch; a grey line joins the layers of one epoch",
        (len(whole) > 1) * f"mean of {len(whole)} replicas; dots are single replicas",
        (left_out > 0) * f"left out, because not measured at both epochs: {left_out} of the replicas",
        has_bars * "bars are proven bounds; where one ends in an arrowhead it runs on beyond the frame",
        shared_spots(after, x, y),
        OUTSIDE,
    )
    legend = [mark_handle("o", f"epoch {first}", BEFORE), mark_handle("o", f"epoch {last}", AFTER)]
    with styled():
        sheet = Sheet(3.7, title, subtitle, legend + layer_marks(means), caption)
        axes = sheet.figure.subplots()
        draw_plane_axes(axes, tables, x, y)
        for part, colour in ((before, BEFORE), (after, AFTER)):
            draw_bounds(axes, part, [colour] * len(part))
            axes.plot(part["i_xt"], part["i_ty"], color=LINE, linewidth=0.7, zorder=2)
            if len(whole) > 1:
                single = rows[rows["epoch"] == part["epoch"].iloc[0]]
                axes.plot(
                    single["i_xt"], single["i_ty"], ".", color=colour, alpha=0.45, markersize=3, zorder=2.5
                )
            for point in points_of(part):
                _draw_mark(axes, point, colour)
        starts = {point.depth: point for point in points_of(before)}
        for end in points_of(after):
            if end.depth in starts:
                _draw_arrow(axes, starts[end.depth], end)
        return Drawing(name, f"{title}, {subtitle}", caption, sheet.finish())


def _draw_arrow(axes: Axes, start: Point, end: Point) -> None:
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    length = np.hypot((end.i_xt - start.i_xt) / (right - left), (end.i_ty - start.i_ty) / (top - bottom))
    if length < SHORTEST_ARROW:
        return
    axes.annotate(
        "",
        (end.i_xt, end.i_ty),
        (start.i_xt, start.i_ty),
        zorder=2.6,
        arrowprops={
            "arrowstyle": "-|>,head_width=0.16,head_length=0.35",
            "color": QUIET,
            "linewidth": 0.9,
            "shrinkA": 3.5,
            "shrinkB": 4,
        },
    )


def _draw_mark(axes: Axes, point: Point, colour: str) -> None:
    (mark,) = axes.plot(
        [point.i_xt],
        [point.i_ty],
        layer_marker(point.depth),
        markersize=7.5 if point.saturated else 6,
        markerfacecolor="none" if point.saturated else colour,
        markeredgecolor=colour if point.saturated else "white",
        markeredgewidth=1.1 if point.saturated else 0.4,
        zorder=3.2 if point.saturated else 3,
        clip_on=False,
    )
    mark.set_gid(f"{'saturated' if point.saturated else 'points'}-{point.depth}-{point.epoch}")
