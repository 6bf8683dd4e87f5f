"""Showing that a difference is too small to matter, which is more than not finding one."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ibspec.core.errors import SampleSizeError

LEVEL = 0.05
"""Of each of the two tests, and so of the whole."""


@final
@dataclass(frozen=True)
class Equivalence:
    """A mean difference with its limits.

    Attributes:
        mean: Of the differences.
        low: Lower 95 % limit, one-sided.
        high: Upper 95 % limit, one-sided.
        margin: Within which a difference does not matter.
        members: Differences, one a seed for instance.
    """

    mean: float
    low: float
    high: float
    margin: float
    members: int

    @property
    def is_shown(self) -> bool:
        """Whether both limits lie within the margin."""
        return -self.margin < self.low and self.high < self.margin


def equivalence(differences: Float[np.ndarray, " members"], margin: float) -> Equivalence:
    """Test whether a mean difference lies within a margin, by two one-sided t-tests at 5 % each.

    Not shown is not the opposite: with few members nothing is shown.

    Args:
        differences: Independent, one a seed or a pair of seeds.
        margin: Above zero, in the unit of the differences.

    Raises:
        SampleSizeError: Fewer than two.

    Source:
        Schuirmann (1987), Journal of Pharmacokinetics and Biopharmaceutics 15, section 3.
    """
    numbers = np.asarray(differences, dtype=np.float64)
    if len(numbers) < 2:
        raise SampleSizeError(
            f"an equivalence test needs two seeds or more; got {len(numbers)}. "
            "Train more (`training.replicas`)."
        )
    half = float(stats.t.ppf(1 - LEVEL, len(numbers) - 1) * numbers.std(ddof=1) / math.sqrt(len(numbers)))
    mean = float(numbers.mean())
    return Equivalence(mean, mean - half, mean + half, margin, len(numbers))
