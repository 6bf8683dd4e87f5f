"""Mini-batch gradients against the epoch: norms of their mean and spread, their ratio, and the weights."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.curves import layer_legend, marked_epochs
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.logarithmic import log_limits, use_log_axis
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, layer_colour, layer_marker, slug, styled, tidy
from ibspec.figures.tables import Tables, count_in_words, layers_of

NOT_ASKED: Final = "nothing to draw: the run has no gradients; ask for them with measure.gradients"

READINGS: Final = {
    "fixed": "weights at rest, the epoch's batches",
    "moving": "along the epoch, weights moving",
    "parallel": "nets from one start, each on its own batch",
}
"""What the gradients of a row were taken over."""

ALL: Final = "all"
"""The name that stands for all weights together, at depth -1."""

DASHES: Final = (0, (4, 1.5))
UNKNOWN: Final = "no number of its own:\nmany nets, many weights"
"""Of the parallel reading, the norm of the weights."""

HEIGHT: Final = 1.75
"""Inches of a row of panels."""


@final
@dataclass(frozen=True)
class _Panel:
    column: str
    label: str

    def draw(self, axes: Axes, rows: pd.DataFrame) -> None:
        """Draw a line a layer: the median of the replicas in a band from the smallest to the largest."""
        values = rows[self.column].to_numpy(dtype=np.float64)
        more = rows["per_sample_snr"] if self.column == "snr" else ()
        use_log_axis(axes, log_limits([*values, *more, *([1.0] if self.column == "snr" else [])]))
        if not np.isfinite(values).any():
            axes.annotate(
                UNKNOWN,
                (0.5, 0.5),
                xycoords="axes fraction",
                ha="center",
                va="center",
                fontsize=7.5,
                color=QUIET,
            )
            axes.set_yticks([])
        layers = layers_of(rows)
        for rank, (depth, _) in enumerate(layers):
            mine = rows[rows["depth"] == depth]
            self._draw_layer(axes, mine, depth, marked_epochs(mine["epoch"].tolist(), rank, len(layers)))
        axes.set_title(self.label, fontsize=8.5, loc="left")
        tidy(axes)

    def _draw_layer(self, axes: Axes, rows: pd.DataFrame, depth: int, marked: list[int]) -> None:
        low, high = axes.get_ylim()
        colour = layer_colour(depth)
        summary = rows.groupby("epoch")[self.column].agg(["median", "min", "max"])
        shown = summary.where(summary > 0)  # no logarithm of zero
        style = DASHES if depth < 0 else "-"
        (line,) = axes.plot(
            shown.index, shown["median"], color=colour, linewidth=1.2, linestyle=style, zorder=3
        )
        line.set_gid(f"{self.column}-{depth}")
        if rows["replica"].nunique() > 1:
            axes.fill_between(
                shown.index, shown["min"], shown["max"], color=colour, alpha=0.12, linewidth=0, zorder=1.5
            )
        if depth >= 0:
            dots = shown[shown.index.isin(marked)]
            axes.plot(
                dots.index, dots["median"], layer_marker(depth), color=colour, markersize=3.6,
                markeredgecolor="white", markeredgewidth=0.3, zorder=3.5,
            )  # fmt: skip
        if self.column == "snr":
            single = rows.groupby("epoch")["per_sample_snr"].median()
            axes.plot(single.index, single, color=colour, linewidth=1, linestyle=(0, (1, 1.5)), zorder=2.8)
            still = rows.loc[rows["status"] == "noiseless", "epoch"].unique()
            _mark_frame(axes, still, high, "^", colour, f"noiseless-{depth}")
        else:
            zero = rows.loc[rows[self.column] == 0, "epoch"].unique()
            _mark_frame(axes, zero, low, "v", colour, f"zero-{self.column}-{depth}")


PANELS: Final = (
    _Panel("mean_norm", "norm of the mean"),
    _Panel("std_norm", "norm of the standard deviation"),
    _Panel("snr", "SNR: mean / standard deviation"),
    _Panel("weight_norm", "norm of the weights"),
)


def gradients(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw one figure for each reading of mini-batch gradients."""
    table = tables.gradients
    if table.empty:
        yield Blank("gradients", NOT_ASKED)
        return
    for reading, rows in table.groupby("reading", sort=False):
        yield _draw(str(reading), rows, tables)


