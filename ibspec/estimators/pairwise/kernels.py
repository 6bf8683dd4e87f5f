"""The kernels of a tile of exponents, and their sums over rows, columns and classes, in one pass.

Rows come in blocks of four. Exponents are those of 2. Arrays are contiguous and counted flat.
"""

from typing import Any, no_type_check

import numpy as np

from ibspec.core.compiled import compiled
from ibspec.estimators.pairwise.differences import BLOCK, PANEL, difference_block
from ibspec.estimators.pairwise.exponential import exp2
from ibspec.estimators.pairwise.inner_products import FLOOR
from ibspec.estimators.pairwise.lanes import clamp, fma, load, splat, store, total, without_first

Array = np.ndarray[Any, np.dtype[Any]]

LOWEST = FLOOR / np.log(2.0)

SUMS = 4
"""Own class: wide, narrow kernels; other classes: wide, narrow."""

OTHER, ROOM = 2 * BLOCK * 8, 4 * BLOCK * 8
"""Lanes of the sums of four rows: those of other classes come behind those of their own."""


@compiled
@no_type_check
def sum_block(
    tile: Array,
    start: int,
    width: int,
    left: int,
    right: int,
    i: int,
    weights: Array,
    ends: Array,
    sums: Array,
    top: int,
    rows: Array,
) -> None:
    """Add the kernels of four rows i... and the columns left...right behind each to the sums of both.

    The exponent of row i + r and column j lies in `tile` at start + r * width + j - left. `sums` holds four
    sums (see SUMS) of each row from `top` on. `ends[i]` is where row i's class ends. `rows` is room for ROOM.
    """
    length = len(sums) // SUMS
    rows[:] = 0.0
    base = start - left
    j = left
    if i >= left:  # on the diagonal: these lanes hold rows before row i, and row i itself
        j = i // 8 * 8
        _sum_mixed(tile, base, width, j, i, weights, ends, sums, top, rows)
        j += 8
    one_class = min(max(ends[i] // 8 * 8, j), right)
    _sum_plain(tile, base, width, j, one_class, i, weights, sums, -top, rows, 0)
    j = one_class
    while j < right and j < ends[i + BLOCK - 1]:
        _sum_mixed(tile, base, width, j, i, weights, ends, sums, top, rows)
        j += 8
    _sum_plain(tile, base, width, j, right, i, weights, sums, 2 * length - top, rows, OTHER)
    for r in range(BLOCK):
        at = i + r - top
        sums[at] += total(load(rows, 8 * r))
        sums[length + at] += total(load(rows, 8 * (BLOCK + r)))
        sums[2 * length + at] += total(load(rows, OTHER + 8 * r))
        sums[3 * length + at] += total(load(rows, OTHER + 8 * (BLOCK + r)))


@compiled
@no_type_check
def _sum_plain(
    tile: Array,
    base: int,
    width: int,
    left: int,
    right: int,
    i: int,
    weights: Array,
    sums: Array,
    shift: int,
    rows: Array,
    own: int,
) -> None:
    """Columns that are all of the rows' class, or all of others: eight at a time for four rows."""
    length = len(sums) // SUMS
    floor, zero = splat(LOWEST), splat(0.0)
    u0, u1, u2, u3 = splat(weights[i]), splat(weights[i + 1]), splat(weights[i + 2]), splat(weights[i + 3])
    a0, a1, a2, a3 = load(rows, own), load(rows, own + 8), load(rows, own + 16), load(rows, own + 24)
    b0, b1, b2, b3 = load(rows, own + 32), load(rows, own + 40), load(rows, own + 48), load(rows, own + 56)
    for j in range(left, right, 8):
        w, at = load(weights, j), base + j
        k = exp2(clamp(load(tile, at), floor, zero))
        q = _fourth(k)
        a0, b0 = fma(k, w, a0), fma(q, w, b0)
        wide, narrow = fma(k, u0, load(sums, shift + j)), fma(q, u0, load(sums, shift + length + j))
        k = exp2(clamp(load(tile, at + width), floor, zero))
        q = _fourth(k)
        a1, b1 = fma(k, w, a1), fma(q, w, b1)
        wide, narrow = fma(k, u1, wide), fma(q, u1, narrow)
        k = exp2(clamp(load(tile, at + 2 * width), floor, zero))
        q = _fourth(k)
        a2, b2 = fma(k, w, a2), fma(q, w, b2)
        wide, narrow = fma(k, u2, wide), fma(q, u2, narrow)
        k = exp2(clamp(load(tile, at + 3 * width), floor, zero))
        q = _fourth(k)
        a3, b3 = fma(k, w, a3), fma(q, w, b3)
        store(sums, shift + j, fma(k, u3, wide))
        store(sums, shift + length + j, fma(q, u3, narrow))
    store(rows, own, a0)
    store(rows, own + 8, a1)
    store(rows, own + 16, a2)
    store(rows, own + 24, a3)
    store(rows, own + 32, b0)
    store(rows, own + 40, b1)
    store(rows, own + 48, b2)
    store(rows, own + 56, b3)


@compiled
@no_type_check
def _fourth(k: Any) -> Any:
    square = k * k
    return square * square


@compiled
@no_type_check
def _sum_mixed(
    tile: Array,
    base: int,
    width: int,
    j: int,
    i: int,
    weights: Array,
    ends: Array,
    sums: Array,
    top: int,
    rows: Array,
) -> None:
    """Eight columns of which some may be of the rows' class, some not, and some not behind the row."""
    length = len(sums) // SUMS
    w = load(weights, j)
    for r in range(BLOCK):
        u = splat(weights[i + r])
        k = exp2(clamp(load(tile, base + r * width + j), splat(LOWEST), splat(0.0)))
        k = without_first(k, i + r + 1 - j)
        k_other = without_first(k, ends[i + r] - j)
        k_own = k - k_other  # exact: one of the two is 0
        _add_eight(k_own, w, u, rows, 8 * r, sums, j - top, length)
        _add_eight(k_other, w, u, rows, OTHER + 8 * r, sums, 2 * length + j - top, length)


@compiled
@no_type_check
def _add_eight(k: Any, w: Any, u: Any, rows: Array, r: int, sums: Array, at: int, length: int) -> None:
    q = _fourth(k)
    store(rows, r, fma(k, w, load(rows, r)))
    store(rows, 8 * BLOCK + r, fma(q, w, load(rows, 8 * BLOCK + r)))
    store(sums, at, fma(k, u, load(sums, at)))
    store(sums, at + length, fma(q, u, load(sums, at + length)))


@compiled
@no_type_check
def sum_tile(
    tile: Array,
    width: int,
    top: int,
    bottom: int,
    left: int,
    right: int,
    weights: Array,
    ends: Array,
    sums: Array,
) -> None:
    """Add a tile, rows top...bottom against columns left...right of all pairs, to the sums from `top` on."""
    rows = np.empty(ROOM)
    for i in range(top, min(bottom, right), BLOCK):
        sum_block(tile, (i - top) * width, width, left, right, i, weights, ends, sums, top, rows)


@compiled
@no_type_check
def sum_by_differences(
    panels: Array,
    units: int,
    scale: float,
    top: int,
    bottom: int,
    columns: int,
    weights: Array,
    ends: Array,
    sums: Array,
) -> None:
    """Sum the kernels of rows top...bottom with all rows behind each, few units wide.

    `columns` at a time: four rows of exponents stay in the first cache, the panels in the second.
    """
    tile, rows = np.empty(BLOCK * columns), np.empty(ROOM)
    for left in range(top // PANEL * PANEL, len(weights), columns):
        right = min(left + columns, len(weights))
        for i in range(top, min(bottom, right), BLOCK):
            start = max(left, i // PANEL * PANEL)
            difference_block(
                panels, i, panels, start // PANEL, right // PANEL, units, scale, False, tile, 0, columns
            )
            sum_block(tile, 0, columns, start, right, i, weights, ends, sums, top, rows)
