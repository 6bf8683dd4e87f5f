"""Means over replicas with what is known of them: a bootstrap interval of the mean, and the spread."""

from typing import Final

import numpy as np
import pandas as pd
from jaxtyping import Float

from ibspec.analysis.bootstrap import TAILS

RESAMPLES: Final = 2_000
"""Draws: the ends of an interval then stand still to about a twentieth of its width, finer than a line."""

SPAGHETTI: Final = 8
"""More single replicas than this are drawn as a band: their lines could no longer be told apart."""


def mean_intervals(
    values: Float[np.ndarray, "replicas columns"],
) -> tuple[Float[np.ndarray, " columns"], Float[np.ndarray, " columns"]]:
    """Return the ends of a 95 % percentile interval of the mean of each column; NaN with fewer than two.

    All columns share the draws, so that curves through them are smooth; a missing number is left out of the
    means in which it was drawn. The same table always gives the same interval.

    Source:
        Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 13.
    """
    known = np.isfinite(values)
    rng = np.random.default_rng(len(values))
    chosen = rng.integers(0, max(1, len(values)), size=(RESAMPLES, len(values)))
    counts = np.zeros((RESAMPLES, len(values)))
    np.add.at(counts, (np.arange(RESAMPLES)[:, None], chosen), 1.0)
    weights = counts @ known
    with np.errstate(invalid="ignore", divide="ignore"):
        means = counts @ np.where(known, values, 0.0) / weights
    low, high = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    several = known.sum(axis=0) > 1
    if several.any():
        low[several], high[several] = np.nanquantile(means[:, several], TAILS, axis=0)
    return low, high


def spread_of(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Summarise the replicas of one layer at each epoch.

    Returns:
        Index `epoch`; columns `mean`, `low` and `high` (95 % interval of the mean; NaN for one replica),
        `least` and `most` (all replicas).
    """
    wide = rows.pivot_table(index="replica", columns="epoch", values=column)
    numbers = wide.to_numpy(dtype=np.float64)
    low, high = mean_intervals(numbers)
    found = {"mean": wide.mean(), "low": low, "high": high, "least": wide.min(), "most": wide.max()}
    return pd.DataFrame(found, index=wide.columns)
