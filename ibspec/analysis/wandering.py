"""How the weights of a net move from epoch to epoch: by drift, by diffusion, or not away at all."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ibspec.analysis.bootstrap import TAILS, Interval

Path = Float[np.ndarray, "moments parameters"]

BROWNIAN = (0.9, 1.1)
"""Exponents of the mean square displacement that deserve the name."""

DEPENDENT = 0.05
"""Chance below which steps are called dependent."""

BLOCK = 2**16
"""Parameters looked at together."""


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
    lags = default_lags(len(path)) if most is None else most
    ahead = before = product = 0.0
    dependent: list[Float[np.ndarray, " parameters"]] = []
    for columns in blocks(path):
        steps = np.diff(columns, axis=0)
        ahead += float((steps[1:] ** 2).sum())
        before += float((steps[:-1] ** 2).sum())
        product += float((steps[1:] * steps[:-1]).sum())
        moved = steps[:, (steps != steps[:1]).any(axis=0)]
        dependent.append(ljung_boxes(moved, min(lags, len(steps) - 2))[1] < DEPENDENT)
    found = np.concatenate(dependent)
    square = ahead**0.5 * before**0.5
    return Wandering(
        relative_step=float(relative_steps(path).mean()),
        exponent=displacement_exponent(path, rng, most=lags),
        dependent=float(found.mean()) if found.size else 0.0,
        lag_one=product / square if square > 0 else 0.0,
    )


def blocks(path: Path) -> Iterator[Path]:
    """Yield some parameters after the others in double precision: a net's whole path is large."""
    for start in range(0, path.shape[1], BLOCK):
        yield np.asarray(path[:, start : start + BLOCK], dtype=np.float64)


def default_lags(moments: int) -> int:
    """Return a quarter of a path: beyond, displacements overlap so much that few are independent."""
    return max(2, moments // 4)


def relative_steps(path: Path) -> Float[np.ndarray, " steps"]:
    """Return |theta(e+1) - theta(e)| / |theta(e)|; Euclidean, all parameters together."""
    steps, sizes = np.zeros(len(path) - 1), np.zeros(len(path) - 1)
    for columns in blocks(path):
        steps += (np.diff(columns, axis=0) ** 2).sum(axis=1)
        sizes += (columns[:-1] ** 2).sum(axis=1)
    relative: Float[np.ndarray, " steps"] = np.sqrt(steps) / np.sqrt(sizes)
    return relative


def displacements(path: Path, most: int) -> Float[np.ndarray, "starts lags"]:
    """Return |theta(e+lag) - theta(e)|^2 for lags 1 to `most`, for each e that has all of them ahead."""
    starts = len(path) - most
    if most < 2 or starts < 1:
        raise ValueError(f"a slope needs two lags or more within the path; got {most} of {len(path)} moments")
    found = np.zeros((starts, most))
    for columns in blocks(path):
        for lag in range(1, most + 1):
            found[:, lag - 1] += ((columns[lag : lag + starts] - columns[:starts]) ** 2).sum(axis=1)
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
    statistics, chances = ljung_boxes(np.asarray(series, dtype=np.float64)[:, None], lags)
    return float(statistics[0]), float(chances[0])


def ljung_boxes(
    series: Float[np.ndarray, "moments series"], lags: int
) -> tuple[Float[np.ndarray, " series"], Float[np.ndarray, " series"]]:
    """Return `ljung_box` of many series at once, a column each."""
    numbers = series - series.mean(axis=0)
    count, squares = len(numbers), (numbers**2).sum(axis=0)
    if not 1 <= lags < count:
        raise ValueError(f"wanted from 1 to {count - 1} lags for {count} numbers; got {lags}")
    if (squares == 0).any():
        raise ValueError("a series that does not vary has no correlations")
    total = np.zeros(len(squares))
    for lag in range(1, lags + 1):
        total += ((numbers[lag:] * numbers[:-lag]).sum(axis=0) / squares) ** 2 / (count - lag)
    statistics = count * (count + 2) * total
    return statistics, stats.chi2.sf(statistics, lags)
