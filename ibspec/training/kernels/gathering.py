"""Mean and spread of gradients that come one after the other."""

from typing import Any

import numpy as np

from ibspec.core.compiled import compiled_loosely

Array = np.ndarray[Any, Any]

BLOCK = 1024
"""Squares summed up in the precision of the mean, before they go into a sum in float64."""


@compiled_loosely("contract", "reassoc")
def gather(g: Array, ends: Array, mean: Array, spread: Array, count: int) -> None:
    """Take one gradient into the running mean, and into each layer's squared distances from it.

    Once through memory, where torch needs three times: for large nets that is what it costs.

    Args:
        g: (parameters,).
        ends: (layers,), where each layer's parameters end.
        mean: (parameters,), of the gradients before; moved along, in its own precision.
        spread: (layers,) in float64, moved along.
        count: Gradients with this one.

    Source:
        Welford (1962), Technometrics 4, 419.
    """
    share = mean.dtype.type(1.0 / count)
    start = 0
    for layer in range(len(ends)):
        total = 0.0
        for first in range(start, ends[layer], BLOCK):
            # Counting from 0, so that no index can be one from the end: else the loop goes number by number.
            new, old = (
                g[first : min(first + BLOCK, ends[layer])],
                mean[first : min(first + BLOCK, ends[layer])],
            )
            part = mean.dtype.type(0)
            for i in range(len(new)):
                distance = new[i] - old[i]
                old[i] += share * distance
                part += distance * distance
            total += part
        spread[layer] += (1.0 - 1.0 / count) * total
        start = ends[layer]
