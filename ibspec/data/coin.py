"""The entropy of a biased coin."""

import numpy as np
from jaxtyping import Float64
from scipy.special import entr

from ibspec.core import LN2


def coin_bits(p: Float64[np.ndarray, "..."]) -> Float64[np.ndarray, "..."]:
    """Return the entropy in bits of each coin that shows 1 with probability p; 0 log 0 = 0.

    Source:
        Cover & Thomas (2006), Elements of Information Theory, eq. 2.5.
    """
    return np.asarray((entr(p) + entr(1 - p)) / LN2)
