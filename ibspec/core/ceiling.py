"""When a number says how large the probe is, and nothing about the layer."""

from typing import Any, Final

import numpy as np
from jaxtyping import Bool, Float

SATURATED_BITS: Final = 0.01
"""Of the most that the probe allows: nearer, an estimate is saturated."""


def ceiling(h_x: float | None, samples: Any) -> Any:
    """Return the most bits that I(X;T) of the probe can have: H(X) of its rows, each as likely as another.

    That is log2 N where all N inputs differ, and less where some are equal: T is a function of X, so equal
    inputs cannot be told apart. Where H(X) is unknown it is taken as log2 N.

    Args:
        h_x: H(X) of the probe in bits, or None.
        samples: N, a number or one a measurement.
    """
    return np.log2(samples) if h_x is None else h_x


def is_saturated(i_xt: Float[np.ndarray, "..."], most: Any) -> Bool[np.ndarray, "..."]:
    """Say of each I(X;T) in bits whether it is at the ceiling: at most 0.01 bits below it, or above.

    The headline is judged, since it is what a plane draws. An estimator with bounds may say more: `kde` warns
    of saturation only where its lower bound is there too. NaN is not saturated, and nothing is where the
    probe has no more than 0.01 bits.

    Args:
        i_xt: Headlines.
        most: What `ceiling` returns.

    Source:
        candidate-8240R-2019 Figs. 6-7, where layers stand at log2 N.
    """
    most = np.asarray(most, dtype=np.float64)
    return np.asarray((most > SATURATED_BITS) & (most - i_xt <= SATURATED_BITS))
