"""How fast a curve rises with the logarithm of time, whatever a few odd points say."""

import numpy as np
from jaxtyping import Float

from ibspec.analysis.blocks import draw_blocks
from ibspec.analysis.bootstrap import TAILS, Interval
from ibspec.analysis.smoothing import Curve, checked
from ibspec.core.errors import SampleSizeError, ShapeError

LEAST = 3
"""Points in a slope: two would be their own line, without an error."""


def log_slope(curve: Curve, epochs: Curve, rng: np.random.Generator, *, resamples: int = 400) -> Interval:
    """Return the slope against log10 epoch: the median of all slopes between two points, by Theil and Sen.

    The interval draws residuals in blocks of about sqrt(n) neighbours, which may be alike. It takes
    n^2 `resamples` / 2 slopes.

    Args:
        curve: A number a measured epoch.
        epochs: Rising and above zero: epoch 0 has no logarithm.
        rng: Draws the blocks.
        resamples: Drawn for the interval.

    Returns:
        Units of the curve a factor of ten in time.

    Raises:
        ShapeError: A curve and epochs that do not fit, or an epoch 0.
        SampleSizeError: Fewer than three points.

    Source:
        Sen (1968), Journal of the American Statistical Association 63, section 1.
    """
    numbers, times = checked(curve, epochs)
    x = log_times(times)
    if len(x) < LEAST:
        raise SampleSizeError(f"a slope with an interval needs {LEAST} measured epochs; got {len(x)}")
    low, high = np.triu_indices(len(x), k=1)
    gaps = x[high] - x[low]
    value = float(np.median((numbers[high] - numbers[low]) / gaps))
    residuals = numbers - value * x
    residuals = residuals - np.median(residuals)
    drawn = np.empty(resamples)
    for draw, places in enumerate(draw_blocks(len(x), resamples, rng)):
        again = residuals[places]
        drawn[draw] = value + np.median((again[high] - again[low]) / gaps)
    below, above = np.quantile(drawn, TAILS)
    return Interval(value, float(below), float(above))


def log_times(times: Curve) -> Float[np.ndarray, " epochs"]:
    """Return log10 of times.

    Raises:
        ShapeError: A time is not above zero.
    """
    if (times <= 0).any():
        raise ShapeError(
            f"log time needs times above zero; got {float(times.min()):g}. Leave out epoch 0 or count from 1."
        )
    logs: Float[np.ndarray, " epochs"] = np.log10(times)
    return logs
