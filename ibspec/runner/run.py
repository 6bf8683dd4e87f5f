"""One experiment from its spec to its tables."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ibspec.core import UserError
from ibspec.results import RunDirectory
from ibspec.runner.execution import Execution, Outcome
from ibspec.runner.preparation import prepare
from ibspec.runner.progress import Progress
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

    Raises:
        UserError: The experiment cannot start; nothing has been written.
        RunError: Every replica diverged; what was measured is kept.
    """
    prepared = prepare(spec, device=device, data_dir=data_dir)
    directory = _create_directory(Path(out), spec)
    with _repeatable():
        try:
            execution = Execution(prepared, directory, progress or Progress(), argv, spec_file)
        except BaseException:
            shutil.rmtree(directory.path)  # there is nothing to keep in it yet
            raise
        return execution.carry_out()


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
