"""Activations by number."""

from typing import Any

import numpy as np

from ibspec.core.compiled import compiled_loosely
from ibspec.training.kernels.functions import ONE, ZERO, exp, log1p, tanh

Array = np.ndarray[Any, Any]

TANH, RELU, LEAKY_RELU, SIGMOID, SOFTSIGN, SOFTPLUS, LINEAR = range(7)


@compiled_loosely("contract")
def activate(kind: int, leak: Any, z: Array, slope: Array, n: int) -> None:
    """Put the activity in the place of its argument `z`, and its derivative into `slope`, for `n` rows."""
    if kind == TANH:
        for b in range(n):
            h = tanh(z[b])
            slope[b] = ONE - h * h
            z[b] = h
    elif kind == RELU:
        for b in range(n):
            slope[b] = ONE if z[b] > ZERO else ZERO
            # NaN is not below, and goes through.
            z[b] = ZERO if z[b] < ZERO else z[b]
    elif kind == LEAKY_RELU:
        for b in range(n):
            slope[b] = ONE if z[b] > ZERO else leak
            z[b] = z[b] * slope[b]
    elif kind == SIGMOID:
        for b in range(n):
            e = exp(-abs(z[b]))
            h = (ONE if z[b] >= ZERO else e) / (ONE + e)
            slope[b] = h * (ONE - h)
            z[b] = h
    elif kind == SOFTSIGN:
        for b in range(n):
            d = ONE + abs(z[b])
            slope[b] = ONE / (d * d)
            z[b] = z[b] / d
    elif kind == SOFTPLUS:
        for b in range(n):
            e = exp(-abs(z[b]))
            slope[b] = (ONE if z[b] >= ZERO else e) / (ONE + e)
            z[b] = (ZERO if z[b] < ZERO else z[b]) + log1p(e)
    else:
        for b in range(n):
            slope[b] = ONE
