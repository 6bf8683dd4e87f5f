"""The information plane of one estimator: every layer at every measured epoch."""

from collections.abc import Iterator

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize

from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.epochs import epoch_colour, epoch_norm, epoch_ticks, spread_epochs
from ibspec.figures.frame import Limits, draw_bounds, limits
from ibspec.figures.plane_axes import OUTSIDE, draw_plane_axes, layer_marks, shared_spots, why_no_plane
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import EPOCH_COLOURS, LAYER_MARKERS, VECTOR_POINTS, Colour, layer_marker, styled
from ibspec.figures.tables import (
    Panel,
    Tables,
    by,
    count_in_words,
    layers_of,
    list_in_words,
    replicas_in_words,
)

BAR_EPOCHS = 3
"""Bars at more epochs hide what they are about."""

TRAIL = 60
"""Marks of one layer beyond which they make a trail rather than a set of points."""


def plane(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw one information plane for each estimator and view."""
    return draw_panels(tables, "plane", _draw)


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    rows = panel.valid("i_xt", "i_ty")
    if rows.empty:
        return Blank(name, why_no_plane(panel))
    title = f"{tables.title}: information plane"
    means = panel.means("i_xt", "i_ty")
    first, last = int(means["epoch"].min()), int(means["epoch"].max())
    proven = means[~means["interpolated"]]
    barred = proven[proven["epoch"].isin(spread_epochs(proven["epoch"].tolist(), BAR_EPOCHS))]
    barred = barred[barred[["i_xt_lower", "i_ty_lower"]].notna().any(axis=1)]
    x = limits(rows["i_xt"], [tables.fact("h_x")], [*barred["i_xt_lower"], *barred["i_xt_upper"]])
    y = limits(rows["i_ty"], [tables.fact("h_y")], [*barred["i_ty_lower"], *barred["i_ty_upper"]])
    caption = sentences(
        "a mark is a layer, a line joins the layers of one epoch" + (first == last) * f" (epoch {first})",
        replicas_in_words(rows) and f"{replicas_in_words(rows)}; dots are single replicas",
        _bars_in_words(barred, x, y),
        shared_spots(means[means["epoch"] == last], x, y),
        (len(layers_of(rows)) > len(LAYER_MARKERS))
        * "marks repeat; lines run from the first to the last layer",
        OUTSIDE,
        (panel.invalid > 0) * f"{count_in_words(panel.invalid, 'invalid measurement')} not drawn",
    )
    with styled():
        sheet = Sheet(3.7, title, panel.subtitle, layer_marks(means), caption)
        axes = sheet.figure.subplots()
        draw_plane_axes(axes, tables, x, y)
        norm = epoch_norm(first, last)
        colours = [epoch_colour(norm, epoch) for epoch in barred["epoch"]]
        draw_bounds(axes, barred, colours)
        _draw_points(axes, rows, means, norm)
        if first < last:
            ticks = epoch_ticks(first, last)
            bar = sheet.figure.colorbar(ScalarMappable(norm, EPOCH_COLOURS), ax=axes, aspect=32, pad=0.02)
            bar.set_label("epoch")
            bar.ax.set_yticks(ticks, [str(tick) for tick in ticks])
            bar.ax.minorticks_off()
            bar.outline.set_visible(False)
        return Drawing(name, f"{title}, {panel.subtitle}", caption, sheet.finish())


def _bars_in_words(barred: pd.DataFrame, x: Limits, y: Limits) -> str:
    if barred.empty:
        return ""
    epochs = [int(epoch) for epoch in sorted(barred["epoch"].unique())]
    past = any(
        bool((barred[f"{name}_lower"] < low).any() or (barred[f"{name}_upper"] > high).any())
        for name, (low, high) in (("i_xt", x), ("i_ty", y))
    )
    drawn = f"bars are proven bounds, drawn at epoch{'s' * (len(epochs) > 1)} {list_in_words(epochs)} only"
    return drawn + past * "; those with an arrowhead run on beyond the frame"


def _draw_points(axes: Axes, rows: pd.DataFrame, means: pd.DataFrame, norm: Normalize) -> None:
    crowded = len(means) > VECTOR_POINTS
    paths = {epoch: group[["i_xt", "i_ty"]].to_numpy() for epoch, group in by(means, "epoch")}
    colours = [epoch_colour(norm, epoch) for epoch in paths]
    lines = LineCollection(list(paths.values()), colors=colours, linewidths=0.6, alpha=0.45, zorder=2)
    lines.set_rasterized(crowded)
    axes.add_collection(lines, autolim=False)
    if rows["replica"].nunique() > 1:
        dots = axes.scatter(
            rows["i_xt"],
            rows["i_ty"],
            c=rows["epoch"],
            cmap=EPOCH_COLOURS,
            norm=norm,
            s=3,
            alpha=0.35,
            linewidths=0,
            zorder=2.2,
            rasterized=len(rows) > VECTOR_POINTS,
        )
        dots.set_gid("replicas")
    for depth, layer in by(means, "depth"):
        for saturated, group in by(layer, "saturated"):
            shades: list[Colour] = [epoch_colour(norm, epoch) for epoch in group["epoch"]]
            # Along a dense trail white rims would cover the colours: smaller marks, no rims.
            size, rim = (13, 0.0) if len(group) > TRAIL else (26, 0.35)
            marks = axes.scatter(
                group["i_xt"],
                group["i_ty"],
                marker=layer_marker(depth),
                s=46 if saturated else size,
                facecolors="none" if saturated else shades,
                edgecolors=shades if saturated else "white",
                linewidths=0.9 if saturated else rim,
                zorder=3.2 if saturated else 3,
                clip_on=False,
                rasterized=crowded,
            )
            marks.set_gid(f"{'saturated' if saturated else 'points'}-{depth}")