def _draw(reading: str, rows: pd.DataFrame, tables: Tables) -> Drawing | Blank:
    name = f"gradients-{slug(reading)}"
    finite = rows[np.isfinite(rows[["mean_norm", "std_norm"]].to_numpy(dtype=np.float64)).all(axis=1)]
    if finite.empty:
        return Blank(name, f"nothing to draw: no gradient of the reading {reading!r} is finite")
    title = f"{tables.title}: mini-batch gradients, {reading}"
    subtitle = f"{READINGS.get(reading, reading)} · {batches_in_words(finite)}"
    replicas = finite["replica"].nunique()
    subtitle += f" · {replicas} replicas" if replicas > 1 else ""
    first, last = int(finite["epoch"].min()), int(finite["epoch"].max())
    still = finite["status"] == "noiseless"
    zero = bool((finite[["mean_norm", "std_norm", "weight_norm"]] == 0).to_numpy().any())
    lost = len(rows) - len(finite)
    caption = sentences(
        (replicas > 1) * "lines: median of the replicas; bands: from the smallest to the largest replica",
        "norms are of the gradients of the loss in nats; the deviation is over batches, and shrinks with "
        "their size: ratios compare only at one batch size",
        "level dashes: SNR = 1, the mean as large as the deviation",
        bool(still.any()) * "triangles at the upper frame: all batches gave the same gradient, no ratio",
        zero * "triangles at the lower frame: exactly zero",
        bool(finite["per_sample_snr"].notna().any()) * "dotted: SNR of single samples",
        (lost > 0) * f"{count_in_words(lost, 'row')} with gradients that are not finite not drawn",
        scale_in_words(first, last),
    )
    layers = layers_of(finite)
    handles = layer_legend([(depth, layer) for depth, layer in layers if depth >= 0], saturated=False)
    if any(depth < 0 for depth, _ in layers):
        handles.append(
            Line2D([], [], color=layer_colour(-1), linewidth=1.2, linestyle=DASHES, label="all weights")
        )
    with styled():
        sheet = Sheet(0.4 + 2 * HEIGHT, title, subtitle, handles, caption)
        grid = sheet.figure.subplots(2, 2, sharex=True)
        for axes, panel in zip(grid.flat, PANELS, strict=True):
            panel.draw(axes, finite)
            if panel.column == "snr":
                _draw_one(axes)
        use_epoch_axis(grid[-1, 0], first, last, most_ticks=5)
        for axes in grid[-1]:
            axes.set_xlabel("epoch")
        return Drawing(name, f"{title}, {subtitle}", caption, sheet.finish())


def _draw_one(axes: Axes) -> None:
    """The line where the mean is as large as the deviation."""
    axes.axhline(1, color=QUIET, linewidth=0.9, linestyle=(0, (5, 3)), zorder=2)


def _mark_frame(
    axes: Axes,
    epochs: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]",
    y: float,
    mark: str,
    colour: str,
    name: str,
) -> None:
    """Mark at the frame what has no logarithm, or no ratio."""
    if len(epochs):
        (marks,) = axes.plot(
            epochs, np.full(len(epochs), y), mark, color=colour, markersize=4, mew=0, clip_on=False, zorder=4
        )
        marks.set_gid(name)


def batches_in_words(rows: pd.DataFrame) -> str:
    """Return `batch size 256 · 13 batches`, with ranges where they differ."""
    size, count = (
        f"{values.min():g}" if values.min() == values.max() else f"{values.min():g} to {values.max():g}"
        for values in (rows["batch_size"], rows["batches"])
    )
    return f"batch size {size} · {count} batch{'' if count == '1' else 'es'}"
