"""Which epochs an adaptive schedule measured, and how far apart neighbours are."""

import math
from collections.abc import Iterator, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.epochs import scale_in_words, use_epoch_axis
from ibspec.figures.neighbours import Neighbours, neighbours
from ibspec.figures.sheet import Sheet, sentences
from ibspec.figures.style import QUIET, VECTOR_POINTS, printable, styled, tidy
from ibspec.figures.tables import Tables, count_in_words

DASHES = (0, (4, 2))

STEP, ADJACENT, BREAK = "#0072B2", "#E69F00", "#D55E00"

DECADES = 3
"""Decades below delta that are drawn; what is closer lies on the lower frame."""

ROWS_NAMED = 12
"""More replicas than this are not named one by one."""


def schedule(tables: Tables) -> Iterator[Drawing | Blank]:
    """Draw one figure for a run with an adaptive schedule: epochs, and the distances between them."""
    yield _draw(tables)


def _draw(tables: Tables) -> Drawing | Blank:
    said = tables.schedule
    delta = _number(said.get("delta"))
    if delta is None:
        return Blank(
            "schedule", "nothing to draw: measure.when is not adaptive, its epochs were chosen before"
        )
    pairs = (
        list(neighbours(tables.measurements, _scale(said), tables.steering))
        if len(tables.measurements)
        else []
    )
    if not pairs:
        return Blank("schedule", "nothing to draw: no replica was measured at two epochs")
    replicas = sorted({pair.replica for pair in pairs})
    breaks = [pair for pair in pairs if pair.is_break(delta)]
    beyond = sum(math.isinf(pair.apart) for pair in pairs)
    unit = "shares of H" if said.get("normalised") else "bits"
    title = f"{tables.title}: which epochs were measured"
    caption = sentences(
        "above, a line is a measured epoch" + (len(replicas) > 1) * ", a row a replica",
        "below, a bar spans two neighbouring measured epochs at the height of their distance, the largest "
        "change of I(X;T) or I(T;Y) over layers and estimators",
        "adjacent epochs may be further apart than delta: there is nothing between them to measure",
        _breaks_in_words(breaks),
        (beyond > 0) * f"at the upper frame: {count_in_words(beyond, 'pair')} of which one lacks a number",
        scale_in_words(pairs[0].low, max(pair.high for pair in pairs)),
    )
    first, last = min(pair.low for pair in pairs), max(pair.high for pair in pairs)
    with styled():
        rows = min(1.6, 0.32 + 0.1 * len(replicas))
        sheet = Sheet(
            0.5 + rows + 2.3,
            title,
            _subtitle(said, delta, pairs, replicas),
            _legend(delta, bool(breaks)),
            caption,
        )
        above, below = sheet.figure.subplots(2, 1, sharex=True, height_ratios=[rows, 2.3])
        _draw_epochs(above, pairs, replicas)
        _draw_distances(below, pairs, delta, unit)
        use_epoch_axis(below, first, last)
        below.set_xlabel("epoch")
        return Drawing("schedule", title, caption, sheet.finish())


def _breaks_in_words(breaks: Sequence[Neighbours]) -> str:
    if not breaks:
        return "no other pair is further apart than delta"
    return f"ringed: {count_in_words(len(breaks), 'pair')} further apart, with unmeasured epochs between"


