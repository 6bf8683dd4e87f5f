"""A figure that was drawn, and one that could not be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

from matplotlib.figure import Figure

from ibspec.figures.tables import Panel, Tables


@final
@dataclass(frozen=True)
class Drawing:
    """A figure.

    Attributes:
        name: Stem of its files.
        title: One line that says what is shown.
        caption: How to read it, in words; printed under it too.
        figure: The figure itself.
    """

    name: str
    title: str
    caption: str
    figure: Figure


@final
@dataclass(frozen=True)
class Blank:
    """A figure that has nothing to show.

    Attributes:
        name: Stem of the files that it would have had.
        reason: One line that says why.
    """

    name: str
    reason: str


def draw_panels(
    tables: Tables, kind: str, draw: Callable[[str, Panel, Tables], Drawing | Blank]
) -> Iterator[Drawing | Blank]:
    """Draw one figure for each estimator and view, named after both."""
    taken: set[str] = set()
    for panel in tables.panels():
        name = stem = f"{kind}-{panel.name}"
        while name in taken:  # two labels may differ only in letters that a file name cannot hold
            name = f"{stem}-{len(taken)}"
        taken.add(name)
        yield draw(name, panel, tables)
    if not taken:
        yield Blank(kind, "nothing to draw: the run has no measurements")
