"""What changing one thing, and nothing else, does."""

import numpy as np
from jaxtyping import Float

from ibspec.analysis.bootstrap import Interval, bootstrap_mean
from ibspec.core.errors import SampleSizeError, ShapeError


def dose_response(
    doses: Float[np.ndarray, " doses"],
    outcomes: Float[np.ndarray, "seeds doses"],
    rng: np.random.Generator,
    *,
    resamples: int = 10_000,
) -> Interval:
    """Return the slope of an outcome against log10 dose, mean over seeds, with the interval over seeds.

    An interval without 0 is an effect of the intervention. It says that the dose matters, not through what.

    Args:
        doses: Above zero: variances of the noise at one and the same mean, for instance.
        outcomes: Of the same seeds at each dose.
        rng: Draws seeds again.
        resamples: Drawn for the interval.

    Raises:
        ShapeError: Doses not above zero, all alike, or not one for each column.
        SampleSizeError: Fewer than two seeds.
    """
    amounts, table = np.asarray(doses, dtype=np.float64), np.asarray(outcomes, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] != len(amounts):
        raise ShapeError(f"an outcome a seed and dose is wanted; got {table.shape} for {len(amounts)} doses")
    if (amounts <= 0).any() or len(np.unique(amounts)) < 2:
        raise ShapeError(f"two different doses above zero are wanted; got {amounts.tolist()}")
    if len(table) < 2:
        raise SampleSizeError(
            f"an interval over seeds needs two or more; got {len(table)}. Train more (`training.replicas`)."
        )
    logs = np.log10(amounts)
    logs = logs - logs.mean()
    return bootstrap_mean(table @ logs / (logs @ logs), rng, resamples)
