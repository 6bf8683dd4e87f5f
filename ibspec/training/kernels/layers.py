"""Dense layers, forward and backward.

Arrays lie as (units, rows), so that every inner loop runs over rows side by side.
"""

from typing import Any

import numpy as np

from ibspec.core.compiled import compiled, compiled_loosely
from ibspec.training.kernels.activations import activate
from ibspec.training.kernels.cross_entropy import answer
from ibspec.training.kernels.functions import ZERO

Array = np.ndarray[Any, Any]


@compiled_loosely("contract")
def multiply(weights: Array, terms: Array, out: Array, n: int) -> None:
    """Add weights @ terms to `out`, for `n` rows; (units, k), (k, rows), (units, rows)."""
    units, count = weights.shape
    for o in range(units):
        row = out[o]
        # Four at a time: a sum is loaded and stored once for four products.
        for i in range(0, count - 3, 4):
            w0, w1, w2, w3 = weights[o, i], weights[o, i + 1], weights[o, i + 2], weights[o, i + 3]
            t0, t1, t2, t3 = terms[i], terms[i + 1], terms[i + 2], terms[i + 3]
            for b in range(n):
                row[b] = row[b] + w0 * t0[b] + w1 * t1[b] + w2 * t2[b] + w3 * t3[b]
        for i in range(count - count % 4, count):
            w0, t0 = weights[o, i], terms[i]
            for b in range(n):
                row[b] += w0 * t0[b]


@compiled_loosely("contract", "reassoc")
def correlate(delta: Array, terms: Array, out: Array, n: int) -> None:
    """Add delta @ terms.T to `out`, sums over `n` rows; (units, rows), (k, rows), (units, k)."""
    units, count = len(delta), len(terms)
    zero = out.dtype.type(0)
    for o in range(units):
        row = delta[o]
        for i in range(0, count - 3, 4):
            t0, t1, t2, t3 = terms[i], terms[i + 1], terms[i + 2], terms[i + 3]
            s0 = s1 = s2 = s3 = zero
            for b in range(n):
                s0 += t0[b] * row[b]
                s1 += t1[b] * row[b]
                s2 += t2[b] * row[b]
                s3 += t3[b] * row[b]
            out[o, i] += s0
            out[o, i + 1] += s1
            out[o, i + 2] += s2
            out[o, i + 3] += s3
        for i in range(count - count % 4, count):
            t0 = terms[i]
            s0 = zero
            for b in range(n):
                s0 += t0[b] * row[b]
            out[o, i] += s0


@compiled_loosely("contract", "reassoc")
def add_up(delta: Array, out: Array, n: int) -> None:
    """Add the sums over `n` rows to `out`; (units, rows), (units,)."""
    for o in range(len(delta)):
        row = delta[o]
        total = out.dtype.type(0)
        for b in range(n):
            total += row[b]
        out[o] += total


@compiled
def gradients(
    w: Array,
    g: Array,
    widths: Array,
    kinds: Array,
    leaks: Array,
    h: Array,
    slope: Array,
    delta: Array,
    y: Array,
    n: int,
    share: Any,
    work: Array,
) -> tuple[float, int]:
    """Add the gradients of one tile to `g`; `h` holds the tile's inputs in its first rows."""
    layers = len(widths) - 1
    start, below = 0, 0
    for layer in range(layers):
        units_in, units = widths[layer], widths[layer + 1]
        bias = start + units * units_in
        above = below + units_in
        out = h[above : above + units]
        for o in range(units):
            out[o] = w[bias + o]
        multiply(w[start:bias].reshape(units, units_in), h[below:above], out, n)
        if layer < layers - 1:
            for o in range(units):
                activate(kinds[layer], leaks[layer], out[o], slope[above + o], n)
        start, below = bias + units, above
    top = below
    loss, hits = answer(h[top : top + widths[layers]], y, share, work, n)
    # The logits have become their own gradient; it is handed down layer by layer.
    delta[top : top + widths[layers]] = h[top : top + widths[layers]]
    for layer in range(layers - 1, -1, -1):
        units_in, units = widths[layer], widths[layer + 1]
        start -= units * (units_in + 1)
        bias = start + units * units_in
        below = top - units_in
        weights, own = w[start:bias].reshape(units, units_in), delta[top : top + units]
        correlate(own, h[below:top], g[start:bias].reshape(units, units_in), n)
        add_up(own, g[bias : bias + units], n)
        if layer:
            handed = delta[below:top]
            handed[:] = ZERO
            multiply(weights.T, own, handed, n)
            for i in range(units_in):
                for b in range(n):
                    handed[i, b] *= slope[below + i, b]
        top = below
    return loss, hits
