"""Kernel sums in plain torch: what a GPU computes, and what judges the compiled loops.

The time goes into memory traffic, not arithmetic, so no N x N matrix ever exists: one tile is filled,
exponentiated in place, summed and used again, and each pair of rows is visited once.
"""

from bisect import bisect_right
from itertools import accumulate
from typing import final

import torch
from jaxtyping import Float64, Shaped

from ibspec.estimators.pairwise.in_order import in_order
from ibspec.estimators.pairwise.inner_products import FLOOR, Trust

FEW_UNITS = 32
"""Up to this width direct differences cost little more than inner products."""

TILE_ROWS, TILE_COLUMNS = 256, 1024
"""On a processor: a tile fits the second cache."""

GPU_TILE = 4096
"""Rows and columns on a GPU: 128 MiB, enough work to hide that each operation is started one by one."""

Tile = Float64[torch.Tensor, "rows columns"]
Above = Float64[torch.Tensor, "rows units"]
Across = Float64[torch.Tensor, "columns units"]


def torch_sums(
    rows: Shaped[torch.Tensor, "samples units"], noise_variance: float, class_sizes: list[int]
) -> Float64[torch.Tensor, "4 samples"]:
    """Sum the kernels over all rows, and over each row's class, on the rows' device.

    Args:
        rows: Sorted by class: the first `class_sizes[0]` rows are of the first class, and so on.
        noise_variance: v, in squared units of the activity.
        class_sizes: Number of rows in each class, all positive.

    Returns:
        Wide and narrow kernels over all, then over the own class; see `pairwise.KernelSums`.
    """
    samples = rows.shape[0]
    on_processor = rows.device.type == "cpu"
    shape = (TILE_ROWS, TILE_COLUMNS) if on_processor else (GPU_TILE, GPU_TILE)
    exponents = _Exponents(rows, noise_variance)
    ends = list(accumulate(class_sizes))
    sums = torch.zeros((4, samples), dtype=torch.float64, device=rows.device)
    tops = range(0, samples, shape[0])

    def work(top: int) -> torch.Tensor:
        return _stripe(exponents, top, ends, shape)

    # Stripes are added in their order, so the number of threads does not change a bit of the result.
    for top, stripe in zip(tops, in_order(work, tops) if on_processor else map(work, tops), strict=True):
        sums[:, top:] += stripe
    return sums


def _stripe(
    exponents: "_Exponents", top: int, ends: list[int], shape: tuple[int, int]
) -> Float64[torch.Tensor, "4 columns"]:
    """Return what the rows of one stripe of tiles add to the sums of all rows from `top` on."""
    samples = len(exponents.half_norms)
    bottom = min(top + shape[0], samples)
    sums: torch.Tensor = exponents.half_norms.new_zeros((4, samples - top))
    buffer = exponents.half_norms.new_empty(min(shape[0] * shape[1], (bottom - top) * (samples - top)))
    spans = [(top, bottom)]
    spans += [(left, min(left + shape[1], samples)) for left in range(bottom, samples, shape[1])]
    for left, right in spans:
        tile = buffer[: (bottom - top) * (right - left)].view(bottom - top, right - left)
        exponents.fill(tile, top, left)
        if left == top:
            tile.fill_diagonal_(0.0)
        tile.clamp_(FLOOR, 0.0).exp_()
        _accumulate(tile, top, left, sums[0], sums[2], ends)
        tile.square_().square_()
        _accumulate(tile, top, left, sums[1], sums[3], ends)
    return sums


@final
class _Exponents:
    """Computes -|a - b|^2 / (8 v) for any block of pairs, to about 1e-9 absolute where it matters."""

    def __init__(self, rows: Shaped[torch.Tensor, "samples units"], noise_variance: float) -> None:
        self.variance, self.units = noise_variance, rows.shape[1]
        # One float64 copy, centred and scaled in place: a wide layer takes gigabytes.
        self.scaled = rows.to(torch.float64, copy=True)
        self.scaled -= self.scaled.mean(dim=0)
        self.scaled /= 2.0 * noise_variance**0.5
        # Summed in pairs, which loses less than a running sum, and a stripe at a time.
        stripes = torch.split(self.scaled, TILE_ROWS)
        self.half_norms = torch.cat([stripe.square().sum(dim=1) for stripe in stripes]) / 2.0
        # The only number that a GPU must report before all tiles can be queued.
        self.trust = Trust(8.0 * float(self.half_norms.max()), self.units)
        # Direct differences are taken of the rows as they came: near the mean of a cloud with a far
        # outlier, centring has already cost the digits that tell close rows apart.
        self.rows = rows[:0] if self.trust.is_near else rows

    def fill(self, tile: Tile, top: int, left: int) -> None:
        """Write the exponents of rows `top`... against rows `left`... into `tile`."""
        rows, columns = slice(top, top + tile.shape[0]), slice(left, left + tile.shape[1])
        if self.trust.is_far or (not self.trust.is_near and self.units <= FEW_UNITS):
            self._fill_directly(tile, self.rows[rows].double(), self.rows[columns].double())
            return
        torch.mm(self.scaled[rows], self.scaled[columns].T, out=tile)
        tile.sub_(self.half_norms[rows, None]).sub_(self.half_norms[None, columns])
        if not self.trust.is_near:
            self._refine(tile, self.rows[rows].double(), self.rows[columns].double())

    def _fill_directly(self, tile: Tile, above: Above, across: Across) -> None:
        distances = torch.cdist(above, across, compute_mode="donot_use_mm_for_euclid_dist")
        torch.square(distances.div_(self.variance**0.5), out=tile).div_(-8.0)

    def _refine(self, tile: Tile, above: Above, across: Across) -> None:
        """Recompute, by direct differences, the pairs that are close enough to count."""
        row, column = (tile > self.trust.bound).nonzero(as_tuple=True)  # a GPU waits here: their number
        if len(row) > tile.numel() // 8:
            self._fill_directly(tile, above, across)
            return
        # In portions no larger than the tile.
        step = max(1, tile.numel() // self.units)
        for start in range(0, len(row), step):
            i, j = row[start : start + step], column[start : start + step]
            differences = (above[i] - across[j]).div_(self.variance**0.5)
            tile[i, j] = differences.square_().sum(dim=1) / -8.0


def _accumulate(
    tile: Tile, top: int, left: int, total: torch.Tensor, own: torch.Tensor, ends: list[int]
) -> None:
    """Add a tile's row sums, and off the diagonal its column sums, to all rows and to each class.

    The tile holds the kernel of rows `top`... against rows `left`...; `total` and `own` begin with row
    `top`; `ends` says where each class ends among all rows.
    """
    bottom, right = top + tile.shape[0], left + tile.shape[1]
    mirrored = left != top
    total[: bottom - top] += tile.sum(dim=1)
    if mirrored:
        total[left - top : right - top] += tile.sum(dim=0)
    for index in range(bisect_right(ends, top), len(ends)):
        start, end = (ends[index - 1] if index else 0), ends[index]
        if start >= bottom:
            break
        up, down = max(start, top), min(end, bottom)
        west, east = max(start, left), min(end, right)
        if west >= east:
            continue
        block = tile[up - top : down - top, west - left : east - left]
        own[up - top : down - top] += block.sum(dim=1)
        if mirrored:
            own[west - top : east - top] += block.sum(dim=0)
