"""How EDGE cuts a variable into cells: projections, widths from neighbours, shifts."""

import math

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

from ibspec.core import ActivityError, group_rows

Columns = Float[np.ndarray, "samples _"]

REFERENCES = 500
"""Values, drawn with repetition, whose neighbour distances are averaged."""

SMALL = 1e-4
"""Deviations below this count as 1 where columns are scaled before they are projected, as in the programs."""


def project(columns: Columns, rng: np.random.Generator) -> Columns:
    """Project onto min(d, log2(N / 10)) normal directions, columns scaled by their deviations."""
    samples, coordinates = columns.shape
    dimensions = min(coordinates, int(math.log2(samples / 10)))
    with np.errstate(over="ignore", invalid="ignore"):
        deviations = columns.std(axis=0)
        scaled = columns / np.where(deviations < SMALL, 1.0, deviations) / math.sqrt(coordinates)
        projected: Columns = scaled @ rng.normal(size=(coordinates, dimensions))
    if not (np.isfinite(projected).all() and np.isfinite(deviations).all()):
        raise ActivityError(
            f"no cell width fits: the activity's spread is not finite (it reaches {np.abs(columns).max():g})"
        )
    return projected


def neighbours(samples: int, d: int) -> int:
    """Return k = .43 N^(2/3 + .17 d / (d + 1)) exp(-1 / max(10^4, d^4)), rounded down, but 1 at least.

    Args:
        samples: N.
        d: Columns.
    """
    return max(1, int(0.43 * samples ** (2 / 3 + 0.17 * d / (d + 1)) * math.exp(-1 / max(1e4, d**4))))


def mean_reach(columns: Columns, rng: np.random.Generator) -> Float[np.ndarray, " _"]:
    """Mean distance from a value of a column to its k-th nearest, the value itself being the first.

    The reference values are drawn by rank, so that the order of rows does not matter.
    """
    samples, d = columns.shape
    k = neighbours(samples, d)
    drawn = rng.integers(0, samples, REFERENCES)
    reaches = np.empty(d)
    for column in range(d):
        ordered = np.sort(columns[:, column])
        distances, _ = cKDTree(ordered[:, None]).query(ordered[drawn, None], k=[k])
        reaches[column] = np.mean(distances)
    return reaches


def cells(columns: Columns, widths: Float[np.ndarray, " _"], shift: float) -> Int[np.ndarray, " samples"]:
    """Number the cells floor(value / width + shift) of whole rows; 0 is no width, and every value its own."""
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        cut = np.where(widths > 0, np.floor(columns / widths + shift), columns) + 0.0
    if not np.isfinite(cut).all():
        raise ActivityError(
            f"cells too many to count: the smallest cell width is {widths.min():g}, and the activity reaches "
            f"{np.abs(columns).max():g}. Enlarge `gamma`"
        )
    return group_rows(cut)
