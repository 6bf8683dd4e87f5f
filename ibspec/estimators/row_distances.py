"""Distances between all pairs of rows, of layers that may have tens of thousands of units."""

import math
from collections.abc import Callable, Iterator
from typing import Final

import torch
from jaxtyping import Bool, Float, Shaped

Square = Float[torch.Tensor, "samples samples"]

WIDE: Final = 32
"""Columns from which on inner products are quicker than differences, far quicker with hundreds."""

ORDINARY: Final = 300
"""Powers of two up to which squares, and sums of them, are far from the ends of float64."""

STRIPE: Final = 128
"""Rows that are multiplied at once."""

BLOCK: Final = 2**18
"""Numbers that are copied, standardised and multiplied before the next: 2 MiB stay in a cache."""

CLOSE: Final = 1e-6
"""Share of the largest square below which a squared distance is found again by differences."""

Blocks = Callable[[bool], Iterator[Float[torch.Tensor, "samples some"]]]
"""Gives the columns, some after the others, with their means taken off if asked to."""


def row_distances(rows: Shaped[torch.Tensor, "samples units"], *, standardise: bool = False) -> Square:
    """Return the distance between each two rows.

    A wide layer is read once from memory, a few columns at a time: copies of all of it would cost more than
    the products.

    Args:
        rows: Real numbers of any kind, reckoned in float64.
        standardise: Whether columns are brought to mean 0 and variance 1 first (constant ones to 0).
    """
    samples, units = rows.shape
    if rows.numel() == 0:
        return torch.zeros(samples, samples, dtype=torch.float64, device=rows.device)
    exponent = 0 if standardise else _exponent(rows)
    wide = units >= WIDE
    step = max(BLOCK // samples, WIDE) if wide else units

    def blocks(centre: bool) -> Iterator[Float[torch.Tensor, "samples some"]]:
        for left in range(0, units, step):
            block = _shift(rows[:, left : left + step].to(torch.float64, copy=True), -exponent)
            if standardise:
                _standardise(block)
            elif centre:
                block -= block.mean(dim=0)
            yield block

    found = _by_products(blocks) if wide else _by_differences(next(blocks(centre=False)))
    return _shift(found, exponent)


def _exponent(rows: Shaped[torch.Tensor, "samples units"]) -> int:
    """Return the power of two in whose units no square overflows or vanishes; 0 where none does anyway."""
    least, most = torch.aminmax(rows)
    exponent = math.frexp(max(-float(least), float(most)))[1]
    return exponent if abs(exponent) >= ORDINARY else 0


def _shift(values: Float[torch.Tensor, "*shape"], exponent: int) -> Float[torch.Tensor, "*shape"]:
    """Multiply by 2^exponent in place, in two steps: the power itself may be no float."""
    if exponent == 0:
        return values
    half = exponent // 2
    return values.mul_(2.0**half).mul_(2.0 ** (exponent - half))


def _standardise(block: Float[torch.Tensor, "samples some"]) -> None:
    """Bring columns to mean 0 and variance 1, in place; a constant column becomes 0."""
    least, most = torch.aminmax(block, dim=0)
    largest = torch.maximum(most, -least)
    exponents = torch.frexp(largest[largest > 0]).exponent
    if bool((exponents.abs() >= ORDINARY).any()):  # seldom, and a pass over all numbers
        block /= torch.where(largest > 0, largest, 1.0)
        largest = (largest > 0).double()
    block -= block.mean(dim=0)
    deviation = torch.linalg.vector_norm(block, dim=0) / math.sqrt(len(block))
    # What is left of a constant after its mean is taken off is rounding.
    varies = deviation > largest * (torch.finfo(torch.float64).eps * 8)
    block *= torch.where(varies, 1 / deviation, 0.0)


def _by_differences(
    rows: Float[torch.Tensor, "samples units"], some: Bool[torch.Tensor, " samples"] | None = None
) -> Float[torch.Tensor, "_ samples"]:
    mine = rows if some is None else rows[some]
    return torch.cdist(mine, rows, compute_mode="donot_use_mm_for_euclid_dist")


def _by_products(blocks: Blocks) -> Square:
    """Distances from inner products, |a|^2 + |b|^2 - 2ab, and by differences where that would cancel.

    Where a square is more than `CLOSE` of the largest one, cancelling costs it at most six of its sixteen
    digits; rows that have nearer neighbours are looked at again, so that equal ones are at distance 0.
    """
    products = _products(blocks(True))
    squares = products.diagonal().clone()
    found = products.mul_(-2).add_(squares[:, None] + squares)
    near = found <= CLOSE * squares.max()
    near.fill_diagonal_(fill_value=False)
    again = near.any(dim=1)
    distances = found.clamp_(min=0).sqrt_().fill_diagonal_(0.0)
    if bool(again.any()):
        exact = torch.zeros_like(distances[again])
        for block in blocks(False):
            exact += _by_differences(block, again).square_()
        exact.sqrt_()
        distances[again] = exact
        distances[:, again] = exact.T
    return distances


def _products(blocks: Iterator[Float[torch.Tensor, "samples some"]]) -> Square:
    """Inner products of all pairs; half of them are multiplied, for the matrix is symmetric."""
    found: Square | None = None
    for block in blocks:
        if found is None:
            found = block.new_zeros(len(block), len(block))
        for top in range(0, len(block), STRIPE):
            mine = slice(top, top + STRIPE)
            found[mine, top:].addmm_(block[mine], block[top:].T)
    assert found is not None, "rows have at least one column"
    return found.triu() + found.triu(1).T