def _number(value: Any) -> float | None:
    """Return a positive number of a manifest, which may say anything."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < math.inf else None


def _scale(said: Any) -> tuple[float, float]:
    """Return what was divided by; 1 and 1 for bits."""
    scale = said.get("scale")
    numbers = [_number(value) for value in scale] if isinstance(scale, Sequence) else []
    return (numbers[0] or 1.0, numbers[1] or 1.0) if len(numbers) == 2 else (1.0, 1.0)


def _subtitle(said: Any, delta: float, pairs: Sequence[Neighbours], replicas: Sequence[int]) -> str:
    """Name the schedule and say what it saved."""
    counts = [1 + sum(pair.replica == replica for pair in pairs) for replica in replicas]
    least, most = min(counts), max(counts)
    dense = 1 + max(pair.high for pair in pairs)
    share = sum(counts) / (dense * len(counts))
    measured = str(most) if least == most else f"{least} to {most}"
    each = f" in each of {len(replicas)} replicas" if len(replicas) > 1 else ""
    of = "of H" if said.get("normalised") else "bits"
    kind = printable(str(said.get("kind", "adaptive")))
    return f"{kind} · delta = {delta:g} {of} · {measured} of {dense} epochs{each} ({100 * share:.1f} %)"


def _draw_epochs(axes: Axes, pairs: Sequence[Neighbours], replicas: Sequence[int]) -> None:
    """A row of ticks for each replica, the first on top."""
    ticks = []
    for row, replica in enumerate(replicas):
        mine = [pair for pair in pairs if pair.replica == replica]
        epochs = [mine[0].low, *(pair.high for pair in mine)]
        ticks += [[(epoch, row - 0.4), (epoch, row + 0.4)] for epoch in epochs]
    lines = LineCollection(ticks, colors=STEP, linewidths=0.6)
    lines.set_rasterized(len(ticks) > VECTOR_POINTS)
    lines.set_gid("epochs")
    axes.add_collection(lines)
    axes.set_ylim(len(replicas) - 0.4, -0.6)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel("replica" if len(replicas) > 1 else "")
    is_named = 1 < len(replicas) <= ROWS_NAMED
    axes.set_yticks(range(len(replicas)) if is_named else [], [str(r) for r in replicas] if is_named else [])


def _draw_distances(axes: Axes, pairs: Sequence[Neighbours], delta: float, unit: str) -> None:
    """Bars over the stretches, dots for adjacent epochs, rings round what is too far apart."""
    finite = [pair.apart for pair in pairs if 0 < pair.apart < math.inf]
    low = max(min(finite, default=delta), delta * 10.0**-DECADES) / 1.5
    high = 1.8 * max(*finite, delta) if finite else 1.8 * delta
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_ylim(low, high)
    axes.set_ylabel(f"distance [{unit}]")
    tidy(axes)
    crowded = len(pairs) > VECTOR_POINTS

    def height(pair: Neighbours) -> float:
        return min(max(pair.apart, low), high)

    bars = LineCollection(
        [[(pair.low, height(pair)), (pair.high, height(pair))] for pair in pairs if not pair.is_adjacent],
        colors=STEP, linewidths=1.6, capstyle="round", alpha=0.8, zorder=2.5,
    )  # fmt: skip
    bars.set_rasterized(crowded)
    bars.set_clip_on(False)
    bars.set_gid("stretches")
    axes.add_collection(bars, autolim=False)
    for name, chosen, style in (
        ("adjacent", [pair for pair in pairs if pair.is_adjacent], _adjacent_style()),
        ("breaks", [pair for pair in pairs if pair.is_break(delta)], _break_style()),
    ):
        if chosen:
            middle = [(pair.low + pair.high) / 2 for pair in chosen]
            (marks,) = axes.plot(
                middle, [height(pair) for pair in chosen], clip_on=False, rasterized=crowded, **style
            )
            marks.set_gid(name)
    axes.axhline(delta, color=QUIET, linewidth=0.9, linestyle=DASHES, zorder=2)


def _adjacent_style() -> dict[str, Any]:
    return {"color": ADJACENT, "marker": "D", "linestyle": "none", "markersize": 2.6, "zorder": 3}


def _break_style() -> dict[str, Any]:
    return {
        "color": BREAK, "marker": "o", "linestyle": "none", "markersize": 7, "markerfacecolor": "none",
        "markeredgewidth": 1.2, "zorder": 3.5,
    }  # fmt: skip


def _legend(delta: float, has_breaks: bool) -> list[Line2D]:
    handles = [
        Line2D([], [], color=STEP, linewidth=1.6, label="neighbouring measured epochs"),
        Line2D([], [], label="adjacent epochs", **_adjacent_style()),
        Line2D([], [], color=QUIET, linewidth=0.9, linestyle=DASHES, label=f"delta = {delta:g}"),
    ]
    if has_breaks:
        handles.append(Line2D([], [], label="further apart than delta", **_break_style()))
    return handles
