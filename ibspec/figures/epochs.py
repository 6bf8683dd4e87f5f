"""Epochs on a logarithmic scale that has room for epoch 0."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import FuncNorm, Normalize
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from ibspec.figures.style import EPOCH_COLOURS, Colour

MOST_TICKS = 8


def epoch_ticks(first: int, last: int, most: int = MOST_TICKS) -> list[int]:
    """Return round epochs between two epochs: 0, 1, 10, 100, ..., with 2s and 5s where there is room."""
    if first == last:
        return [first]
    decades = range(len(str(last)))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [0, *(step * 10**decade for decade in decades for step in steps)]
        ticks = [tick for tick in ticks if first <= tick <= last]
        if len(ticks) <= most:
            break
    return ticks if len(ticks) > 1 else [first, last]


def epoch_colour(norm: Normalize, epoch: int) -> Colour:
    """Return the colour of an epoch."""
    red, green, blue, alpha = EPOCH_COLOURS(float(norm(epoch)))
    return float(red), float(green), float(blue), float(alpha)


def epoch_norm(first: int, last: int) -> FuncNorm:
    """Return the scale of the colour bar: the logarithm of epoch + 1; a lone epoch is at its end."""
    return FuncNorm((np.log1p, np.expm1), vmin=first if first < last else first - 0.5, vmax=last)


def scale_in_words(first: int, last: int) -> str:
    """Say how epochs are spaced; empty for a single one."""
    return "epochs on the scale of log(1 + epoch)" if first < last else ""


def use_epoch_axis(axes: Axes, first: int, last: int, most_ticks: int = MOST_TICKS) -> None:
    """Make the horizontal axis the logarithm of epoch + 1, labelled with epochs."""
    axes.set_xscale("function", functions=(np.log1p, np.expm1))
    pad = 0.03 * (np.log1p(last) - np.log1p(first)) or 0.3
    axes.set_xlim(np.expm1(np.log1p(first) - pad), np.expm1(np.log1p(last) + pad))
    axes.xaxis.set_major_locator(FixedLocator(epoch_ticks(first, last, most_ticks)))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def spread_epochs(epochs: Sequence[int], count: int) -> list[int]:
    """Pick about `count` epochs, the first and the last among them, evenly on the logarithmic scale."""
    known = np.unique(np.asarray(epochs, dtype=np.int64))
    if len(known) <= count:
        return [int(epoch) for epoch in known]
    wanted = np.linspace(np.log1p(known[0]), np.log1p(known[-1]), count)
    nearest = np.abs(np.log1p(known)[None, :] - wanted[:, None]).argmin(axis=1)
    return [int(epoch) for epoch in np.unique(known[nearest])]
