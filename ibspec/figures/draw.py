"""All figures of a run, by name, and their files."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from ibspec.core import UserError, write_atomically
from ibspec.figures.before_after import before_after
from ibspec.figures.bounds import bounds_vs_epoch
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.information import information_vs_epoch
from ibspec.figures.loss import loss
from ibspec.figures.plane import plane
from ibspec.figures.render import render
from ibspec.figures.schedule import schedule
from ibspec.figures.tables import Run, Tables

FIGURES: Mapping[str, Callable[[Tables], Iterator[Drawing | Blank]]] = {
    "plane": plane,
    "before-after": before_after,
    "information-vs-epoch": information_vs_epoch,
    "bounds-vs-epoch": bounds_vs_epoch,
    "loss": loss,
    "schedule": schedule,
}
"""Every kind of figure by its name."""


def draw(tables: Tables, *, only: str | None = None) -> Iterator[Drawing | Blank]:
    """Draw all figures, or those of one kind, one after the other.

    Raises:
        UserError: There is no kind of figure with that name.
    """
    if only is not None and only not in FIGURES:
        raise UserError(f"no figure is called {only!r}; the figures are {', '.join(FIGURES)}")
    kinds = FIGURES.values() if only is None else [FIGURES[only]]
    return (found for kind in kinds for found in kind(tables))


def draw_all(run: Run, *, only: str | None = None) -> list[Path]:
    """Write the figures of a run as PNG and SVG into its `figures` directory.

    Figures with nothing to show are left out; `draw` says why. The same run gives the same files, byte
    for byte.

    Args:
        run: A finished or interrupted run.
        only: The kind of figure wanted; all kinds when left out.

    Raises:
        UserError: There is no kind of figure with that name.
    """
    paths: list[Path] = []
    for found in draw(Tables.of_run(run), only=only):
        if isinstance(found, Blank):
            continue
        for form in ("png", "svg"):
            path = run.path / "figures" / f"{found.name}.{form}"
            write_atomically(path, render(found, form))
            paths.append(path)
    return paths
