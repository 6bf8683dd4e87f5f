"""`ibspec run`."""

import shlex
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import typer
from rich.console import Console

from ibspec.cli.drawing import draw_quietly
from ibspec.cli.reporting import FAILED, complain
from ibspec.cli.saying import say
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
    resume: bool = False,
    quiet: bool,
) -> None:
    """Carry out an experiment, draw it, and end with a line that says where everything is."""
    spec = read_spec(spec_file, overrides)
    console = Console(stderr=True)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, from the first moment on
    try:
        outcome = _run(spec, spec_file, out, device, data_dir, resume, None if quiet else console)
    except KeyboardInterrupt as interruption:
        if getattr(interruption, "__notes__", None):  # there is a run already
            interruption.add_note(
                f"`{_again(spec_file, overrides, out, device, data_dir)}` goes on from there"
            )
        raise
    # The measurements are safe from here on: what goes wrong with a picture must not hide them.
    try:
        plane = draw_quietly(outcome.path, spec.figures)
    except KeyboardInterrupt as interruption:
        interruption.add_note(f"`ibspec plot {outcome.path}` draws what was measured")
        raise
    except Exception as error:
        complain(f"the figures could not be drawn, {type(error).__name__}: {error}")
        say(_last_line(outcome, None))
        raise typer.Exit(FAILED) from None
    say(_last_line(outcome, plane))


def _run(
    spec: ExperimentSpec,
    spec_file: Path,
    out: Path,
    device: str,
    data_dir: Path | None,
    resume: bool,
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
            resume=resume,
        )

    if console is None:
        return go(None)
    with Bar(console) if console.is_terminal else Lines(console) as watcher:
        return go(watcher)


def _again(spec_file: Path, overrides: Sequence[str], out: Path, device: str, data_dir: Path | None) -> str:
    """The command that goes on."""
    words = ["ibspec", "run", str(spec_file), "--resume"]
    words += [] if out == Path("runs") else ["--out", str(out)]
    words += [word for override in overrides for word in ("--set", override)]
    words += [] if device == "auto" else ["--device", device]
    words += [] if data_dir is None else ["--data-dir", str(data_dir)]
    return shlex.join(words)


def _last_line(outcome: Outcome, plane: Path | None) -> str:
    lost = []
    if outcome.invalid:
        lost.append(f"{outcome.invalid} measurements invalid")
    if outcome.diverged:
        lost.append(f"{outcome.diverged} of {outcome.replicas} replicas diverged")
    if outcome.disagreeing:
        lost.append(f"{outcome.disagreeing} expected values not met")
    saved = ""
    if outcome.measured < outcome.dense and outcome.is_adaptive:
        share = 1 - outcome.measured / outcome.dense
        saved = f" of {outcome.measured} of {outcome.dense} epochs ({share:.1%} of the estimates saved)"
    figure = "" if plane is None else f"; information plane {plane}"
    return (
        f"done in {spell_seconds(outcome.seconds)}: {outcome.measurements} measurements{saved}"
        f"{''.join(f', {what}' for what in lost)} in {outcome.path}{figure}"
    )
