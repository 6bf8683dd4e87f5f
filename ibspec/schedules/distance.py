"""How far apart two measured epochs are."""

import numpy as np
from jaxtyping import Float

Information = Float[np.ndarray, " numbers"]
"""I(X;T) and I(T;Y) of every layer by every estimator at one epoch, always in the same order, NaN where there
is none; in bits, or in shares of H(X) and H(Y)."""


def distance(one: Information, other: Information) -> float:
    """Return the largest |difference|: a metric. Infinite where a number is there in only one of the two.

    Source:
        grabauskas-2019 equations 3.8 and 3.9, with the absolute values that they lack (claim
        `skip.distance-abs`).
    """
    missing = np.isnan(one)
    if not np.array_equal(missing, np.isnan(other)):
        return float("inf")
    differs = ~missing & (one != other)  # the same infinity twice is no difference, though inf - inf is NaN
    return float(np.abs(one[differs] - other[differs]).max(initial=0.0))
