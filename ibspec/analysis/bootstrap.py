"""Intervals by drawing again from what was measured."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

TAILS = (0.025, 0.975)
"""Of a 95 % interval."""


@final
@dataclass(frozen=True)
class Interval:
    """A number and where it may lie, by the 2.5th and 97.5th percentile of what resampling gave."""

    value: float
    low: float
    high: float

    def is_within(self, low: float, high: float) -> bool:
        """Whether all of it lies between two numbers."""
        return low <= self.low and self.high <= high


def bootstrap_mean(
    values: Float[np.ndarray, " members"], rng: np.random.Generator, resamples: int = 10_000
) -> Interval:
    """Return the mean of independent members, seeds for instance, with its percentile interval.

    With few members it is too narrow: for twenty normal ones by 9 %, for ten by 18 %.

    Source:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    numbers = np.asarray(values, dtype=np.float64)
    chosen = rng.integers(0, len(numbers), size=(resamples, len(numbers)))
    low, high = np.quantile(numbers[chosen].mean(axis=1), TAILS)
    return Interval(float(numbers.mean()), float(low), float(high))


def bootstrap_median(
    values: Float[np.ndarray, " members"], rng: np.random.Generator, resamples: int = 10_000
) -> Interval:
    """Return the median of independent members with its percentile interval; for times, whose tails are long.

    Source:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    numbers = np.asarray(values, dtype=np.float64)
    chosen = rng.integers(0, len(numbers), size=(resamples, len(numbers)))
    low, high = np.quantile(np.median(numbers[chosen], axis=1), TAILS)
    return Interval(float(np.median(numbers)), float(low), float(high))
