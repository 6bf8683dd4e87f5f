"""One epoch of a small fully connected net."""

from typing import Any

import numpy as np

from ibspec.core.compiled import compiled
from ibspec.training.kernels.functions import ZERO
from ibspec.training.kernels.gathering import gather
from ibspec.training.kernels.layers import gradients
from ibspec.training.kernels.steps import step

Array = np.ndarray[Any, Any]

TILE = 256
"""Rows that go through the net together, so that their activities stay in cache: quicker than 64 or 128."""


@compiled
def train_epoch(
    order: Array,
    x: Array,
    y: Array,
    rows_per_step: int,
    widths: Array,
    kinds: Array,
    leaks: Array,
    rule_kind: int,
    rule: Array,
    rate: float,
    fall: float,
    weights: Array,
    memory: Array,
    steps: int,
    ends: Array,
    mean: Array,
    spread: Array,
) -> tuple[float, int]:
    """Train one replica for one epoch.

    Args:
        order: Rows of `x` and `y` in the order of this epoch.
        x: (samples, units).
        y: (samples,).
        rows_per_step: The last step takes what is left.
        widths: Units of the input and of every layer.
        kinds: Activation of every layer.
        leaks: Slope below zero of every layer whose activation is leaky.
        rule_kind: The optimiser.
        rule: Its constants, as `step` takes them.
        rate: Learning rate before the first step.
        fall: `decay` of the optimiser.
        weights: (parameters,), layer by layer, weights before biases; trained in place.
        memory: (2, parameters), moments of the gradients, moved along.
        steps: Steps done before.
        ends: (layers,), where each layer's parameters end.
        mean: (parameters,), becomes the mean gradient of the batches, where it is asked for; else empty.
        spread: (layers,), becomes the sum of their squared distances from it.

    Returns:
        The mean cross-entropy in nats over all rows, and how many answers were right.
    """
    real = weights.dtype.type
    tile = min(TILE, rows_per_step, len(order))
    h = np.empty((widths.sum(), tile), weights.dtype)
    slope, delta = np.empty_like(h), np.empty_like(h)
    work = np.empty((2, tile), weights.dtype)
    g = np.empty_like(weights)
    answers = np.empty(tile, np.int64)
    loss, right = 0.0, 0
    whole, batches = min(rows_per_step, len(order)), 0
    for start in range(0, len(order), rows_per_step):
        end = min(start + rows_per_step, len(order))
        share = real(1.0 / (end - start))
        g[:] = ZERO
        for first in range(start, end, tile):
            chosen = order[first : min(first + tile, end)]
            n = len(chosen)
            for b in range(n):
                answers[b] = y[chosen[b]]
                for i in range(widths[0]):
                    h[i, b] = x[chosen[b], i]
            tile_loss, hits = gradients(
                weights, g, widths, kinds, leaks, h, slope, delta, answers, n, share, work
            )
            loss += tile_loss
            right += hits
        if len(mean) and end - start == whole:
            batches += 1
            gather(g, ends, mean, spread, batches)
        step(rule_kind, rule, rate / (1.0 + fall * steps), steps + 1, weights, g, memory)
        steps += 1
    return loss / len(order), right
