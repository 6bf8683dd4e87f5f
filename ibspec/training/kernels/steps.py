"""Optimisers by number."""

import math
from typing import Any

import numpy as np

from ibspec.core.compiled import compiled

Array = np.ndarray[Any, Any]

SGD, ADAM, ADADELTA = range(3)


@compiled
def step(kind: int, rule: Array, rate: float, t: int, w: Array, g: Array, memory: Array) -> None:
    """Move the weights by torch's rule; `rule` holds weight decay and the optimiser's own constants."""
    real = w.dtype.type
    speed, decay = real(rate), real(rule[0])
    for i in range(len(w)):
        g[i] += decay * w[i]
    first, second = memory[0], memory[1]
    if kind == SGD:
        momentum, is_nesterov = real(rule[1]), rule[2] > 0
        for i in range(len(w)):
            first[i] = momentum * first[i] + g[i]
            w[i] -= speed * (g[i] + momentum * first[i] if is_nesterov else first[i])
    elif kind == ADAM:
        keep, keep2, eps = real(rule[1]), real(rule[2]), real(rule[3])
        take, take2 = real(1.0 - rule[1]), real(1.0 - rule[2])
        speed = real(rate / (1.0 - rule[1] ** t))
        root = real(math.sqrt(1.0 - rule[2] ** t))
        for i in range(len(w)):
            first[i] = keep * first[i] + take * g[i]
            second[i] = keep2 * second[i] + take2 * g[i] * g[i]
            w[i] -= speed * first[i] / (np.sqrt(second[i]) / root + eps)
    else:
        keep, take, eps = real(rule[1]), real(1.0 - rule[1]), real(rule[2])
        for i in range(len(w)):
            first[i] = keep * first[i] + take * g[i] * g[i]
            change = np.sqrt(second[i] + eps) / np.sqrt(first[i] + eps) * g[i]
            second[i] = keep * second[i] + take * change * change
            w[i] -= speed * change
