"""Squared distances by subtracting, for four rows and sixteen columns at once.

What is in hand fits the registers. Rows lie in panels: a panel holds sixteen rows unit by unit, element
(k, r) of panel p at ((p * units + k) * 16 + r). Arrays are contiguous and counted flat.
"""

from typing import Any, no_type_check

import numpy as np

from ibspec.core.compiled import compiled
from ibspec.estimators.pairwise.lanes import fma, load, splat, store

Array = np.ndarray[Any, np.dtype[Any]]

BLOCK, PANEL = 4, 16


@compiled
@no_type_check
def pack(rows: Array, order: Array, start: int, stop: int, left: int, right: int, panels: Array) -> None:
    """Write units `left`... of the rows order[start:stop] into panels, as float64, the last padded with 0."""
    units = right - left
    for first in range(start, stop, PANEL):
        base = (first - start) * units
        for r in range(PANEL):
            if first + r < min(stop, len(order)):
                row = rows[order[first + r]]
                for k in range(units):
                    panels[base + k * PANEL + r] = row[left + k]
            else:
                for k in range(units):
                    panels[base + k * PANEL + r] = 0.0


@compiled
@no_type_check
def difference_block(
    above_: Array,
    i: int,
    across: Array,
    first: int,
    last: int,
    units: int,
    scale: float,
    add: bool,
    tile: Array,
    start: int,
    width: int,
) -> None:
    """Write `scale` |a - b|^2 for four rows a, from the i-th of `above_` on, and b in panels of `across`.

    To `tile` from `start` on, whose rows are `width` apart; `add`ed to what is there, for more units.
    """
    row = (i // PANEL) * units * PANEL + i % PANEL
    factor = splat(scale)
    for panel in range(first, last):
        column = panel * units * PANEL
        a0 = a1 = b0 = b1 = c0 = c1 = d0 = d1 = splat(0.0)
        for k in range(0, units * PANEL, PANEL):
            left, right = load(across, column + k), load(across, column + k + 8)
            x = splat(above_[row + k])
            a0, a1 = _add_square(x - left, a0), _add_square(x - right, a1)
            x = splat(above_[row + k + 1])
            b0, b1 = _add_square(x - left, b0), _add_square(x - right, b1)
            x = splat(above_[row + k + 2])
            c0, c1 = _add_square(x - left, c0), _add_square(x - right, c1)
            x = splat(above_[row + k + 3])
            d0, d1 = _add_square(x - left, d0), _add_square(x - right, d1)
        to = start + (panel - first) * PANEL
        _put(tile, to, a0, factor, add)
        _put(tile, to + 8, a1, factor, add)
        _put(tile, to + width, b0, factor, add)
        _put(tile, to + width + 8, b1, factor, add)
        _put(tile, to + 2 * width, c0, factor, add)
        _put(tile, to + 2 * width + 8, c1, factor, add)
        _put(tile, to + 3 * width, d0, factor, add)
        _put(tile, to + 3 * width + 8, d1, factor, add)


@compiled
@no_type_check
def _add_square(difference: Any, so_far: Any) -> Any:
    return fma(difference, difference, so_far)


@compiled
@no_type_check
def _put(tile: Array, to: int, value: Any, factor: Any, add: bool) -> None:
    if add:
        store(tile, to, fma(value, factor, load(tile, to)))
    else:
        store(tile, to, value * factor)


@compiled
@no_type_check
def add_differences(
    above_: Array, across: Array, units: int, scale: float, add: bool, height: int, width: int, tile: Array
) -> None:
    """Write (or add) the exponents of some units for a whole tile, rows against columns, both in panels."""
    for first in range(0, width // PANEL, 8):
        last = min(first + 8, width // PANEL)
        for i in range(0, height, BLOCK):
            at = i * width + first * PANEL
            difference_block(above_, i, across, first, last, units, scale, add, tile, at, width)
