"""Counting the cells of several activities of one layer together, although each is seen only once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float, Int, Shaped

from ibspec.core import Activity, Estimate, Probe, Rows
from ibspec.estimators.cells import Cells
from ibspec.estimators.cutting import Column, Numbers, number_whole
from ibspec.estimators.plug_in import plug_in
from ibspec.estimators.pooling import Pool, beside
from ibspec.estimators.quantiles import Quantiles

DIGEST = 16
"""Bytes that name a joint cell: among 10^7 cells two share a name with probability 10^-25."""

Codes = Int[np.ndarray, "window samples"]


@final
@dataclass(frozen=True)
class Counted:
    """What is kept of an activity: in which joint cell each row lies.

    Attributes:
        number: (samples,) the cell of each row, numbered within this activity.
        names: `DIGEST` bytes for each of these cells, the same in all activities.
    """

    number: Int[np.ndarray, " samples"]
    names: bytes


def name_cells(number: Column, cells_of: Shaped[np.ndarray, "groups units"]) -> Counted:
    """Name joint cells, so that they are known again in other activities.

    Args:
        number: The cell of each row: 0, 1, ...
        cells_of: (groups, units) the cells of units in each of these, as whole numbers of any type, and
            no minus zero among them.
    """
    words = np.ascontiguousarray(cells_of, dtype=np.float64)
    names = (hashlib.blake2b(row.tobytes(), digest_size=DIGEST).digest() for row in words)
    return Counted(number.astype(np.int32), b"".join(names))


def number_together(window: Sequence[Counted]) -> Codes:
    """Number the cells of all activities 0, 1, ...: equal where all units lie in the same cells."""
    known: dict[bytes, int] = {}
    codes = np.empty((len(window), len(window[0].number)), dtype=np.int64)
    for row, each in zip(codes, window, strict=True):
        names = (each.names[start : start + DIGEST] for start in range(0, len(each.names), DIGEST))
        own = np.array([known.setdefault(name, len(known)) for name in names], dtype=np.int64)
        row[:] = own[each.number]
    return codes


def count_together(codes: Codes, probe: Probe) -> Estimate:
    """Measure joint cells of several activities as one random variable, and each activity by itself.

    Args:
        codes: A row for each activity, of whole numbers from 0 on; they need not be dense.
        probe: What they are of.
    """
    window = len(codes)
    relevant = None if probe.relevant_ids is None else np.tile(probe.relevant_ids, window)
    classes = None if probe.classes is None else np.tile(probe.classes, window)
    tiled = Probe(y=classes, ids=np.tile(probe.ids, window), relevant=relevant)
    whole = plug_in(codes.ravel(), tiled)
    singles = [plug_in(row, probe) for row in codes]
    return beside(whole, singles, distinct_given(codes, probe.ids), probe, counts=True)


def distinct_given(codes: Codes, ids: Column) -> Float[np.ndarray, " samples"]:
    """Return how many cells the input of each row of the probe falls into."""
    cells = int(codes.max()) + 1
    of_pairs = np.unique(ids * cells + codes) // cells
    distinct: Float[np.ndarray, " samples"] = np.bincount(of_pairs)[ids].astype(np.float64)
    return distinct


@final
class CellPool(Pool[Counted, Counted]):
    """Cells that do not move: an activity is cut when it comes, and forgotten.

    Args:
        cells: Any but quantiles.
        probe: What activities are of.
    """

    def __init__(self, cells: Cells, probe: Probe) -> None:
        super().__init__(probe)
        self._cells = cells

    def keep(self, t: Activity | Rows) -> Counted:
        """Cut."""
        values = self.rows(t).cpu().numpy()
        number = self._cells.number(values)
        return name_cells(number, self._cells.cut(values[_first_of_each(number)]))

    def ready(self, kept: Sequence[Counted]) -> Sequence[Counted]:
        """Nothing is shared."""
        return kept

    def estimate(self, window: Sequence[Counted]) -> Estimate:
        """Count."""
        return count_together(number_together(window), self.probe)


@final
class QuantilePool(Pool[Numbers, Counted]):
    """Cells with edges that all activities share: these are held until the last has come.

    Args:
        cells: Of each unit, or of all units of a layer.
        probe: What activities are of.
    """

    def __init__(self, cells: Quantiles, probe: Probe) -> None:
        super().__init__(probe)
        self._cells = cells

    def keep(self, t: Activity | Rows) -> Numbers:
        """Copy."""
        values: Numbers = self.rows(t).cpu().numpy().copy()
        return values

    def ready(self, kept: Sequence[Numbers]) -> Sequence[Counted]:
        """Cut all at the edges that they share."""
        starts = self._cells.starts(kept)
        counted = []
        for values in kept:
            cells = self._cells.cut_at(values, starts)
            number = number_whole(cells)
            counted.append(name_cells(number, cells[_first_of_each(number)]))
        return counted

    def estimate(self, window: Sequence[Counted]) -> Estimate:
        """Count."""
        return count_together(number_together(window), self.probe)


def _first_of_each(number: Column) -> Int[np.ndarray, " groups"]:
    """Return the first row of each group."""
    first: Int[np.ndarray, " groups"] = np.unique(number, return_index=True)[1]
    return first
