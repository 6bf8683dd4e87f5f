"""Two groups of numbers: how often one member of the first exceeds one of the second."""

from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float
from scipy import stats

from ibspec.analysis.bootstrap import TAILS, Interval

Group = Float[np.ndarray, " members"]


@final
@dataclass(frozen=True)
class Comparison:
    """One group against another.

    Attributes:
        delta: Cliff's delta: P(first > second) - P(first < second); 1 where all of the first lie above.
        chance: Of the Mann-Whitney test, two-sided.
    """

    delta: Interval
    chance: float

    @property
    def auc(self) -> Interval:
        """Area under the receiver operating curve: P(first > second) + P(equal) / 2."""
        return Interval(*((1 + number) / 2 for number in (self.delta.value, self.delta.low, self.delta.high)))


def compare_groups(
    first: Group, second: Group, rng: np.random.Generator, *, resamples: int = 2000
) -> Comparison:
    """Compare two independent groups by rank.

    Args:
        first: One number a seed.
        second: Likewise; the groups may differ in size.
        rng: Draws members of each group again, for the interval.
        resamples: Drawn for the interval.

    Source:
        Cliff (1993), Psychological Bulletin 114, eq. 1; Mann & Whitney (1947).
    """
    one, other = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    signs = np.sign(one[:, None] - other[None, :])
    # Drawing a member again is counting it again: no pair is compared twice.
    rows = rng.multinomial(len(one), np.full(len(one), 1 / len(one)), size=resamples)
    columns = rng.multinomial(len(other), np.full(len(other), 1 / len(other)), size=resamples)
    drawn = ((rows @ signs) * columns).sum(axis=1) / signs.size
    low, high = np.quantile(drawn, TAILS)
    delta = Interval(float(signs.mean()), float(low), float(high))
    return Comparison(delta, float(stats.mannwhitneyu(one, other).pvalue))
