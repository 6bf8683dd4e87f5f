"""The stochastic-gradient hypothesis on one axis: loss, SNR and I(X;T), with their events and intervals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.curves import QUANTITIES, layer_legend, marked_epochs
from ibspec.figures.drawing import Blank, Drawing, draw_panels
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.event_marks import draw_event
from ibspec.figures.events import Event, loss_kink, onsets, snr_crossings, snr_drops
from ibspec.figures.frame import limits
from ibspec.figures.gradients import NOT_ASKED, batches_in_words
from ibspec.figures.logarithmic import log_limits, use_log_axis
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, TEXT, layer_colour, layer_marker, styled, tidy
from ibspec.figures.tables import Panel, Tables, layers_of, mean_over_replicas

PREFERRED: Final = ("moving", "fixed", "parallel")
"""Readings of the gradients, the one that the source used first."""

SHOWN_IN: Final = (("kink of the loss",), ("drop of the SNR", "SNR below 1"), ("onset of compression",))
"""The events of each panel, from the top."""

SHORT: Final = {"drop of the SNR": "SNR", "SNR below 1": "SNR < 1", "onset of compression": "I(X;T)"}
"""Their names in the rows."""

NOT_FOUND: Final = {
    "drop of the SNR": "no break of log SNR against log epoch is beyond chance in any layer",
    "SNR below 1": "in no layer does the SNR fall from 1 or more to less",
    "onset of compression": "onset of compression not found in any layer",
}
"""What is said where no layer shows an event."""

ROW: Final = 0.15
"""Inches of a row of events."""


def hypothesis(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw loss, SNR and I(X;T) above each other, one figure for each estimator and view."""
    return draw_panels(tables, "hypothesis", _draw)


@final
@dataclass(frozen=True)
class _Evidence:
    """The three curves and their events."""

    loss: pd.DataFrame
    gradients: pd.DataFrame
    curves: pd.DataFrame

    @property
    def events(self) -> list[Event]:
        of_gradients = [*snr_drops(self.layers), *snr_crossings(self.layers)]
        return [loss_kink(self.loss), *of_gradients, *onsets(self.curves)]

    @property
    def layers(self) -> pd.DataFrame:
        """Gradients of single layers that I(X;T) was measured of."""
        known = self.gradients["layer"].isin(set(self.curves["layer"]))
        # Places count layers with weights in one table and measured ones in the other: names decide.
        places = dict(self.curves[["layer", "depth"]].drop_duplicates().itertuples(index=False, name=None))
        mine = self.gradients[known]
        return mine.assign(depth=mine["layer"].map(places))


def _draw(name: str, panel: Panel, tables: Tables) -> Drawing | Blank:
    curves = panel.curves("i_xt")
    found = _evidence(curves, tables)
    if isinstance(found, str):
        return Blank(name, found)
    events = found.events
    title = f"{tables.title}: loss, gradients and I(X;T) together"
    reading = str(found.gradients["reading"].iloc[0])
    size = batches_in_words(found.gradients).split(" · ")[0]
    subtitle = f"{panel.subtitle} · gradients {reading}, {size}"
    every = [curves, found.loss, found.gradients]
    first, last = (int(pick(pick(part["epoch"]) for part in every)) for pick in (min, max))
    replicas = curves["replica"].nunique()
    caption = sentences(
        (replicas > 1) * "curves: medians of the loss and of the SNR, mean of I(X;T), over the replicas",
        "dashed, and in rows below: when the loss kinks, when the SNR of a layer turns down and when it is "
        "first below 1, when I(X;T) of a layer begins to fall; dots are single replicas"
        + (replicas > 1)
        * ", bars 95 % bootstrap intervals of their median",
        *(event.in_words for event in events if event.depth < 0),
        *_not_found(events),
        "that events come together does not say that one causes the other",
        scale_in_words(first, last),
    )
    layers = layers_of(curves)
    with styled():
        rows = _rows(events, layers)
        strip = 0.25 + ROW * len(rows)
        handles = layer_legend(layers, saturated=False)
        handles.append(Line2D([], [], color=TEXT, linewidth=1.2, label="loss"))
        sheet = Sheet(0.6 + 3 * 1.45 + strip, title, subtitle, handles, caption)
        grid = sheet.figure.subplots(4, 1, sharex=True, height_ratios=[1.45, 1.45, 1.45, strip])
        _draw_loss(grid[0], found.loss, tables.loss)
        _draw_snr(grid[1], found.layers)
        _draw_information(grid[2], curves, tables)
        _draw_events(grid[3], rows)
        for axes, kinds in zip(grid, SHOWN_IN, strict=False):
            for event in (event for event in events if event.name in kinds):
                is_layer = event.depth >= 0  # strips of several layers would be one grey mass
                draw_event(axes, event, layer_colour(event.depth) if is_layer else TEXT, strip=not is_layer)
        use_epoch_axis(grid[3], first, last)
        grid[3].set_xlabel("epoch")
        return Drawing(name, f"{title}, {subtitle}", caption, sheet.finish())


