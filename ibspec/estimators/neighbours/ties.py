"""Rows that are equal, and neighbours that are equally far."""

import numpy as np
from jaxtyping import Float

from ibspec.core import group_rows
from ibspec.estimators.neighbours.search import Neighbours

TIED_SHARE = 0.01
"""A larger share of tied rows is said; 60,000 rows in single precision have a tenth of it by chance."""

SAME_DISTANCE = 1e-12
"""Distances this close, relatively, are taken as equal: a lattice that was standardised has them."""


def equal_share(rows: Float[np.ndarray, "samples columns"]) -> float:
    """Share of rows that have an equal."""
    groups = group_rows(rows + 0.0)  # minus zero is zero
    return float((np.bincount(groups)[groups] > 1).mean())


def tied_share(found: Neighbours, neighbours: int) -> float:
    """Share of rows whose k-th neighbour is no farther than the one before it, or no nearer than the next."""
    around = found.distances[:, neighbours - 1 : neighbours + 2]
    gaps = np.diff(np.where(np.isfinite(around), around, np.nan), axis=1)
    return float((gaps <= SAME_DISTANCE * around[:, 1:2]).any(axis=1).mean())
