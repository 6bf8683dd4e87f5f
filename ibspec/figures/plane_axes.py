"""The empty information plane: the box that no information can leave, and its names."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon

from ibspec.figures.bottleneck_line import NAME, draw_bottleneck, is_border
from ibspec.figures.frame import Limits, same_spot
from ibspec.figures.style import QUIET, SHADE, layer_marker, printable
from ibspec.figures.tables import Panel, Tables, layers_of, list_in_words

X_LABEL, Y_LABEL = "I(X;T) [bits]", "I(T;Y) [bits]"

OUTSIDE = "no true information lies in the shaded region outside I(T;Y) ≤ min(I(X;T), H(Y)); estimates can"


def draw_plane_axes(axes: Axes, tables: Tables, x: Limits, y: Limits, *, named: bool = True) -> None:
    """Set limits, shade what is infeasible, and draw H(X) and H(Y).

    Axes and lines of a small plane among others have no names (`named` false).

    With 0 <= I(X;T) <= H(X), the feasible part is I(T;Y) <= min(I(X;T), H(Y)).

    Source:
        The data processing inequality for Y - X - T; grabauskas-2019 eq. 2.7.
    """
    axes.set_xlim(*x)
    axes.set_ylim(*y)
    axes.set_xlabel(X_LABEL if named else "")
    axes.set_ylabel(Y_LABEL if named else "")
    h_x, h_y, i_xy = tables.fact("h_x"), tables.fact("h_y"), tables.fact("i_xy")
    right = h_x if h_x is not None else max(x[1], y[1])
    top = min(right, h_y) if h_y is not None else right
    axes.set_facecolor(SHADE)
    feasible = Polygon(
        np.array([(0, 0), (top, top), (right, top), (right, 0)]),
        closed=True,
        facecolor="white",
        edgecolor="none",
        zorder=0.2,
    )
    feasible.set_gid("feasible")
    axes.add_patch(feasible)
    axes.plot([0, top], [0, top], color=QUIET, linewidth=0.6, zorder=1)
    draw_bottleneck(axes, tables, right=right, named=named)
    if h_x is not None:
        axes.axvline(h_x, color=QUIET, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1)
    if h_x is not None and named:
        label = axes.annotate(
            f"H(X) = {h_x:.4g}",
            (h_x, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=7.5,
            color=QUIET,
        )
        label.set_in_layout(True)
    if h_y is not None:
        border = f" ({NAME})" if is_border(tables) else ""
        _name_level(axes, h_y, f"H(Y) = {h_y:.4g}{border}" if named else "", (0, (5, 3)))
    if i_xy is not None and (h_y is None or abs(i_xy - h_y) > 0.01 * max(h_y, 1e-9)):
        _name_level(axes, i_xy, f"I(X;Y) = {i_xy:.4g}" if named else "", (0, (1, 2)))


def _name_level(axes: Axes, level: float, name: str, dashes: tuple[int, tuple[int, int]]) -> None:
    axes.axhline(level, color=QUIET, linewidth=0.8, linestyle=dashes, zorder=1)
    axes.annotate(
        name,
        (0, level),
        xycoords=("axes fraction", "data"),
        xytext=(4, 3),
        textcoords="offset points",
        ha="left",
        va="bottom",
        fontsize=7.5,
        color=QUIET,
    )


def mark_handle(marker: str, label: str, colour: str, fill: str | None = None) -> Line2D:
    """Return a legend entry for a mark, hollow where `fill` is white."""
    return Line2D(
        [],
        [],
        marker=marker,
        linestyle="none",
        markersize=5.5,
        color=colour,
        markerfacecolor=fill or colour,
        markeredgecolor=colour,
        markeredgewidth=0.9,
        label=label,
    )


def layer_marks(means: pd.DataFrame) -> list[Line2D]:
    """Return a legend entry for each layer, and one that explains hollow marks where there are any."""
    handles = [mark_handle(layer_marker(depth), layer, QUIET) for depth, layer in layers_of(means)]
    if bool(means["saturated"].any()):
        handles.append(mark_handle("o", "hollow: saturated", QUIET, "white"))
    return handles


def shared_spots(rows: pd.DataFrame, x: Limits, y: Limits) -> str:
    """Name the layers of one epoch whose marks cover each other; empty where none does."""
    share = (rows[["i_xt", "i_ty"]].to_numpy() - (x[0], y[0])) / (x[1] - x[0], y[1] - y[0])
    groups = same_spot(share, 0.02)
    if not groups:
        return ""
    layers = [printable(str(layer)) for layer in rows["layer"]]
    names = [list_in_words([layers[index] for index in group]) for group in groups]
    return f"at epoch {int(rows['epoch'].iloc[0])} these layers cover each other: {'; '.join(names)}"


def why_no_plane(panel: Panel) -> str:
    """Say in one line why an estimator has no point in the plane."""
    if panel.valid().empty:
        return f"nothing to draw: all {panel.invalid} measurements of {panel.estimator} are invalid"
    if panel.valid("i_xt").empty:
        return f"nothing to draw: {panel.estimator} has no I(X;T)"
    if panel.valid("i_ty").empty:
        return f"nothing to draw: {panel.estimator} has no I(T;Y); the probe may have no class labels"
    return f"nothing to draw: {panel.estimator} has I(X;T) and I(T;Y), but never both of one layer"
