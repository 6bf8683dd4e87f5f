"""The loss and its gradient."""

import math
from typing import Any

import numpy as np

from ibspec.core.compiled import compiled, compiled_loosely
from ibspec.training.kernels.functions import ZERO, exp

Array = np.ndarray[Any, Any]


@compiled_loosely("contract")
def answer(z: Array, y: Array, share: Any, work: Array, n: int) -> tuple[float, int]:
    """Put the gradient of the mean cross-entropy in the place of the logits `z`.

    Args:
        z: (classes, rows).
        y: (rows,).
        share: One over the rows of the step.
        work: Two rows of room.
        n: Rows that count.

    Returns:
        The sum of the cross-entropies in nats, and how often the largest logit is the right one.
    """
    classes = len(z)
    top, total = work[0], work[1]
    top[:] = z[0]
    for c in range(1, classes):
        for b in range(n):
            top[b] = top[b] if z[c, b] <= top[b] else z[c, b]
    loss, hits = 0.0, 0
    for b in range(n):
        own = z[y[b], b]
        loss += top[b] - own
        hits += own == top[b] and _is_first(z, y[b], b)
    total[:] = ZERO
    for c in range(classes):
        for b in range(n):
            z[c, b] = exp(z[c, b] - top[b])
            total[b] += z[c, b]
    # One logarithm for the product of 16 sums, each from 1 to the number of classes: far from overflow.
    for start in range(0, n, 16):
        product = 1.0
        for b in range(start, min(start + 16, n)):
            product *= total[b]
        loss += math.log(product)
    for b in range(n):
        total[b] = share / total[b]
    for c in range(classes):
        for b in range(n):
            z[c, b] *= total[b]
    for b in range(n):
        z[y[b], b] -= share
    return loss, hits


@compiled
def _is_first(z: Array, c: int, b: int) -> bool:
    """Say whether no class before `c` has as large a logit."""
    for before in range(c):  # noqa: SIM110 (loops compile, generators do not)
        if z[before, b] >= z[c, b]:
            return False
    return True
