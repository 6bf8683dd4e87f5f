"""Every estimator on every law: carried out on all cores, resumed where it was left."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any, final

import pandas as pd

from ibspec.calibrate.laws import LAWS
from ibspec.calibrate.trial import KEY, Trial
from ibspec.core import Frozen, UserError
from ibspec.estimators import Estimator
from ibspec.results import Lock, PartWriter, part_names, read_parts

NAME = "calibration"
"""Stem of the table's file."""


@final
class Calibration(Frozen):
    """What to calibrate: every estimator on every law, at these sizes.

    Attributes:
        estimators: With their parameters.
        samples: Sample sizes.
        dims: Dimensions of X and of T; a law takes those that it has an exact value for.
        seeds: Draws of each law and size.
        laws: Names; all when left out.
    """

    estimators: tuple[Estimator, ...]
    samples: tuple[int, ...] = (1_000, 4_000)
    dims: tuple[int, ...] = (1, 2, 5)
    seeds: int = 10
    laws: tuple[str, ...] = tuple(law.name for law in LAWS)

    def trials(self) -> Iterator[Trial]:
        """Yield all trials, the cheap ones first, so that there is a whole table early on."""
        for samples in sorted(self.samples):
            for seed in range(self.seeds):
                for law in LAWS:
                    if law.name not in self.laws:
                        continue
                    for dims in (d for d in law.dims if d in self.dims):
                        for estimator in self.estimators:
                            yield Trial(estimator, law.name, dims, samples, seed)


def calibrate(
    calibration: Calibration,
    directory: Path,
    *,
    workers: int | None = None,
    on_trial: Callable[[int, int], None] = lambda done, wanted: None,
) -> pd.DataFrame:
    """Carry out what the directory does not hold yet, and return the whole table.

    Args:
        calibration: What to do.
        directory: Where the table is kept; what it holds is not computed again.
        workers: Processes; one a core when left out.
        on_trial: Told after each trial how many are done, of how many.

    Returns:
        One row a trial, columns as in `Row`.

    Raises:
        UserError: A law is unknown, or the directory cannot be written.
        RunError: Another process calibrates there.
    """
    unknown = sorted(set(calibration.laws) - {law.name for law in LAWS})
    if unknown:
        known = ", ".join(law.name for law in LAWS)
        raise UserError(f"--laws: no law called '{unknown[0]}'. Known here: {known}")
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"--out {directory}: cannot be made: {error.strerror}") from None
    lock = Lock(directory)
    lock.take()
    try:
        return _go_on(calibration, directory, workers, on_trial)
    finally:
        lock.release()


def _go_on(
    calibration: Calibration, directory: Path, workers: int | None, on_trial: Callable[[int, int], None]
) -> pd.DataFrame:
    """Carry out what is missing, the only writer of the directory."""
    before = read_parts(directory, NAME)
    known_keys = set(before[list(KEY)].itertuples(index=False, name=None)) if len(before) else set()
    wanted = list(calibration.trials())
    todo = [trial for trial in wanted if trial.key not in known_keys]
    done = len(wanted) - len(todo)
    writer = PartWriter(directory, NAME, parts=part_names(directory, NAME))
    try:
        for row in _carry_out(todo, workers or os.cpu_count() or 1):
            writer.add(row)
            done += 1
            on_trial(done, len(wanted))
    finally:
        table, _ = writer.finish(order=list(KEY))  # the parts stay, to be read by the next one
    return table


def _carry_out(trials: Sequence[Trial], workers: int) -> Iterator[dict[str, Any]]:
    """Yield rows as they come; a few trials wait at each process."""
    if workers <= 1 or len(trials) <= 1:
        yield from (trial.carry_out() for trial in trials)
        return
    # A fresh interpreter each: forking a process that has threads may hang it.
    with ProcessPoolExecutor(min(workers, len(trials)), mp_context=get_context("spawn")) as pool:
        queue = iter(trials)
        waiting: set[Future[dict[str, Any]]] = {
            pool.submit(Trial.carry_out, trial) for trial in islice(queue, 4 * workers)
        }
        try:
            while waiting:
                finished, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    yield future.result()
                waiting |= {pool.submit(Trial.carry_out, trial) for trial in islice(queue, len(finished))}
        finally:
            for future in waiting:
                future.cancel()
