"""Which of several settings moves an outcome most."""

import numpy as np
from jaxtyping import Float

from ibspec.analysis.bootstrap import TAILS, Interval
from ibspec.core.errors import SampleSizeError, ShapeError


def standardised_coefficients(
    settings: Float[np.ndarray, "runs settings"],
    outcome: Float[np.ndarray, " runs"],
    rng: np.random.Generator,
    *,
    resamples: int = 1000,
) -> list[Interval]:
    """Return, for each setting, by how many standard deviations the outcome moves with one of its own.

    Least squares on all settings at once, with a constant. The intervals draw runs again. What a setting does
    depends on the range over which it was varied: only coefficients of one design can be compared.

    Args:
        settings: Of each run; logarithms where factors are meant.
        outcome: Of each run.
        rng: Draws the runs.
        resamples: Drawn for the intervals.

    Raises:
        ShapeError: Settings and outcomes of different runs, or a setting that does not vary.
        SampleSizeError: Not more runs than coefficients.
    """
    table, numbers = np.asarray(settings, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    if table.ndim != 2 or len(table) != len(numbers):
        raise ShapeError(f"one row of settings a run is wanted; got {table.shape} for {len(numbers)} runs")
    runs, count = table.shape
    if runs <= count + 1:
        raise SampleSizeError(
            f"{count} coefficients and a constant need more than {count + 1} runs; got {runs}"
        )
    if np.linalg.matrix_rank(table - table.mean(axis=0)) < count or numbers.std() == 0:
        raise ShapeError("each setting must vary on its own, and so must the outcome")
    value = _coefficients(table, numbers)
    drawn: list[Float[np.ndarray, " settings"]] = []
    while len(drawn) < resamples:
        chosen = rng.integers(0, runs, runs)
        again, moved = table[chosen], numbers[chosen]
        if np.linalg.matrix_rank(again - again.mean(axis=0)) == count and moved.std() > 0:
            drawn.append(_coefficients(again, moved))
    low, high = np.quantile(np.array(drawn), TAILS, axis=0)
    return [Interval(float(v), float(a), float(b)) for v, a, b in zip(value, low, high, strict=True)]


def _coefficients(
    table: Float[np.ndarray, "runs settings"], outcome: Float[np.ndarray, " runs"]
) -> Float[np.ndarray, " settings"]:
    centred = table - table.mean(axis=0)
    slopes = np.linalg.lstsq(centred, outcome - outcome.mean(), rcond=None)[0]
    found: Float[np.ndarray, " settings"] = slopes * table.std(axis=0) / outcome.std()
    return found
