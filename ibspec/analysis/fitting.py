"""When a layer has learnt about the label what it will know in the end."""

from dataclasses import dataclass
from typing import Final, final

import numpy as np

from ibspec.analysis.compression import exceeds
from ibspec.analysis.smoothing import Curve, smooth

SHARE: Final = 0.9
"""Of the final rise; at its end the fitting phase is over."""


@final
@dataclass(frozen=True)
class Fitting:
    """The fitting phase of a layer.

    Attributes:
        rise: Of smoothed I(T;Y) from its first value to its last, in bits.
        standard_error: Of the rise, in bits.
        end: First epoch at which nine tenths of the rise are reached; None where there is no rise above five
            standard errors, as in a layer that knows the label from the start.
    """

    rise: float
    standard_error: float
    end: float | None


def end_of_fitting(curve: Curve, epochs: Curve) -> Fitting:
    """Find the first epoch at which smoothed I(T;Y) has made 90 % of its final rise.

    The first smoothed value is the mean of the first nine: where most of the rise happens within them, the
    schedule is too sparse for it, and the end found is the earliest that can be told.

    Args:
        curve: I(T;Y) in bits, a number a measured epoch.
        epochs: Measured epochs, rising.

    Raises:
        ShapeError: A curve and epochs that do not fit.
        SampleSizeError: Fewer than ten measured epochs.
    """
    smoothed = smooth(curve, epochs)
    first, last = float(smoothed.values[0]), float(smoothed.values[-1])
    rise = last - first
    end = None
    if exceeds(rise, smoothed.standard_error):
        reached = np.flatnonzero(smoothed.values >= first + SHARE * rise)
        end = float(smoothed.epochs[reached[0]])
    return Fitting(rise=rise, standard_error=smoothed.standard_error, end=end)
