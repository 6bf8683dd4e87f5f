"""Mean and spread of gradients that come one after the other."""

from typing import Any

import numpy as np

from ibspec.core.compiled import compiled_loosely

Array = np.ndarray[Any, Any]


@compiled_loosely("contract", "reassoc")
def gather(g: Array, ends: Array, mean: Array, spread: Array, count: int) -> None:
    """Take one gradient into the running mean, and into each layer's squared distances from it.

    Args:
        g: (parameters,).
        ends: (layers,), where each layer's parameters end.
        mean: (parameters,) in float64, of the gradients before; moved along.
        spread: (layers,) in float64, moved along.
        count: Gradients with this one.

    Source:
        Welford (1962), Technometrics 4, 419.
    """
    share = 1.0 / count
    start = 0
    for layer in range(len(ends)):
        total = 0.0
        for i in range(start, ends[layer]):
            distance = g[i] - mean[i]
            mean[i] += share * distance
            total += distance * distance
        spread[layer] += (1.0 - share) * total
        start = ends[layer]
