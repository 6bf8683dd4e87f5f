"""A figure that was drawn, and one that could not be."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, final

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from ibspec.figures.tables import Panel, Tables

Form: TypeAlias = Literal["png", "svg", "gif"]


@final
@dataclass(frozen=True)
class Film:
    """What moves in a figure.

    Attributes:
        count: Frames.
        show: Makes the figure the frame of a number, from 0.
        moving: What that changes, from back to front; all else stands still.
    """

    count: int
    show: Callable[[int], None]
    moving: Sequence[Artist]


@final
@dataclass(frozen=True)
class Drawing:
    """A figure.

    Attributes:
        name: Stem of its files.
        title: One line that says what is shown.
        caption: How to read it, in words; printed under it too.
        figure: The figure itself; of a film the last frame.
        film: What moves in it; None where nothing does.
    """

    name: str
    title: str
    caption: str
    figure: Figure
    film: Film | None = None

    @property
    def forms(self) -> tuple[Form, ...]:
        """Kinds of files that it makes."""
        return ("png", "svg") if self.film is None else ("png", "svg", "gif")


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
