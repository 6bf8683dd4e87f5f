"""Kernel sums on a processor: compiled loops, and the library's matrix product for wide rows."""

import math
import threading
from typing import Any, Protocol, final

import numpy as np
import torch
from jaxtyping import Float64, Int64, Shaped

from ibspec.estimators.pairwise.centring import HELD_BYTES, PORTION, Centred
from ibspec.estimators.pairwise.differences import PANEL, add_differences, pack
from ibspec.estimators.pairwise.in_order import in_order
from ibspec.estimators.pairwise.inner_products import Trust
from ibspec.estimators.pairwise.kernels import SUMS, sum_by_differences, sum_tile
from ibspec.estimators.pairwise.repair import finish_products, repair

LN2 = math.log(2.0)

FEW_UNITS = 32
"""Up to this width differences take no longer than inner products, and need no care."""

TILE_ROWS, TILE_COLUMNS = 256, 1024
"""Of inner products: two megabytes. Rows are the stripes that threads share out, too."""

FEW_COLUMNS = 512
"""Of differences: four rows of exponents fill a third of a first cache."""

BAND_COLUMNS = 4096
"""Of inner products whose rows are centred anew for each tile: the wider, the less often."""

STEP = 128
"""Units that are subtracted before the next are packed."""

MANY = 8
"""Recomputing one pair in this many takes as long as all pairs of a tile together."""

Sums = Float64[np.ndarray, "4 groups"]


def compiled_sums(
    rows: Shaped[np.ndarray, "samples units"],
    noise_variance: float,
    order: Int64[np.ndarray, " groups"],
    weights: Float64[np.ndarray, " groups"],
    ends: Int64[np.ndarray, " groups"],
) -> Sums:
    """Sum the kernels over weighted rows.

    Args:
        rows: float32 or float64, finite.
        noise_variance: v, in squared units of the activity.
        order: Which rows, sorted by class.
        weights: How often each of these counts.
        ends: Where the class of each of these ends, in `order`.

    Returns:
        Wide and narrow kernels over all, then over the own class; see `pairwise.KernelSums`.
    """
    groups = len(order)
    padding = -groups % PANEL
    weights_, ends_ = (
        np.pad(weights, (0, padding)),
        np.pad(ends, (0, padding), constant_values=groups + padding),
    )
    is_narrow = rows.shape[1] <= FEW_UNITS
    work: _Work = (_Narrow if is_narrow else _Wide)(rows, noise_variance, order, weights_, ends_)
    sums = np.zeros((SUMS, groups + padding))
    tops = range(0, groups, TILE_ROWS)
    # Stripes are added in their order, so the number of threads does not change a bit of the result.
    for top, stripe in zip(tops, in_order(work.stripe, tops), strict=True):
        sums[:, top:] += stripe.reshape(SUMS, -1)
    own, other = sums[:2, :groups], sums[2:, :groups]
    own += weights  # a row's kernel with itself, and with those equal to it, is 1
    return np.concatenate([own + other, own])


def memory(samples: int, units: int) -> int:
    """Return the bytes that `compiled_sums` holds at most beside its float32 or float64 rows."""
    threads = torch.get_num_threads()
    copies = min(samples * units * 8, HELD_BYTES) if units > FEW_UNITS else samples * units * 8
    if units > FEW_UNITS:
        copies += samples * units * 8  # rows that do not lie together, where inner products do not do
    columns = min(BAND_COLUMNS, samples + PANEL)
    room = (TILE_ROWS * columns + (TILE_ROWS + columns) * min(units, PORTION)) * 8
    waiting = (2 * threads + 4) * SUMS * samples * 8
    return copies + threads * room + waiting + 10 * samples * 8


class _Work(Protocol):
    def stripe(self, top: int) -> Float64[np.ndarray, " sums"]:
        """Return what the pairs of rows `top`... and all behind each add to the sums of all from `top` on."""


