"""How an event is drawn: a line where it is, a strip where it may be."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from ibspec.figures.events import Event
from ibspec.figures.style import QUIET, Colour

DASHES: Final = (0, (5, 2))


def draw_event(axes: Axes, event: Event, colour: Colour = QUIET, *, strip: bool = True) -> None:
    """Draw the median over replicas as an upright line and its interval as a strip; nothing if not found."""
    median = event.median
    if median is None:
        return
    name = f"{event.name.replace(' ', '-')}-{event.depth}"
    if strip and median.low < median.high:
        shade = axes.axvspan(median.low, median.high, color=colour, alpha=0.12, linewidth=0, zorder=0.5)
        shade.set_gid(f"interval-{name}")
    line = axes.axvline(median.value, color=colour, linewidth=1.0, linestyle=DASHES, zorder=1.6)
    line.set_gid(name)


def event_handle(label: str, colour: Colour = QUIET) -> Line2D:
    """Return the legend entry of an upright line."""
    return Line2D([], [], color=colour, linewidth=1.0, linestyle=DASHES, label=label)
