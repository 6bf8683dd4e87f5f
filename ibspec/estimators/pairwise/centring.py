"""Rows centred and scaled in float64, whose inner products give distances: held, or made in portions."""

from typing import Any, final, no_type_check

import numpy as np
import torch

from ibspec.core.compiled import compiled
from ibspec.estimators.pairwise.lanes import fma, load, splat, total

Array = np.ndarray[Any, np.dtype[Any]]

HELD_BYTES = 2**26
"""A float64 copy no larger than this is made once. A larger one costs more to write to fresh memory than to
make again, a portion at a time, for each stripe of tiles."""

PORTION = 512
"""Units of a portion: 256 rows of it are a megabyte."""


@final
class Centred:
    """y = (row - mean) * factor of the rows in some order, padded with rows of 0.

    Attributes:
        halves: |y|^2 / 2 of each row.
        portion: Units that one call of `block` gives at most.
    """

    def __init__(self, rows: Array, order: Array, padded: int, factor: float) -> None:
        units = rows.shape[1]
        self._rows, self._order, self._factor, self._padded = rows, order, factor, padded
        self._mean = np.zeros(units)
        add_rows(rows, order, self._mean)
        self._mean /= len(order)
        self.halves = np.zeros(padded)
        held = padded * units * 8 <= HELD_BYTES
        self.portion = units if held else PORTION
        self._held = np.empty((padded, units)) if held else None
        step = padded if held else 256
        room = self._held if self._held is not None else np.empty((step, PORTION))
        for top in range(0, padded, step):
            for left in range(0, units, self.portion):
                width, height = min(self.portion, units - left), min(step, padded - top)
                block = room.reshape(-1)[: height * width].reshape(height, width)
                centre(rows, order, top, left, self._mean, factor, block)
                add_halves(block, self.halves[top : top + height])

    def block(self, top: int, bottom: int, left: int, right: int, room: Array) -> torch.Tensor:
        """Rows top...bottom, units left...right; in `room` unless they are held."""
        if self._held is not None:
            return torch.from_numpy(self._held[top:bottom])
        block = room[: (bottom - top) * (right - left)].reshape(bottom - top, right - left)
        centre(self._rows, self._order, top, left, self._mean, self._factor, block)
        return torch.from_numpy(block)


@compiled
@no_type_check
def add_rows(rows: Array, order: Array, sums: Array) -> None:
    """Add all rows of `order` to `sums`, unit by unit."""
    for index in order:
        row = rows[index]
        for k in range(len(sums)):
            sums[k] += row[k]


@compiled
@no_type_check
def centre(rows: Array, order: Array, top: int, left: int, mean: Array, factor: float, block: Array) -> None:
    """Fill a block with rows from `top` and units from `left` on, centred; 0 behind the last row."""
    height, width = block.shape
    means = mean[left : left + width]
    for i in range(height):
        into = block[i]
        if top + i < len(order):
            row = rows[order[top + i], left : left + width]
            for k in range(width):
                into[k] = (row[k] - means[k]) * factor
        else:
            into[:] = 0.0


@compiled
@no_type_check
def add_halves(block: Array, halves: Array) -> None:
    """Add half the squared norm of each row: eight sums side by side lose less than one running sum."""
    height, width = block.shape
    whole = width // 8 * 8
    for i in range(height):
        so_far = splat(0.0)
        for k in range(0, whole, 8):
            value = load(block, i * width + k)
            so_far = fma(value, value, so_far)
        squared = total(so_far)
        for k in range(whole, width):
            squared += block[i, k] * block[i, k]
        halves[i] += squared / 2.0
