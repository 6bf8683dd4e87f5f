"""The information plane of the mean over replicas, with what is known of that mean."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from scipy.spatial import ConvexHull, QhullError

from ibspec.figures.curves import layer_legend
from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.epochs import spread_epochs
from ibspec.figures.frame import limits
from ibspec.figures.plane_axes import OUTSIDE, draw_plane_axes, why_no_plane
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.spread import spread_of
from ibspec.figures.style import layer_colour, layer_marker, styled
from ibspec.figures.tables import (
    Panel,
    Tables,
    by,
    layers_of,
    list_in_words,
    mean_over_replicas,
    replicas_in_words,
)

CROSSES: Final = 7
"""Epochs with crosses and marks along a path."""

SMALLEST, LARGEST = 3.0, 7.0
"""Points: marks grow along the path, so that its direction is seen in grey too."""

ROUND: Final = np.linspace(0, 2 * np.pi, 24, endpoint=False)
ARC: Final = np.stack([np.cos(ROUND), np.sin(ROUND)], axis=1)


def mean_plane(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw the plane of the mean over replicas, one figure for each estimator and view."""
    return draw_panels(tables, "mean-plane", _draw)


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    rows = panel.valid("i_xt", "i_ty")
    if rows.empty:
        return Blank(name, why_no_plane(panel))
    replicas = rows["replica"].nunique()
    if replicas < 2:
        return Blank(
            name,
            "nothing to draw: a mean over replicas needs several, and the run has 1; raise training.replicas",
        )
    curves = panel.curves("i_xt", "i_ty")
    paths = {depth: _path(layer) for depth, layer in by(curves, "depth")}
    every = pd.concat(paths.values())
    x = limits([*every["x"], *every["x_low"].dropna(), *every["x_high"].dropna()], [tables.fact("h_x")])
    y = limits([*every["y"], *every["y_low"].dropna(), *every["y_high"].dropna()], [tables.fact("h_y")])
    marked = spread_epochs(every.index.unique().tolist(), CROSSES)
    title = f"{tables.title}: information plane, mean over replicas"
    caption = sentences(
        f"a path is a layer, a mark an epoch, larger later: {list_in_words(marked)}",
        "crosses and the band along a path: 95 % bootstrap intervals of the mean over replicas, of each "
        "axis by itself" + (replicas < 10) * f"; with {replicas} replicas they are too narrow",
        replicas_in_words(rows),
        OUTSIDE,
    )
    with styled():
        legend = layer_legend(layers_of(rows), saturated=bool(every["saturated"].any()))
        sheet = Sheet(3.7, title, panel.subtitle, legend, caption)
        axes = sheet.figure.subplots()
        draw_plane_axes(axes, tables, x, y)
        for depth, path in paths.items():
            _draw_path(axes, path, depth, marked)
        return Drawing(name, f"{title}, {panel.subtitle}", caption, sheet.finish())


def _path(rows: pd.DataFrame) -> pd.DataFrame:
    """Return mean and interval of both axes, and whether a replica is saturated, by epoch, for one layer."""
    x, y = spread_of(rows, "i_xt"), spread_of(rows, "i_ty")
    parts = [part[["mean", "low", "high"]].set_axis(names, axis=1) for part, names in (
        (x, ["x", "x_low", "x_high"]), (y, ["y", "y_low", "y_high"]))]  # fmt: skip
    marks = mean_over_replicas(rows).set_index("epoch")["saturated"]
    return pd.concat([*parts, marks], axis=1)


def _draw_path(axes: Axes, path: pd.DataFrame, depth: int, marked: list[int]) -> None:
    colour = layer_colour(depth)
    band = band_path(path)
    if band is not None:
        patch = PathPatch(band, facecolor=colour, alpha=0.16, linewidth=0, zorder=1.5)
        patch.set_gid(f"band-{depth}")
        axes.add_patch(patch)
    axes.plot(path["x"], path["y"], color=colour, linewidth=0.9, zorder=2.4)
    shown = path[path.index.isin(marked)]
    axes.hlines(shown["y"], shown["x_low"], shown["x_high"], color=colour, linewidth=0.9, zorder=2.5)
    axes.vlines(shown["x"], shown["y_low"], shown["y_high"], color=colour, linewidth=0.9, zorder=2.5)
    sizes = np.interp(np.log1p(shown.index), np.log1p([marked[0], marked[-1]]), [SMALLEST, LARGEST])
    for x, y, is_hollow, size in zip(shown["x"], shown["y"], shown["saturated"], sizes, strict=True):
        axes.plot(
            [x], [y], layer_marker(depth), markersize=size, clip_on=False, zorder=3,
            markerfacecolor="white" if is_hollow else colour, markeredgewidth=0.9 if is_hollow else 0.4,
            markeredgecolor=colour if is_hollow else "white",
        )  # fmt: skip


def band_path(path: pd.DataFrame) -> Path | None:
    """Return the region that the intervals sweep along a path: hulls of neighbouring ovals, joined.

    As one path with the winding rule, overlaps are filled once and the band stays even.
    """
    ovals = [_oval(*point) for point in path[["x", "x_low", "x_high", "y", "y_low", "y_high"]].to_numpy()]
    pieces = []
    for one, other in zip(ovals, ovals[1:] or ovals, strict=False):
        if not (np.isfinite(one).all() and np.isfinite(other).all()):
            continue
        points = np.concatenate([one, other])
        try:
            hull = points[ConvexHull(points, qhull_options="QJ").vertices]  # counterclockwise
        except QhullError:  # no width at all: replicas agree to the last digit
            continue
        codes = [Path.MOVETO, *[Path.LINETO] * (len(hull) - 1), Path.CLOSEPOLY]
        pieces.append(Path(np.vstack([hull, hull[:1]]), codes))
    return Path.make_compound_path(*pieces) if pieces else None


def _oval(
    x: float, x_low: float, x_high: float, y: float, y_low: float, y_high: float
) -> Float[np.ndarray, "corners 2"]:
    """An ellipse of four quarters, as intervals need not lie evenly about the mean."""
    right, up = ARC[:, 0] > 0, ARC[:, 1] > 0
    across = np.where(right, x_high - x, x - x_low)
    along = np.where(up, y_high - y, y - y_low)
    return np.stack([x + across * ARC[:, 0], y + along * ARC[:, 1]], axis=1)
