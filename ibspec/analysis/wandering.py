"""How the weights of a net move from epoch to epoch: by drift, by diffusion, or not away at all."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ibspec.analysis.bootstrap import TAILS, Interval

Path = Float[np.ndarray, "moments parameters"]

BROWNIAN = (0.9, 1.1)
"""Exponents of the mean square displacement that deserve the name."""


@final
@dataclass(frozen=True)
class Wandering:
    """How a path moves.

    Attributes:
        relative_step: Mean of |step| / |weights|.
        exponent: Of the mean square displacement as a power of the lag: 1 diffuses, 2 drifts, 0 stays.
        dependent: Share of the parameters whose steps depend on the steps before, by Ljung and Box at 5 %;
            5 % do so by chance.
        lag_one: Correlation of successive steps, all parameters together: the cosine between them.
    """

    relative_step: float
    exponent: Interval
    dependent: float
    lag_one: float

    @property
    def is_brownian(self) -> bool:
        """Whether the interval of the exponent lies within 0.9 and 1.1."""
        return self.exponent.is_within(*BROWNIAN)


def wander(path: Path, rng: np.random.Generator, *, most: int | None = None) -> Wandering:
    """Return how the weights of a window move.

    Args:
        path: All weights at each moment, a row a moment.
        rng: For the interval.
        most: Largest lag looked at; a quarter of the path when left out.
    """
    steps = np.diff(np.asarray(path, dtype=np.float64), axis=0)
    lags = default_lags(len(path)) if most is None else most
    moved = steps[:, (steps != steps[:1]).any(axis=0)]
    chances = [ljung_box(column, min(lags, len(steps) - 2))[1] for column in moved.T]
    square = (steps[1:] ** 2).sum() ** 0.5 * (steps[:-1] ** 2).sum() ** 0.5
    return Wandering(
        relative_step=float(relative_steps(path).mean()),
        exponent=displacement_exponent(path, rng, most=lags),
        dependent=float(np.mean([chance < 0.05 for chance in chances])) if chances else 0.0,
        lag_one=float((steps[1:] * steps[:-1]).sum() / square) if square > 0 else 0.0,
    )


def default_lags(moments: int) -> int:
    """Return a quarter of a path: beyond, displacements overlap so much that few are independent."""
    return max(2, moments // 4)


def relative_steps(path: Path) -> Float[np.ndarray, " steps"]:
    """Return |theta(e+1) - theta(e)| / |theta(e)|; Euclidean, all parameters together."""
    numbers = np.asarray(path, dtype=np.float64)
    sizes = np.linalg.norm(np.diff(numbers, axis=0), axis=1)
    relative: Float[np.ndarray, " steps"] = sizes / np.linalg.norm(numbers[:-1], axis=1)
    return relative


def displacements(path: Path, most: int) -> Float[np.ndarray, "starts lags"]:
    """Return |theta(e+lag) - theta(e)|^2 for lags 1 to `most`, for each e that has all of them ahead."""
    numbers = np.asarray(path, dtype=np.float64)
    starts = len(numbers) - most
    if most < 2 or starts < 1:
        raise ValueError(
            f"a slope needs two lags or more within the path; got {most} of {len(numbers)} moments"
        )
    found = np.empty((starts, most))
    for lag in range(1, most + 1):
        found[:, lag - 1] = ((numbers[lag : lag + starts] - numbers[:starts]) ** 2).sum(axis=1)
    return found


def displacement_exponent(
    path: Path, rng: np.random.Generator, *, most: int | None = None, resamples: int = 1000
) -> Interval:
    """Return the slope of log mean square displacement against log lag, least squares over all lags.

    The interval draws blocks of successive starting points, as long as the largest lag: displacements that
    share steps stay together. It is about this path; another seed may wander in another way.

    Args:
        path: All weights at each moment.
        rng: Draws the blocks.
        most: Largest lag; a quarter of the path when left out.
        resamples: Drawn for the interval.

    Raises:
        ValueError: The path is too short, or does not move.
    """
    lags = default_lags(len(path)) if most is None else most
    squares = displacements(path, lags)
    if (squares.mean(axis=0) == 0).any():
        raise ValueError("the path comes back to where it was at some lag: there is no slope")
    value = _slope(squares.mean(axis=0)[None])[0]
    starts, length = len(squares), min(lags, len(squares))
    first = rng.integers(0, starts - length + 1, size=(resamples, -(-starts // length)))
    chosen = (first[:, :, None] + np.arange(length)).reshape(resamples, -1)[:, :starts]
    counts = np.stack([np.bincount(row, minlength=starts) for row in chosen])
    means = counts @ squares / starts
    low, high = np.quantile(_slope(means[(means > 0).all(axis=1)]), TAILS)
    return Interval(float(value), float(low), float(high))


def _slope(means: Float[np.ndarray, "curves lags"]) -> Float[np.ndarray, " curves"]:
    log_lag = np.log(np.arange(1, means.shape[1] + 1))
    log_lag -= log_lag.mean()
    slopes: Float[np.ndarray, " curves"] = np.log(means) @ log_lag / (log_lag @ log_lag)
    return slopes


def ljung_box(series: Float[np.ndarray, " moments"], lags: int) -> tuple[float, float]:
    """Return the statistic of autocorrelation up to a lag, and how likely one so large is by chance.

    Args:
        series: In order; its mean is taken off.
        lags: Fewer than there are numbers.

    Raises:
        ValueError: Lags too many, or a series that does not vary.

    Source:
        Ljung & Box (1978), Biometrika 65, eq. 1.2: n (n + 2) sum_k r_k^2 / (n - k), for independent numbers
        chi-squared with one degree a lag.
    """
    numbers = np.asarray(series, dtype=np.float64)
    numbers = numbers - numbers.mean()
    count, square = len(numbers), float(numbers @ numbers)
    if not 1 <= lags < count:
        raise ValueError(f"wanted from 1 to {count - 1} lags for {count} numbers; got {lags}")
    if square == 0:
        raise ValueError("a series that does not vary has no correlations")
    correlations = np.array([numbers[lag:] @ numbers[:-lag] for lag in range(1, lags + 1)]) / square
    statistic = count * (count + 2) * float((correlations**2 / (count - np.arange(1, lags + 1))).sum())
    return statistic, float(stats.chi2.sf(statistic, lags))
