"""All figures of a run, by name, and their files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from ibspec.core import UserError, write_atomically
from ibspec.figures.activations import activations
from ibspec.figures.animation import animation
from ibspec.figures.before_after import before_after
from ibspec.figures.bounds import bounds_vs_epoch
from ibspec.figures.channels import channels
from ibspec.figures.drawing import Blank, Drawing
from ibspec.figures.gradients import gradients
from ibspec.figures.hypothesis import hypothesis
from ibspec.figures.information import information_vs_epoch
from ibspec.figures.information_rate import information_rate
from ibspec.figures.loss import loss
from ibspec.figures.loss_rate import loss_rate
from ibspec.figures.mean_plane import mean_plane
from ibspec.figures.plane import plane
from ibspec.figures.render import render
from ibspec.figures.schedule import schedule
from ibspec.figures.sensitivity import sensitivity
from ibspec.figures.side_by_side import compare_planes, side_by_side
from ibspec.figures.tables import Run, Tables

FIGURES: Mapping[str, Callable[[Tables], Iterator[Drawing | Blank]]] = {
    "plane": plane,
    "before-after": before_after,
    "information-vs-epoch": information_vs_epoch,
    "bounds-vs-epoch": bounds_vs_epoch,
    "loss": loss,
    "schedule": schedule,
    "mean-plane": mean_plane,
    "gradients": gradients,
    "loss-rate": loss_rate,
    "information-rate": information_rate,
    "hypothesis": hypothesis,
    "channels": channels,
    "side-by-side": side_by_side,
    "sensitivity": sensitivity,
    "activations": activations,
    "animation": animation,
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
    """Write the figures of a run as PNG and SVG, and what moves as GIF too, into its `figures` directory.

    Figures with nothing to show are left out; `draw` says why. The same run gives the same files, byte
    for byte.

    Args:
        run: A finished or interrupted run.
        only: The kind of figure wanted; all kinds when left out.

    Raises:
        UserError: There is no kind of figure with that name.
    """
    found = draw(Tables.of_run(run), only=only)
    return [path for drawing in found for path in _write(drawing, run.path / "figures")]


def draw_together(runs: Sequence[Run]) -> list[Path] | str:
    """Write the planes of several runs side by side, into the `figures` directory of the first.

    Returns:
        The files; where there is nothing to draw, one line that says why.
    """
    found = compare_planes([Tables.of_run(run) for run in runs])
    return found.reason if isinstance(found, Blank) else _write(found, runs[0].path / "figures")


def _write(found: Drawing | Blank, directory: Path) -> list[Path]:
    if isinstance(found, Blank):
        return []
    paths = [directory / f"{found.name}.{form}" for form in found.forms]
    for path, form in zip(paths, found.forms, strict=True):
        write_atomically(path, render(found, form))
    return paths
