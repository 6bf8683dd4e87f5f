"""Rulers: what compiled code needs to know of evenly spaced cells."""

from functools import lru_cache
from typing import Any

import numpy as np

from ibspec.estimators.cell_numbers import Ruler, digitise


def even_ruler(width: float, dtype: np.dtype[Any]) -> Ruler:
    """Cells floor(value / width), over the whole line."""
    number = dtype.type
    with np.errstate(over="ignore"):
        own = number(width)
    return Ruler(own, number(0), number(0), np.float64(0), np.float64(0), number(0), False)


@lru_cache(maxsize=64)
def edge_ruler(low: float, high: float, bins: int, wrap: bool, dtype: np.dtype[Any]) -> Ruler | None:
    """Cells between `bins` edges; None where `digitise` would miss an edge in this precision.

    `digitise` guesses a cell by arithmetic and corrects it by one. Its answer never falls as the value
    rises, so it is right everywhere if it is right at each edge and just below each: that is tried here.
    """
    number = dtype.type
    edges = edges_of(low, high, bins)
    with np.errstate(all="ignore"):
        scale = number((bins - 1) / (float(high) - float(low)))
    step = np.float64(high - low) / (bins - 1)
    ruler = Ruler(number(0), number(edges[0]), scale, np.float64(low), step, number(bins), False)
    at = edges.astype(dtype)
    around = np.concatenate([at, np.nextafter(at, number(-np.inf))])
    cells = np.empty_like(around)
    digitise(around, ruler, cells)
    if (cells != np.searchsorted(edges, around, side="right")).any():
        return None
    return ruler._replace(wrap=wrap)


def edges_of(low: float, high: float, bins: int) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Return the (bins,) evenly spaced edges from `low` to `high`, rounded to float32."""
    return np.linspace(low, high, bins).astype(np.float32)
