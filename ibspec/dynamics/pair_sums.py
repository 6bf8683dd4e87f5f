"""Sums over pairs of rows of a narrow layer, or of a tile of pairs, in compiled loops."""

import math
from typing import Any, no_type_check

import numpy as np

from ibspec.core.compiled import compiled_loosely

Array = np.ndarray[Any, np.dtype[np.float64]]

SUMS = 3
"""Of kernels, of kernels times product, and of kernels whose product is below 0."""


@compiled_loosely("reassoc", "contract")
@no_type_check
def add_all_pairs(rows: Array, speeds: Array, scale: float, sums: Array) -> None:
    """Add what all pairs of rows come to, each pair looked at once.

    Args:
        rows: (units, samples), so that neighbours in memory belong to the same unit.
        speeds: Their derivatives.
        scale: A wide kernel is exp(-distance^2 / scale); a narrow one is its fourth power.
        sums: (2, SUMS, samples): wide and narrow kernels, row by row, pairs of a row with itself left out.
    """
    units, samples = rows.shape
    distances, products = np.empty(samples), np.empty(samples)
    for i in range(samples - 1):
        rest = samples - 1 - i
        apart, moving = distances[:rest], products[:rest]
        apart[:], moving[:] = 0.0, 0.0
        for unit in range(units):
            a, da = rows[unit, i], speeds[unit, i]
            others, their = rows[unit, i + 1 :], speeds[unit, i + 1 :]
            for k in range(rest):
                difference = others[k] - a
                apart[k] += difference * difference
                moving[k] += difference * (their[k] - da)
        _add_row(apart, moving, scale, 0.0, i, i + 1, sums)


@compiled_loosely("reassoc", "contract")
@no_type_check
def add_tile(
    distances: Array, products: Array, scale: float, slack: float, top: int, left: int, sums: Array
) -> None:
    """Add what the pairs of a tile come to; in a tile on the diagonal, those right of it.

    Args:
        distances: Squared; used up.
        products: Of each pair.
        scale: As in `add_all_pairs`.
        slack: A product above minus this is not told from 0.
        top: First row of the tile.
        left: Its first column.
        sums: As in `add_all_pairs`.
    """
    for row in range(distances.shape[0]):
        skipped = row + 1 if top == left else 0
        apart, moving = distances[row, skipped:], products[row, skipped:]
        _add_row(apart, moving, scale, slack, top + row, left + skipped, sums)


@compiled_loosely("reassoc", "contract")
@no_type_check
def _add_row(
    distances: Array, products: Array, scale: float, slack: float, i: int, first: int, sums: Array
) -> None:
    """Add the pairs of row i with the rows from `first` on, to both rows' sums."""
    for k in range(len(distances)):
        distances[k] = math.exp(-distances[k] / scale)
    wide, wide_moved, wide_closer, narrow, narrow_moved, narrow_closer = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(len(distances)):
        j, product, kernel = first + k, products[k], distances[k]
        closer = 1.0 if product < -slack else 0.0
        moved, near = kernel * product, kernel * closer
        wide += kernel
        wide_moved += moved
        wide_closer += near
        sums[0, 0, j] += kernel
        sums[0, 1, j] += moved
        sums[0, 2, j] += near
        kernel = kernel * kernel
        kernel = kernel * kernel
        moved, near = kernel * product, kernel * closer
        narrow += kernel
        narrow_moved += moved
        narrow_closer += near
        sums[1, 0, j] += kernel
        sums[1, 1, j] += moved
        sums[1, 2, j] += near
    sums[0, 0, i] += wide
    sums[0, 1, i] += wide_moved
    sums[0, 2, i] += wide_closer
    sums[1, 0, i] += narrow
    sums[1, 1, i] += narrow_moved
    sums[1, 2, i] += narrow_closer
