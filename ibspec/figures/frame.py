"""Limits that hide no value, and bars for proven bounds that may run past them."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from ibspec.figures.style import Colour

BOUND_SHARE = 0.12
"""Bounds stretch the limits on either side by no more than this; longer bars end in an arrowhead."""

Limits = tuple[float, float]


def limits(
    values: Iterable[float],
    marks: Iterable[float | None],
    bounds: Iterable[float] = (),
    share: float = BOUND_SHARE,
) -> Limits:
    """Return limits that hold zero, all values and marks, bounds as far as is readable, and some air.

    Args:
        values: Whatever must stay visible.
        marks: Reference values such as H(X); None where unknown.
        bounds: Ends of bars; not finite where unknown.
        share: How far, in units of what must stay visible, bounds may stretch the limits.
    """
    shown = np.array([0.0, *values, *(mark for mark in marks if mark is not None)], dtype=np.float64)
    low, high = float(shown.min()), float(shown.max())
    span = high - low or 1.0
    ends = np.array(list(bounds), dtype=np.float64)
    ends = ends[np.isfinite(ends)]
    if len(ends):
        low = min(low, max(float(ends.min()), low - share * span))
        high = max(high, min(float(ends.max()), high + share * span))
    pad = 0.05 * (high - low or 1.0)
    return low - pad, high + pad


def draw_bounds(axes: Axes, means: pd.DataFrame, colours: Sequence[Colour]) -> None:
    """Draw a cross of bars, from lower to upper bound, at each point of a plane whose limits are set.

    A bar that runs past the frame ends in an arrowhead there.
    """
    columns = ["i_xt", "i_xt_lower", "i_xt_upper", "i_ty", "i_ty_lower", "i_ty_upper"]
    numbers = means[columns].to_numpy(dtype=np.float64)
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    flat, upright = [], []
    flat_colours, upright_colours = [], []
    for (x, x_low, x_high, y, y_low, y_high), colour in zip(numbers.tolist(), colours, strict=True):
        if np.isfinite(x_low + x_high):
            flat.append([(x_low, y), (x_high, y)])
            flat_colours.append(colour)
            _draw_head(axes, left, y, "<" if x_low < left else "", colour)
            _draw_head(axes, right, y, ">" if x_high > right else "", colour)
        if np.isfinite(y_low + y_high):
            upright.append([(x, y_low), (x, y_high)])
            upright_colours.append(colour)
            _draw_head(axes, x, bottom, "v" if y_low < bottom else "", colour)
            _draw_head(axes, x, top, "^" if y_high > top else "", colour)
    for segments, shades, gid in ((flat, flat_colours, "bounds-x"), (upright, upright_colours, "bounds-y")):
        bars = LineCollection(
            segments, colors=shades, linewidths=0.7, alpha=0.45, zorder=2.3, capstyle="butt"
        )
        bars.set_gid(gid)
        if segments:
            axes.add_collection(bars, autolim=False)


def _draw_head(axes: Axes, x: float, y: float, mark: str, colour: Colour) -> None:
    if mark:
        axes.plot([x], [y], mark, color=colour, markersize=2.5, alpha=0.6, mew=0, clip_on=False, zorder=2.4)


def same_spot(places: Float[np.ndarray, "things coordinates"], reach: float) -> list[list[int]]:
    """Group things whose coordinates all lie within `reach` of the first of their group; not lone ones."""
    groups: list[list[int]] = []
    for index, place in enumerate(places):
        home = next((group for group in groups if np.abs(places[group[0]] - place).max() <= reach), None)
        if home is None:
            groups.append([index])
        else:
            home.append(index)
    return [group for group in groups if len(group) > 1]
