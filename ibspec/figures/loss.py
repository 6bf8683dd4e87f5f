"""Loss and accuracy against the epoch."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.event_marks import draw_event, event_handle
from ibspec.figures.events import Event, loss_kink
from ibspec.figures.frame import Limits
from ibspec.figures.ragged import IN_WORDS, is_ragged, rows_between
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.spread import SPAGHETTI
from ibspec.figures.style import VECTOR_POINTS, styled, tidy
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

MARKED_UP_TO = 60
"""More evaluated epochs than this make a line without marks."""


def loss(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw losses and accuracies, running and evaluated, of all replicas in one figure."""
    yield _draw(tables)


def _draw(tables: Tables) -> Drawing | Blank:
    history = tables.history
    title = f"{tables.title}: loss and accuracy"
    stops = _stops(history) if len(history) else {}
    panels = [
        panel
        for panel in (_Panel(history, "loss", stops), _Panel(history, "accuracy", stops))
        if panel.series
    ]
    if not panels:
        return Blank("loss", "nothing to draw: the run has no finite loss")
    replicas = history["replica"].nunique()
    first, last = int(history["epoch"].min()), int(history["epoch"].max())
    kink = loss_kink(history)
    words = [f"replica {replica} after epoch {end}" for replica, end in stops.items()]
    words = words if len(words) <= 6 else [*words[:5], f"{len(words) - 5} more"]
    rest = " that did not stop" if 0 < len(stops) < replicas else ""
    ragged = [series for series in SERIES if any(panel.is_ragged(series) for panel in panels)]
    lines = f", {list_in_words(ragged)} {IN_WORDS}" if ragged else ""
    single = (
        "bands: from the smallest to the largest" if replicas > SPAGHETTI else "thin lines: single replicas"
    )
    caption = sentences(
        (replicas > 1) * f"thick lines: mean of the replicas{rest}{lines}; {single}",
        bool(words) * f"a cross marks where a replica diverged or stopped: {list_in_words(words)}",
        any(panel.is_cut for panel in panels) * "values just before that lie beyond the frame",
        _kink_in_words(kink),
        "the training and test sets are evaluated at measured epochs only, with the weights at rest; "
        "the running values are means over an epoch's batches while the weights move",
        scale_in_words(first, last),
    )
    subtitle = f"{replicas} replicas{lines}" if replicas > 1 else "1 replica"
    with styled():
        legend = _legend(panels, bool(stops))
        legend += [event_handle("kink of the running loss")] if kink.epochs else []
        sheet = Sheet(0.5 + 2.1 * len(panels), title, subtitle, legend, caption)
        grid = sheet.figure.subplots(len(panels), 1, sharex=True, squeeze=False)
        for axes, panel in zip(grid[:, 0], panels, strict=True):
            panel.scale(axes, tables.loss)
            panel.draw(axes)
            if panel.kind == "loss":
                draw_event(axes, kink)
            tidy(axes)
        use_epoch_axis(grid[-1, 0], first, last)
        grid[-1, 0].set_xlabel("epoch")
        sheet.figure.align_ylabels()
        return Drawing("loss", title, caption, sheet.finish())


def _kink_in_words(kink: Event) -> str:
    """Say when the loss kinks, what that means, and how sure it is; empty where it cannot be looked for."""
    if not kink.looked_at:
        return ""
    if not kink.epochs:
        return f"{kink.in_words}: a single power law of the epoch fits the running loss as well as two"
    several = len(kink.epochs) > 1
    return (
        f"{kink.in_words}, where one power law of the epoch gives way to another"
        + several * "; line: median over the replicas, strip: its 95 % bootstrap interval"
    )


def _stops(history: pd.DataFrame) -> dict[int, int]:
    """Return the last epoch of each replica that stops before the others, or ends without a finite loss."""
    stops = {}
    for replica, rows in by(history, "replica"):
        end = rows.sort_values("epoch").iloc[-1]
        lost = end["epoch"] > 0 and "running_loss" in rows and not np.isfinite(end["running_loss"])
        if end["epoch"] < history["epoch"].max() or lost:
            stops[replica] = int(end["epoch"])
    return stops