@final
class _Narrow:
    """All pairs by differences."""

    def __init__(self, rows: Any, variance: float, order: Any, weights: Any, ends: Any) -> None:
        self.units, self.weights, self.ends = rows.shape[1], weights, ends
        self.scale = -1.0 / (8.0 * variance * LN2)
        self.panels = np.empty(len(weights) * self.units)
        pack(rows, order, 0, len(weights), 0, self.units, self.panels)

    def stripe(self, top: int) -> Float64[np.ndarray, " sums"]:
        size = len(self.weights)
        sums = np.zeros(SUMS * (size - top))
        bottom = min(top + TILE_ROWS, size)
        sum_by_differences(
            self.panels, self.units, self.scale, top, bottom, FEW_COLUMNS, self.weights, self.ends, sums
        )
        return sums


@final
class _Wide:
    """Inner products, and differences of the pairs for which they are not good enough."""

    def __init__(self, rows: Any, variance: float, order: Any, weights: Any, ends: Any) -> None:
        self.order, self.weights, self.ends = order, weights, ends
        self.units, size = rows.shape[1], len(weights)
        self.scale = -1.0 / (8.0 * variance * LN2)
        # Half the squared norm of a difference of these is minus the exponent of 2.
        self.centred = Centred(rows, order, size, (-2.0 * self.scale) ** 0.5)
        self.trust = Trust(8.0 * LN2 * float(self.centred.halves.max()), self.units)
        # Differences are taken of the rows as they came: near the mean of a cloud with a far outlier,
        # centring has already cost the digits that tell close rows apart.
        self.rows = rows[:0] if self.trust.is_near else np.ascontiguousarray(rows)
        is_held = self.centred.portion == self.units
        self.columns = TILE_COLUMNS if is_held else BAND_COLUMNS
        self.room = threading.local()

    def stripe(self, top: int) -> Float64[np.ndarray, " sums"]:
        size = len(self.weights)
        bottom = min(top + TILE_ROWS, size)
        sums = np.zeros(SUMS * (size - top))
        for left in range(top, size, self.columns):
            right = min(left + self.columns, size)
            tile = self._room("tile", (bottom - top) * (right - left))
            if self.trust.is_far or not self._multiply(tile, top, bottom, left, right):
                self._subtract(tile, top, bottom, left, right)
            sum_tile(tile, right - left, top, bottom, left, right, self.weights, self.ends, sums)
        return sums

    def _room(self, name: str, numbers: int) -> Float64[np.ndarray, " numbers"]:
        """Give this thread an array that it has used before: fresh memory costs more than arithmetic."""
        array = getattr(self.room, name, None)
        if array is None or len(array) < numbers:
            array = np.empty(numbers)
            setattr(self.room, name, array)
        return array[:numbers]

    def _multiply(self, tile: Any, top: int, bottom: int, left: int, right: int) -> bool:
        """Fill the tile with exponents by inner products; False if too many pairs are too close for them."""
        products = torch.from_numpy(tile).view(bottom - top, right - left)
        step = self.centred.portion
        for unit in range(0, self.units, step):
            last = min(unit + step, self.units)
            across = self.centred.block(left, right, unit, last, self._room("across", (right - left) * step))
            if left == top:
                above = across[: bottom - top]
            else:
                above = self.centred.block(
                    top, bottom, unit, last, self._room("above", (bottom - top) * step)
                )
            if unit == 0:
                torch.mm(above, across.T, out=products)
            else:
                products.addmm_(above, across.T)
        place, bound = (right - left, top, bottom, left, right), self.trust.bound / LN2
        close_pairs = finish_products(tile, *place, self.centred.halves, bound)
        if close_pairs > len(tile) // MANY:
            return False
        if close_pairs:
            repair(tile, *place, self.rows, self.order, self.scale, bound)
        return True

    def _subtract(self, tile: Any, top: int, bottom: int, left: int, right: int) -> None:
        """Fill the tile with exponents by differences."""
        height, width = bottom - top, right - left
        above, across = self._room("above", height * STEP), self._room("across", width * STEP)
        for unit in range(0, self.units, STEP):
            last = min(unit + STEP, self.units)
            pack(self.rows, self.order, top, bottom, unit, last, above)
            pack(self.rows, self.order, left, right, unit, last, across)
            add_differences(above, across, last - unit, self.scale, unit > 0, height, width, tile)
