"""Inner products turned into exponents, and those recomputed that are not good enough."""

from typing import Any, no_type_check

import numpy as np

from ibspec.core.compiled import compiled
from ibspec.estimators.pairwise.lanes import above, fma, load, splat, store, total

Array = np.ndarray[Any, np.dtype[Any]]


@compiled
@no_type_check
def finish_products(
    tile: Array, width: int, top: int, bottom: int, left: int, right: int, halves: Array, bound: float
) -> int:
    """Turn inner products into exponents, and return how many of those behind each row are above `bound`."""
    close_pairs = 0
    for i in range(top, bottom):
        at = (i - top) * width - left
        half = splat(halves[i])
        for j in range(max(left, i // 8 * 8), right, 8):
            exponents = load(tile, at + j) - half - load(halves, j)
            store(tile, at + j, exponents)
            close = above(exponents, bound)
            while close != 0:
                close &= close - 1  # takes off the lowest bit
                close_pairs += 1
    return close_pairs


@compiled
@no_type_check
def repair(
    tile: Array,
    width: int,
    top: int,
    bottom: int,
    left: int,
    right: int,
    rows: Array,
    order: Array,
    scale: float,
    bound: float,
) -> None:
    """Recompute the exponents above `bound` from the rows themselves."""
    for i in range(top, min(bottom, len(order))):
        at = (i - top) * width - left
        for j in range(max(left, i // 8 * 8), right, 8):
            close = above(load(tile, at + j), bound)
            if close != 0:
                for lane in range(8):
                    if (close >> lane) & 1 and i < j + lane < len(order):
                        a, b = order[i] * rows.shape[1], order[j + lane] * rows.shape[1]
                        tile[at + j + lane] = scale * _squared_distance(rows, a, b)


@compiled
@no_type_check
def _squared_distance(rows: Array, a: int, b: int) -> float:
    """|rows at a - rows at b|^2, `a` and `b` counted flat; `rows` may be float32."""
    units = rows.shape[1]
    whole = units // 8 * 8
    so_far = splat(0.0)
    for k in range(0, whole, 8):
        difference = load(rows, a + k) - load(rows, b + k)
        so_far = fma(difference, difference, so_far)
    squared = total(so_far)
    flat = rows.reshape(-1)
    for k in range(whole, units):
        rest = np.float64(flat[a + k]) - np.float64(flat[b + k])
        squared += rest * rest
    return squared
