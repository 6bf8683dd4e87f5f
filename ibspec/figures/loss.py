"""Loss and accuracy against the epoch."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.epochs import use_epoch_axis
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import styled, tidy
from ibspec.figures.tables import Tables, by, list_in_words

SERIES = {
    "running": ("#8c8c8c", "", "running, training batches"),
    "train": ("#0072B2", "o", "training set"),
    "test": ("#D55E00", "s", "test set"),
}
"""Colour, mark and name; the running mean lies behind."""

STOP = "#000000"

LOGARITHMIC_FROM = 50.0
"""A loss that falls by more than this factor is drawn on a logarithmic scale."""


def loss(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw losses and accuracies, running and evaluated, of all replicas in one figure."""
    yield _draw(tables)


def _draw(tables: Tables) -> Drawing | Blank:
    history, name = tables.history, "loss"
    title = f"{tables.title}: loss and accuracy"
    panels = [kind for kind in ("loss", "accuracy") if _series(history, kind)]
    if not panels:
        return Blank(name, "nothing to draw: the run has no finite loss")
    ends = {replica: int(rows["epoch"].max()) for replica, rows in by(history, "replica")}
    stopped = {replica: end for replica, end in ends.items() if end < max(ends.values())}
    many = len(ends) > 1
    words = [f"replica {replica} after epoch {end}" for replica, end in stopped.items()]
    caption = sentences(
        many * "thick lines: mean of the replicas; thin lines: single replicas",
        bool(words) * f"a cross marks where a replica stopped: {list_in_words(words[:6])}"
        + (len(words) > 6) * f" and {len(words) - 6} more",
        "the training and test sets are evaluated at measured epochs only, with the weights at rest; "
        "the running values are means over an epoch's batches while the weights move",
        "epochs on the scale of log(1 + epoch)",
    )
    subtitle = f"{len(ends)} replicas" if many else "1 replica"
    with styled():
        sheet = Sheet(
            0.5 + 2.1 * len(panels), title, subtitle, _legend(history, panels, bool(stopped)), caption
        )
        grid = sheet.body.subplots(len(panels), 1, sharex=True, squeeze=False)
        for axes, kind in zip(grid[:, 0], panels, strict=True):
            for series in _series(history, kind):
                _draw_series(axes, history, series, kind)
            _draw_stops(axes, history, _series(history, kind), kind, list(stopped))
            _label(axes, kind, tables.loss)
            tidy(axes)
        use_epoch_axis(grid[-1, 0], int(history["epoch"].min()), int(history["epoch"].max()))
        grid[-1, 0].set_xlabel("epoch")
        sheet.body.align_ylabels()
    return Drawing(name, title, caption, sheet.figure)


def _series(history: pd.DataFrame, kind: str) -> list[str]:
    columns = [series for series in SERIES if f"{series}_{kind}" in history]
    return [series for series in columns if np.isfinite(history[f"{series}_{kind}"].astype(float)).any()]


def _draw_series(axes: Axes, history: pd.DataFrame, series: str, kind: str) -> None:
    colour, mark, _ = SERIES[series]
    column = f"{series}_{kind}"
    rows = history[np.isfinite(history[column].astype(float))]
    means = rows.groupby("epoch")[column].mean()
    behind = 2.0 if series == "running" else 3.0
    if rows["replica"].nunique() > 1:
        for _, single in rows.groupby("replica"):
            axes.plot(single["epoch"], single[column], color=colour, linewidth=0.5, alpha=0.45, zorder=behind)
    few = mark if len(means) <= 60 else ""
    (drawn,) = axes.plot(
        means.index,
        means,
        color=colour,
        linewidth=0.9 if series == "running" else 1.4,
        marker=few or ("o" if len(means) == 1 else ""),
        markersize=2.8,
        zorder=behind + 0.5,
        clip_on=False,
    )
    drawn.set_gid(column)


def _draw_stops(axes: Axes, history: pd.DataFrame, shown: list[str], kind: str, stopped: list[int]) -> None:
    """Mark the last value of each replica that stopped early, on the line that goes furthest."""
    for replica in stopped:
        mine = history[history["replica"] == replica]
        known = {f"{series}_{kind}": mine[f"{series}_{kind}"].astype(float) for series in shown}
        ends = {column: mine.loc[np.isfinite(values), "epoch"].max() for column, values in known.items()}
        ends = {column: end for column, end in ends.items() if np.isfinite(end)}
        if ends:
            column = max(ends, key=lambda name: ends[name])
            value = known[column][mine["epoch"] == ends[column]].iloc[0]
            (cross,) = axes.plot([ends[column]], [value], "x", color=STOP, markersize=5.5, zorder=4.5)
            cross.set_gid(f"stopped-{kind}-{replica}")


def _label(axes: Axes, kind: str, name: str) -> None:
    if kind == "accuracy":
        axes.set_ylabel("accuracy")
        low = axes.get_ylim()[0]
        axes.set_ylim(max(-0.02, low), 1.02)
        return
    axes.set_ylabel(f"{name} [nats]" if "entropy" in name else name)
    values = np.concatenate([np.asarray(line.get_ydata(), dtype=float) for line in axes.lines])
    if values.min() > 0 and values.max() / values.min() > LOGARITHMIC_FROM:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(
            LogLocator(subs=(1, 2, 5) if values.max() / values.min() < 1e3 else (1,))
        )
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=min(0.0, float(values.min())))


def _legend(history: pd.DataFrame, panels: list[str], stopped: bool) -> list[Line2D]:
    used = [series for series in SERIES if any(series in _series(history, kind) for kind in panels)]
    handles = []
    for series in used:
        colour, mark, label = SERIES[series]
        handles.append(Line2D([], [], color=colour, marker=mark, markersize=3.5, label=label))
    if stopped:
        handles.append(
            Line2D([], [], color=STOP, linestyle="none", marker="x", markersize=5, label="replica stopped")
        )
    return handles
