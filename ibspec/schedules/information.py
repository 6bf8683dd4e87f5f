"""What distances between epochs are taken of."""

from collections.abc import Sequence

import numpy as np

from ibspec.core import Probe, SpecError
from ibspec.results import Measurement
from ibspec.schedules.adaptive import Adaptive
from ibspec.schedules.distance import Information

Scale = tuple[float, float]
"""Divisors of I(X;T) and of I(T;Y), in bits."""


def scale_of(schedule: Adaptive, probe: Probe) -> Scale:
    """Return what differences are divided by: 1, or H(X) and H(Y) of the probe.

    Raises:
        SpecError: They are to be divided by an entropy that is 0.
    """
    if not schedule.normalised:
        return 1.0, 1.0
    if probe.h_x == 0 or probe.h_y == 0:
        which, what = ("H(X)", "inputs") if probe.h_x == 0 else ("H(Y)", "labels")
        raise SpecError(
            f"measure.when.normalised: distances are divided by {which} of the probe, which is 0 as all "
            f"its {what} are the same. Take another probe, or write false"
        )
    return probe.h_x, 1.0 if probe.h_y is None else probe.h_y


def information_of(rows: Sequence[Measurement], scale: Scale) -> Information:
    """Return I(X;T) and I(T;Y) of one epoch, by layer and estimator, in shares of the scale."""
    ordered = sorted(rows, key=lambda row: (row.depth, row.estimator))
    values = [value for row in ordered for value in (row.i_xt, row.i_ty)]
    numbers = np.array(values, dtype=np.float64)  # None becomes NaN
    return np.asarray(numbers / np.tile(scale, len(ordered)))
