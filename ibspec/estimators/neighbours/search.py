"""Neighbours and counts: by a tree where that pays, else by comparing all rows. Both give the same."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

from ibspec.estimators.neighbours.compared import count_rows, nearest_rows

Points = Float[np.ndarray, "samples columns"]
Radii = Float[np.ndarray, " samples"]
Counts = Int[np.ndarray, " samples"]

TREE_COLUMNS = 6
"""With more columns a tree looks into nearly all its leaves; at 8 comparing all rows is faster."""

TREE_COUNT_ROWS = 8_000
"""Rows times this many for each squared column: with fewer, comparing all rows counts faster than a tree."""


class Neighbours(NamedTuple):
    """The nearest rows of each row in rising order; the row itself, at distance 0, is one of them.

    Where more rows are equal than were asked for, the row itself may be missing.
    """

    distances: Float[np.ndarray, "samples wanted"]
    indices: Int[np.ndarray, "samples wanted"]


def nearest(points: Points, wanted: int) -> Neighbours:
    """Find the `wanted` nearest rows of each row, itself included; the largest difference is the distance."""
    if points.shape[1] <= TREE_COLUMNS:
        distances, indices = _tree(points).query(points, range(1, wanted + 1), p=np.inf)
        return Neighbours(np.asarray(distances), np.asarray(indices, dtype=np.int64))
    shape = (len(points), wanted)
    found = Neighbours(np.empty(shape), np.zeros(shape, dtype=np.int64))
    nearest_rows(np.ascontiguousarray(points), *found)
    return found


def count_within(points: Points, radii: Radii) -> Counts:
    """Count the rows no farther than `radii` from each row, itself included.

    For rows strictly closer pass `np.nextafter(radii, 0)`: the same differences are compared here and in
    `nearest`, so a neighbour at just that distance is left out at any scale of the data.
    """
    samples, columns = points.shape
    if columns <= TREE_COLUMNS and samples > TREE_COUNT_ROWS * columns**2:
        found = _tree(points).query_ball_point(points, radii, p=np.inf, return_length=True)
        return np.asarray(found, dtype=np.int64)
    counts = np.empty(samples, dtype=np.int64)
    count_rows(np.ascontiguousarray(points), radii, counts)
    return counts


def _tree(points: Points) -> cKDTree:
    """A tree split in the middle of its boxes: medians are slow where many values are equal."""
    return cKDTree(points, balanced_tree=False)
