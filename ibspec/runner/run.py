"""One experiment from its spec to its tables."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ibspec.core import UserError
from ibspec.results import Lock, RunDirectory
from ibspec.runner.ending import Outcome
from ibspec.runner.execution import Execution
from ibspec.runner.manifest import first_manifest
from ibspec.runner.preparation import prepare
from ibspec.runner.progress import Progress
from ibspec.runner.resuming import find_unfinished, look_at
from ibspec.spec import ExperimentSpec


def run(
    spec: ExperimentSpec,
    *,
    out: Path | str = "runs",
    device: str = "auto",
    data_dir: Path | None = None,
    progress: Progress | None = None,
    argv: Sequence[str] = (),
    spec_file: Path | None = None,
    resume: bool = False,
) -> Outcome:
    """Train, measure and write everything but the figures.

    Args:
        spec: The experiment.
        out: The run directory is made in it, under the spec's name.
        device: `auto`, `cpu`, `cuda` or `cuda:N`.
        data_dir: Where to look for data files first.
        progress: Told how far the run has come.
        argv: The command line, for the manifest.
        spec_file: The file that the spec came from, for the manifest.
        resume: Go on with the newest unfinished run of this experiment, instead of a new one.

    Raises:
        UserError: The experiment cannot start or go on; nothing has been written.
        RunError: Every replica diverged, or another process writes this run; what was measured is kept.
    """
    prepared = prepare(spec, device=device, data_dir=data_dir)
    manifest = first_manifest(prepared, argv, spec_file)
    if resume:
        directory = find_unfinished(Path(out), spec)
        with _locked(directory), _repeatable():
            past = look_at(directory, manifest)
            return Execution(prepared, directory, progress or Progress(), past.manifest, past).carry_out()
    directory = _create_directory(Path(out), spec)
    with _locked(directory), _repeatable():
        try:
            execution = Execution(prepared, directory, progress or Progress(), manifest)
        except BaseException:
            shutil.rmtree(directory.path)  # there is nothing to keep in it yet
            raise
        return execution.carry_out()


@contextmanager
def _locked(directory: RunDirectory) -> Iterator[None]:
    """Be the only writer of a run meanwhile."""
    lock = Lock(directory.path)
    lock.take()
    try:
        yield
    finally:
        lock.release()


def _create_directory(out: Path, spec: ExperimentSpec) -> RunDirectory:
    try:
        return RunDirectory.create(out, spec.name, spec.digest())
    except OSError as error:
        places = [out / spec.name, out, *out.parents]
        file = next((place for place in places if place.exists() and not place.is_dir()), None)
        reason = str(error.strerror).lower() if file is None else f"{file} is a file"
        raise UserError(f"--out {out}: wanted a directory for runs, but none can be made: {reason}") from None


@contextmanager
def _repeatable() -> Iterator[None]:
    """Ask torch for repeatable algorithms, and give the caller's choice back afterwards."""
    before = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before, warn_only=warn_only)
