"""What a step does to the loss: the mean gradient's share, the noise's share, and what happened."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.logarithmic import log_limits, spell_tick, use_log_axis
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, SHADE, styled, tidy
from ibspec.figures.tables import Tables

NOT_ASKED: Final = "nothing to draw: the run has no rates of the loss; ask with measure.gradients.loss_rate"

SERIES: Final[Mapping[str, tuple[str, str, Any, str]]] = {
    "realised": ("#000000", "o", "-", "realised"),
    "predicted": ("#0072B2", "s", (0, (4, 1.5)), "mean gradient alone"),
    "both": ("#D55E00", "^", (0, (1, 1.3)), "with second order"),
}
"""Colour, mark, dashes and name; drawn from the last to the first."""

CLOSE: Final = 0.1
"""Share within which the mean gradient alone says what happens."""

MARKED_UP_TO: Final = 40
"""More epochs than this make a line without marks."""


def loss_rate(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw how much a step lowers the loss, predicted and realised, and how much of it the mean explains."""
    table = tables.rates
    yield _draw(table[table["quantity"] == "loss"] if len(table) else table, tables.title)


def _draw(rows: pd.DataFrame, name: str) -> Drawing | Blank:
    if rows.empty:
        return Blank("loss-rate", NOT_ASKED)
    columns = ["predicted", "second_order", "realised"]
    finite = rows[np.isfinite(rows[columns].to_numpy(dtype=np.float64)).all(axis=1)]
    if finite.empty:
        return Blank("loss-rate", "nothing to draw: no rate of the loss is finite")
    means = (
        finite.groupby("epoch")[columns].mean().assign(both=lambda each: each.predicted + each.second_order)
    )
    title = f"{name}: what a step does to the loss"
    replicas = finite["replica"].nunique()
    subtitle = "plain gradient descent, one step from the measured weights, mean over batches"
    first, last = int(finite["epoch"].min()), int(finite["epoch"].max())
    explained = within(means)
    caption = sentences(
        (replicas > 1) * f"means over {replicas} replicas",
        "above: fall of the loss in one step; hollow marks: it rises by as much",
        "mean gradient alone: the step size times the squared norm of the mean gradient; second order adds "
        "curvature along the mean and along the noise",
        "below: each as a multiple of what the mean gradient alone predicts; in the shaded strip, "
        f"{100 * CLOSE:g} % to either side, the mean and not its ratio to the noise decides: "
        f"{explained} of {len(means)} epochs",
        scale_in_words(first, last),
    )
    handles = [
        Line2D(
            [], [], color=colour, marker=mark, linestyle=dashes, markersize=3.8, linewidth=1.2, label=label
        )
        for colour, mark, dashes, label in SERIES.values()
    ]
    hollow = Line2D(
        [], [], color=QUIET, marker="o", markerfacecolor="white", markersize=3.8, linestyle="none",
        label="hollow: the loss rises",
    )  # fmt: skip
    has_rise = bool((means[list(SERIES)] > 0).to_numpy().any())
    with styled():
        sheet = Sheet(4.2, title, subtitle, [*handles, hollow] if has_rise else handles, caption)
        above, below = sheet.figure.subplots(2, 1, sharex=True, height_ratios=[1.25, 1])
        _draw_falls(above, means)
        _draw_shares(below, means)
        use_epoch_axis(below, first, last)
        below.set_xlabel("epoch")
        sheet.figure.align_ylabels()
        return Drawing("loss-rate", f"{title}, {subtitle}", caption, sheet.finish())


def within(means: pd.DataFrame) -> int:
    """Count the epochs at which what happened is what the mean gradient alone predicts, within `CLOSE`."""
    return int(((means["realised"] - means["predicted"]).abs() <= CLOSE * means["predicted"].abs()).sum())


def _draw_falls(axes: Axes, means: pd.DataFrame) -> None:
    """Sizes on a logarithmic scale; the sign is in the mark."""
    use_log_axis(axes, log_limits(means[list(SERIES)].abs().to_numpy().ravel()))
    axes.set_ylabel("fall of the loss\n[nats per step]")
    for depth, (name, (colour, mark, dashes, _)) in enumerate(reversed(list(SERIES.items()))):
        falls = -means[name]
        size = falls.abs().where(falls != 0)
        (line,) = axes.plot(
            size.index, size, color=colour, linestyle=dashes, linewidth=1.2, zorder=2 + 0.1 * depth
        )
        line.set_gid(f"fall-{name}")
        for rises, chosen in ((False, size[falls > 0]), (True, size[falls < 0])):
            if len(means) <= MARKED_UP_TO or rises:
                axes.plot(
                    chosen.index, chosen, mark, color=colour, markersize=3.8, markeredgewidth=0.9,
                    markerfacecolor="white" if rises else colour, zorder=3 + 0.1 * depth,
                )  # fmt: skip
    tidy(axes)


def _draw_shares(axes: Axes, means: pd.DataFrame) -> None:
    """Multiples of the first-order fall, linear around 0 and 1 and logarithmic far out."""
    base = means["predicted"].where(means["predicted"] != 0)
    shares = {name: means[name] / base for name in ("both", "realised")}
    axes.axhspan(1 - CLOSE, 1 + CLOSE, color=SHADE, zorder=0)
    axes.axhline(0, color=QUIET, linewidth=0.6, zorder=1)
    colour, _, dashes, _ = SERIES["predicted"]
    axes.axhline(1, color=colour, linewidth=1.2, linestyle=dashes, zorder=2)
    for name, share in shares.items():
        colour, mark, dashes, _ = SERIES[name]
        style = mark if len(means) <= MARKED_UP_TO else ""
        (line,) = axes.plot(
            share.index, share, marker=style, color=colour, linestyle=dashes, linewidth=1.2, markersize=3.8,
            markeredgewidth=0, zorder=2.5,
        )  # fmt: skip
        line.set_gid(f"share-{name}")
    every = np.array([0.0, 1.0, *(value for share in shares.values() for value in share.dropna())])
    low, high = float(every.min()), float(every.max())
    if low < -2 or high > 3:
        axes.set_yscale("symlog", linthresh=1, linscale=1)
        far = [10.0**power for power in range(1, 16)]
        ticks = [tick for tick in [*(-tick for tick in far), -1.0, 0.0, 1.0, *far] if low <= tick <= high]
        axes.set_yticks(ticks, [spell_tick(tick) for tick in ticks])
        axes.set_yticks([], minor=True)
        axes.set_ylim(1.4 * min(low, -0.3), 1.4 * max(high, 1.2))
    else:
        pad = 0.08 * (high - low)
        axes.set_ylim(low - pad, high + pad)
    axes.set_ylabel("multiple of the\nmean's prediction")
    tidy(axes)