def _evidence(curves: pd.DataFrame, tables: Tables) -> "_Evidence | str":
    """Return what is needed, or why it is not there."""
    if curves.empty:
        return "nothing to draw: no I(X;T) was measured"
    if tables.gradients.empty:
        return NOT_ASKED
    history = tables.history
    loss = history[np.isfinite(history["running_loss"])] if "running_loss" in history else history.iloc[:0]
    if loss.empty:
        return "nothing to draw: the run has no finite running loss"
    readings = set(tables.gradients["reading"])
    reading = next((each for each in PREFERRED if each in readings), None)
    gradients = tables.gradients[tables.gradients["reading"] == reading]
    found = _Evidence(loss, gradients[gradients["snr"] > 0], curves)
    if found.layers.empty:
        return "nothing to draw: no measured layer has weights, or none has a finite SNR"
    return found


def _not_found(events: Sequence[Event]) -> list[str]:
    """Say of which kinds of event there is none in any layer."""
    words = []
    for name in SHORT:
        kind = [event for event in events if event.name == name]
        looked = [event for event in kind if event.looked_at]
        if kind and not looked:
            words.append(f"{name} could not be looked for: {kind[0].reason}")
        elif kind and not any(event.epochs for event in looked):
            words.append(NOT_FOUND[name])
    return words


def _draw_loss(axes: Axes, loss: pd.DataFrame, name: str) -> None:
    use_log_axis(axes, log_limits(loss["running_loss"]))
    median = loss.groupby("epoch")["running_loss"].median()
    axes.plot(median.index, median.where(median > 0), color=TEXT, linewidth=1.2, zorder=3)
    axes.set_ylabel(f"{name}\n[nats]" if "entropy" in name else name, fontsize=8)
    tidy(axes)


def _draw_snr(axes: Axes, rows: pd.DataFrame) -> None:
    use_log_axis(axes, log_limits([*rows["snr"], 1.0]))
    axes.axhline(1, color=QUIET, linewidth=0.8, linestyle=(0, (5, 3)), zorder=1.5)
    layers = layers_of(rows)
    for rank, (depth, _) in enumerate(layers):
        median = rows[rows["depth"] == depth].groupby("epoch")["snr"].median()
        _draw_layer(axes, median, depth, rank, len(layers))
    axes.set_ylabel("SNR", fontsize=8)
    tidy(axes)


def _draw_information(axes: Axes, curves: pd.DataFrame, tables: Tables) -> None:
    means = mean_over_replicas(curves)
    axes.set_ylim(*limits(means["i_xt"], [tables.fact("h_x")]))
    layers = layers_of(curves)
    for rank, (depth, _) in enumerate(layers):
        mean = means[means["depth"] == depth].set_index("epoch")["i_xt"]
        _draw_layer(axes, mean, depth, rank, len(layers))
    QUANTITIES[0].draw_level(axes, tables)
    axes.set_ylabel("I(X;T)\n[bits]", fontsize=8)
    tidy(axes)


def _draw_layer(axes: Axes, curve: "pd.Series[float]", depth: int, rank: int, layers: int) -> None:
    colour = layer_colour(depth)
    axes.plot(curve.index, curve, color=colour, linewidth=1.2, zorder=3)
    dots = curve[curve.index.isin(marked_epochs(curve.index.tolist(), rank, layers))]
    axes.plot(
        dots.index, dots, layer_marker(depth), color=colour, markersize=3.8, markeredgecolor="white",
        markeredgewidth=0.3, zorder=3.5,
    )  # fmt: skip


def _rows(events: Sequence[Event], layers: Sequence[tuple[int, str]]) -> list[tuple[str, Event]]:
    """Return a row for each event that was found, with its name."""
    names = dict(layers)
    found = [event for event in events if event.epochs]
    return [
        ("loss" if event.depth < 0 else f"{SHORT[event.name]} {names[event.depth]}", event) for event in found
    ]


def _draw_events(axes: Axes, rows: Sequence[tuple[str, Event]]) -> None:
    for height, (_, event) in enumerate(rows):
        colour = layer_colour(event.depth) if event.depth >= 0 else TEXT
        mark = layer_marker(event.depth) if event.depth >= 0 else "|"
        axes.plot(
            event.epochs, [height] * len(event.epochs), ".", color=colour, alpha=0.4, markersize=4, mew=0
        )
        median = event.median
        if median is not None:
            axes.hlines(height, median.low, median.high, color=colour, linewidth=2, zorder=2)
            (point,) = axes.plot([median.value], [height], mark, color=colour, markersize=5, zorder=3)
            point.set_gid(f"event-{event.name.replace(' ', '-')}-{event.depth}")
    axes.set_yticks(range(len(rows)), [name for name, _ in rows], fontsize=7)
    axes.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x", color="#e6e6e6", linewidth=0.5)
    if not rows:
        axes.annotate(
            "no event found", (0.5, 0.5), xycoords="axes fraction", ha="center", va="center", fontsize=8
        )
