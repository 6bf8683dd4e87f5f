"""Slow, obvious versions of what the estimators compute, sharing no code with them."""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from decimal import Decimal, localcontext
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from ibspec.estimators import Range, Width

Numbers = np.ndarray[Any, np.dtype[Any]]

AGREEMENT = 1e-9
"""Bits by which a kernel sum may differ from the oracle: the design's promise. It leaves room for inner
products instead of differences, whose exponents are off by up to 4e-15 |row - mean|^2 / noise variance. The
oracle itself subtracts first: with d units an exponent that matters (below 80) is off by about
80 (d + 3) 1e-16, so 1e-11 for 2000 units."""


def f_bits(t: Numbers, noise_variance: float) -> float:
    """f(1) in bits, by the differences of every pair of rows; f(4) has four times the variance."""
    rows = np.asarray(t, dtype=np.float64).reshape(len(t), -1)
    exponents = -cdist(rows, rows, "sqeuclidean") / (2 * noise_variance)
    return float(math.log2(len(rows)) - logsumexp(exponents, axis=1).mean() / math.log(2))


def f_bits_exactly(t: Sequence[Sequence[float]], noise_variance: float) -> float:
    """The same in 40 decimal digits, for a handful of rows: judges `f_bits`."""
    with localcontext() as context:
        context.prec = 40
        rows = [[Decimal(float(value)) for value in row] for row in t]
        total = Decimal(0)
        for row in rows:
            distances = [sum((a - b) ** 2 for a, b in zip(row, other, strict=True)) for other in rows]
            kernels = [(-d / (2 * Decimal(float(noise_variance)))).exp() for d in distances]
            total += (sum(kernels) / len(rows)).ln()
        return float(-total / len(rows) / Decimal(2).ln())


def kde_bits(t: Numbers, y: Sequence[Any], noise_variance: float) -> dict[str, float]:
    """All numbers of the kernel estimator, each class on its own."""
    rows, labels = np.asarray(t, dtype=np.float64).reshape(len(t), -1), np.asarray(y)
    upper, lower = f_bits(rows, noise_variance), f_bits(rows, 4 * noise_variance)
    upper_y = lower_y = 0.0
    for label in sorted(set(labels.tolist())):
        own = rows[labels == label]
        weight = len(own) / len(rows)
        upper_y += weight * f_bits(own, noise_variance)
        lower_y += weight * f_bits(own, 4 * noise_variance)
    return {
        "i_xt": upper,
        "i_xt_upper": upper,
        "i_xt_lower": lower,
        "i_ty": upper - upper_y,
        "i_ty_lower": lower - upper_y,
        "i_ty_upper": upper - lower_y,
        "saxe_i_ty_lower": lower - lower_y,
    }


def entropy_bits(items: Sequence[Hashable]) -> float:
    """Plug-in entropy of anything hashable."""
    n = len(items)
    return -math.fsum(c / n * math.log2(c / n) for c in Counter(items).values())


def conditional_bits(items: Sequence[Hashable], given: Sequence[Hashable]) -> float:
    """Plug-in H(items | given): entropies within each group, by the group's share."""
    groups: dict[Hashable, list[Hashable]] = defaultdict(list)
    for item, key in zip(items, given, strict=True):
        groups[key].append(item)
    return math.fsum(len(group) / len(items) * entropy_bits(group) for group in groups.values())


def width_cell(value: Any, width: float) -> float:
    """floor(value / width) of one NumPy scalar in its own precision; integers and booleans in float64."""
    real = value if isinstance(value, np.floating) else np.float64(value)
    return float(math.floor(real / type(real)(width)))


def range_cell(value: Any, cells: Range) -> int:
    """Number of edges at or below the value; wrapped, above shares the cell of below."""
    edges = [float(edge) for edge in np.linspace(cells.low, cells.high, cells.bins).astype(np.float32)]
    cell = bisect_right(edges, float(value))
    return 0 if cells.outside == "wrap" and cell == cells.bins else cell


def cells_of(t: Numbers, cells: Width | Range) -> list[tuple[float, ...]]:
    """The joint cell of each row, as a tuple of its units' cells."""
    rows = np.asarray(t).reshape(len(t), -1)
    if isinstance(cells, Width):
        return [tuple(width_cell(value, cells.width) for value in row) for row in rows]
    return [tuple(range_cell(value, cells) for value in row) for row in rows]


def binning_bits(
    t: Numbers, cells: Width | Range, ids: Sequence[Hashable], y: Sequence[Hashable] | None
) -> dict[str, float | None]:
    """All numbers of the binning estimator."""
    keys = cells_of(t, cells)
    h_t = entropy_bits(keys)
    return {
        "h_t": h_t,
        "i_xt": h_t - conditional_bits(keys, ids),
        "i_ty": None if y is None else h_t - conditional_bits(keys, y),
    }
