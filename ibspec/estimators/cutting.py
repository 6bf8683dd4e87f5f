"""The one contract of all ways to cut activity into cells."""

from abc import ABC, abstractmethod

import numpy as np
from jaxtyping import Int, Shaped

from ibspec.core import Frozen
from ibspec.estimators.cell_numbers import number_cells
from ibspec.estimators.rulers import even_ruler
from ibspec.estimators.session import Reach

Numbers = Shaped[np.ndarray, "samples units"]
Column = Int[np.ndarray, " samples"]


class Cutting(Frozen, ABC):
    """A map from real activity to cells, applied to each unit on its own."""

    @property
    @abstractmethod
    def label(self) -> str:
        """Short name for tables and legends."""

    @property
    def reach(self) -> Reach:
        """What must have been seen before anything can be cut."""
        return "snapshot"

    @abstractmethod
    def cut(self, values: Numbers) -> Numbers:
        """Return the cell of each value as a whole number (of any dtype), same shape."""

    @abstractmethod
    def number(self, values: Numbers) -> Column:
        """Number rows 0, 1, ... in order of appearance: the same where `cut` gives the same in all units."""


def number_whole(cells: Numbers) -> Column:
    """Number rows of cells that are whole numbers of at most 2**24, or in float16: exact in float32."""
    single = cells.astype(np.float32)
    numbers = number_cells(single, even_ruler(1.0, single.dtype))
    assert numbers is not None, "no quotient by 1 overflows"
    return numbers
