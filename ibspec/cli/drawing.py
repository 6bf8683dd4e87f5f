"""`ibspec plot`, and the figures at the end of a run."""

from collections.abc import Sequence
from pathlib import Path

from ibspec import figures
from ibspec.cli.saying import say
from ibspec.core import UserError
from ibspec.figures import FIGURES, draw_all, draw_together
from ibspec.loading import load
from ibspec.report import write_run_page


def draw_quietly(path: Path, names: Sequence[str]) -> Path | None:
    """Draw some figures of a run and its report; return the first information plane, if there is one."""
    run = load(path)
    drawn = [file for name in names for file in draw_all(run, only=name)]
    write_run_page(run)
    planes = [file for file in drawn if file.suffix == ".png" and file.name.startswith("plane")]
    return planes[0] if planes else None


def draw(paths: Sequence[Path], figure: str | None) -> None:
    """Draw the figures of a run again, or the planes of several side by side, and say where they are."""
    if figure is not None and figure not in FIGURES:
        raise UserError(f"--figure: no figure called '{figure}'. Known here: {', '.join(FIGURES)}")
    if len(paths) > 1:
        _draw_together(paths, figure)
        return
    run = load(paths[0])
    drawn = draw_all(run, only=figure)
    if not drawn:
        blanks = figures.draw(figures.Tables.of_run(run), only=figure)
        reasons = dict.fromkeys(found.reason for found in blanks if isinstance(found, figures.Blank))
        raise UserError(f"{run.path}: no figure was drawn: {'; '.join(reasons) or 'nothing was measured'}")
    page = write_run_page(run)
    for file in drawn:
        say(str(file))
    say(f"report {page}")


def _draw_together(paths: Sequence[Path], figure: str | None) -> None:
    if figure != "side-by-side":
        asked = f"--figure {figure} draws" if figure else "without --figure, the figures are those of"
        raise UserError(f"{asked} one run; got {len(paths)}. Add --figure side-by-side, or name one run")
    runs = [load(path) for path in paths]
    drawn = draw_together(runs)
    if isinstance(drawn, str):
        raise UserError(f"{', '.join(str(run.path) for run in runs)}: no figure was drawn: {drawn}")
    for file in drawn:
        say(str(file))