@final
@dataclass(frozen=True)
class _Panel:
    """Everything about either the loss or the accuracy."""

    history: pd.DataFrame
    kind: Literal["loss", "accuracy"]
    stops: Mapping[int, int]

    def rows(self, series: str) -> pd.DataFrame:
        """Return replica, epoch and finite value of one series."""
        rows = self._measured(series)
        finite: pd.DataFrame = rows[np.isfinite(rows["value"])]
        return finite

    def _measured(self, series: str) -> pd.DataFrame:
        """Return replica, epoch and value of one series, where there is one."""
        column = f"{series}_{self.kind}"
        if column not in self.history:
            return pd.DataFrame({"replica": [], "epoch": [], "value": []})
        rows = self.history[["replica", "epoch"]].assign(value=self.history[column].astype(float))
        return rows.dropna(subset=["value"])

    def means(self, series: str) -> "pd.Series[float]":
        """Return the mean over the replicas that did not stop, by epoch; interpolated where need be."""
        measured = self._measured(series)
        whole = ~measured["replica"].isin(list(self.stops))
        measured = measured[whole] if np.isfinite(measured.loc[whole, "value"]).any() else measured
        between = rows_between(measured, ("value",), ())
        rows = pd.concat([measured, between], ignore_index=True) if len(between) else measured
        means: pd.Series[float] = rows[np.isfinite(rows["value"])].groupby("epoch")["value"].mean()
        return means

    def is_ragged(self, series: str) -> bool:
        """Whether replicas were evaluated at epochs of their own."""
        return is_ragged(self._measured(series))

    @property
    def series(self) -> list[str]:
        return [series for series in SERIES if len(self.rows(series))]

    @property
    def values(self) -> pd.DataFrame:
        return pd.concat([self.rows(series) for series in self.series], ignore_index=True)

    @property
    def is_logarithmic(self) -> bool:
        low, high = self._extent
        return self.kind == "loss" and low > 0 and high / low > LOGARITHMIC_FROM

    @property
    def is_cut(self) -> bool:
        return bool(self.values["value"].max() > self.limits[1])

    @property
    def limits(self) -> Limits:
        low, high = self._extent
        if self.is_logarithmic:
            return low / 1.25, high * 1.25
        if self.kind == "accuracy":
            return max(-0.02, low - 0.06 * (1.02 - low)), 1.02
        return min(0.0, low), high + 0.05 * (high - min(0.0, low) or 1.0)

    @property
    def _extent(self) -> Limits:
        """The extent of all values, but of those of a replica that explodes before it stops."""
        values = self.values
        whole = values[~values["replica"].isin(list(self.stops))]
        shown = whole if len(whole) else values[values["epoch"] == values["epoch"].min()]
        low, high = float(values["value"].min()), float(values["value"].max())
        calm = float(shown["value"].max())
        return low, high if high <= 3 * abs(calm) else 1.5 * calm

    def scale(self, axes: Axes, name: str) -> None:
        """Set the vertical scale, its limits and its label."""
        entropy = f"{name} [nats]" if "entropy" in name else name
        axes.set_ylabel(entropy if self.kind == "loss" else "accuracy")
        low, high = self.limits
        if self.is_logarithmic:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1e3 else (1,)))
            axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
        axes.set_ylim(low, high)

    def draw(self, axes: Axes) -> None:
        """Draw all series and where replicas stop."""
        for series in self.series:
            rows = self.rows(series)
            colour, mark, _ = SERIES[series]
            depth = 2.0 if series == "running" else 3.0
            style: dict[str, Any] = {"color": colour, "rasterized": len(rows) > VECTOR_POINTS}
            crowd = rows["replica"].nunique()
            if crowd > SPAGHETTI:
                ends = rows.groupby("epoch")["value"].agg(["min", "max"])
                band = axes.fill_between(
                    ends.index,
                    ends["min"],
                    ends["max"],
                    color=colour,
                    alpha=0.18,
                    linewidth=0,
                    zorder=depth - 1,
                )
                band.set_gid(f"spread-{series}-{self.kind}")
            for _, single in by(rows, "replica") if 1 < crowd <= SPAGHETTI else ():
                axes.plot(single["epoch"], single["value"], linewidth=0.5, alpha=0.45, zorder=depth, **style)
            means = self.means(series)
            style["marker"] = (mark or "o") if len(means) == 1 else mark if len(means) <= MARKED_UP_TO else ""
            width = 0.9 if series == "running" else 1.4
            (line,) = axes.plot(
                means.index, means, linewidth=width, markersize=2.8, zorder=depth + 0.5, **style
            )
            line.set_gid(f"{series}-{self.kind}")
        for replica in self.stops:
            self._draw_stop(axes, replica)

    def _draw_stop(self, axes: Axes, replica: int) -> None:
        """Mark the last finite value of a replica, at the frame where it lies beyond."""
        values = self.values
        mine = values[values["replica"] == replica]
        if mine.empty:
            return
        end = mine.sort_values("epoch").iloc[-1]
        height = min(float(end["value"]), self.limits[1])
        (cross,) = axes.plot(
            [end["epoch"]], [height], "x", color=STOP, markersize=5.5, zorder=4.5, clip_on=False
        )
        cross.set_gid(f"stopped-{self.kind}-{replica}")


def _legend(panels: list[_Panel], stopped: bool) -> list[Line2D]:
    handles = []
    for series, (colour, mark, label) in SERIES.items():
        if any(series in panel.series for panel in panels):
            handles.append(Line2D([], [], color=colour, marker=mark, markersize=3.5, label=label))
    if stopped:
        handles.append(
            Line2D([], [], color=STOP, linestyle="none", marker="x", markersize=5, label="replica stopped")
        )
    return handles
