"""`ibspec run`."""

import sys
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from ibspec.cli.drawing import draw_quietly
from ibspec.cli.reporting import FAILED, complain
from ibspec.cli.watching import Bar, Lines, spell_seconds
from ibspec.runner import Outcome, Progress, run
from ibspec.spec import ExperimentSpec, read_spec


def run_and_draw(
    spec_file: Path,
    overrides: Sequence[str],
    out: Path,
    device: str,
    data_dir: Path | None,
    *,
    quiet: bool,
) -> None:
    """Carry out an experiment, draw it, and end with a line that says where everything is."""
    spec = read_spec(spec_file, overrides)
    console = Console(stderr=True)
    outcome = _run(spec, spec_file, out, device, data_dir, None if quiet else console)
    # The measurements are safe from here on: what goes wrong with a picture must not hide them.
    try:
        plane = draw_quietly(outcome.path, spec.figures)
    except KeyboardInterrupt as interruption:
        interruption.add_note(f"`ibspec plot {outcome.path}` draws what was measured")
        raise
    except Exception as error:
        complain(f"the figures could not be drawn, {type(error).__name__}: {error}")
        typer.echo(_last_line(outcome, None))
        raise typer.Exit(FAILED) from None
    typer.echo(_last_line(outcome, plane))


def _run(
    spec: ExperimentSpec,
    spec_file: Path,
    out: Path,
    device: str,
    data_dir: Path | None,
    console: Console | None,
) -> Outcome:
    def go(progress: Progress | None) -> Outcome:
        return run(
            spec,
            out=out,
            device=device,
            data_dir=data_dir,
            progress=progress,
            argv=sys.argv,
            spec_file=spec_file,
        )

    if console is None:
        return go(None)
    with Bar(console) if console.is_terminal else Lines(console) as watcher:
        return go(watcher)


def _last_line(outcome: Outcome, plane: Path | None) -> str:
    lost = []
    if outcome.invalid:
        lost.append(f"{outcome.invalid} measurements invalid")
    if outcome.diverged:
        lost.append(f"{outcome.diverged} of {outcome.replicas} replicas diverged")
    if outcome.disagreeing:
        lost.append(f"{outcome.disagreeing} expected values not met")
    figure = "" if plane is None else f"; information plane {plane}"
    return (
        f"done in {spell_seconds(outcome.seconds)}: {outcome.measurements} measurements"
        f"{''.join(f', {what}' for what in lost)} in {outcome.path}{figure}"
    )
