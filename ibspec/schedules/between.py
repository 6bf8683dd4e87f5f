"""What is taken to lie between measured epochs: straight lines."""

import numpy as np
from jaxtyping import Float, Int


def interpolate(
    epochs: Int[np.ndarray, " measured"],
    values: Float[np.ndarray, "measured numbers"],
    at: Int[np.ndarray, " wanted"],
) -> Float[np.ndarray, "wanted numbers"]:
    """Return numbers at any epochs: measured ones as they are, others on the line between their neighbours.

    NaN before the first and after the last measured epoch, and beside a neighbour that has no finite number:
    nothing is known there.

    Args:
        epochs: Measured ones, rising.
        values: What was measured there, NaN where there is no number.
        at: Epochs wanted, in any order.
    """
    found = np.full((len(at), values.shape[1]), np.nan)
    if not len(epochs):
        return found
    inside = (at >= epochs[0]) & (at <= epochs[-1])
    above = np.searchsorted(epochs, at[inside])
    is_measured = epochs[above] == at[inside]
    below = np.where(is_measured, above, above - 1)
    spans = np.maximum(epochs[above] - epochs[below], 1)
    shares = ((at[inside] - epochs[below]) / spans)[:, None]
    finite = np.where(np.isfinite(values), values, np.nan)
    lines = (1 - shares) * finite[below] + shares * finite[above]
    found[inside] = np.where(is_measured[:, None], values[above], lines)
    return found
