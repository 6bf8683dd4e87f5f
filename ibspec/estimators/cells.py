"""Ways to cut each unit's activity into evenly spaced cells, and the union of all ways."""

from typing import Annotated, Any, Literal, final

import numpy as np
from pydantic import Field, model_validator

from ibspec.core import ActivityError, spell
from ibspec.estimators.cell_numbers import number_cells
from ibspec.estimators.cutting import Column, Cutting, Numbers, number_whole
from ibspec.estimators.quantiles import Edges, Quantiles
from ibspec.estimators.rulers import edge_ruler, edges_of, even_ruler


@final
class Width(Cutting):
    """Cells of equal width over the whole line, with an edge at 0: cell = floor(value / width).

    The division is done in the precision of the activity, as the reference program does: values on an
    edge fall differently in float32 and in float64.

    Source:
        Saxe et al. (2018), ICLR, §2: width 0.07 for the 12-bit task, 0.5 for MNIST.
    """

    kind: Literal["width"] = "width"
    width: float = Field(gt=0, description="Width of a cell, in units of the activity.")

    def __init__(self, width: float | None = None, **fields: Any) -> None:
        super().__init__(**(fields if width is None else {"width": width, **fields}))

    @property
    def label(self) -> str:
        """`width w`."""
        return f"width {spell(self.width)}"

    def cut(self, values: Numbers) -> Numbers:
        """Return floor(value / width), in the dtype of `values`; minus zero counts as zero."""
        real = _as_real(values)
        # The width is rounded to the activity's precision first, and divided by, not multiplied with.
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            cells: Numbers = np.floor(real / real.dtype.type(self.width)) + real.dtype.type(0.0)
        if not np.isfinite(cells).all():
            raise self._too_many(real)
        return cells

    def number(self, values: Numbers) -> Column:
        """Number rows by their cells, without a matrix of cells (but for float16)."""
        real = _as_real(values)
        if real.dtype == np.float16:
            return number_whole(self.cut(real))
        numbers = number_cells(real, even_ruler(self.width, real.dtype))
        if numbers is None:
            raise self._too_many(real)
        return numbers

    def _too_many(self, real: Numbers) -> ActivityError:
        return ActivityError(
            f"cells too many to count: `width` is {self.width:g}, and the activity reaches "
            f"{float(np.abs(real).max()):g} in {real.dtype}. Enlarge `width`"
        )


@final
class Range(Cutting):
    """Evenly spaced edges from `low` to `high`; what lies outside gets end cells of its own.

    `bins` is counted as in the literature ("30 bins" on [-1, 1]): it is the number of edges, both ends
    among them. So there are bins - 1 cells inside, one from `high` upwards, and one below `low`. Edges
    are rounded to float32, as in the reference program.

    Attributes:
        outside: `own-cells`, or `wrap`: values below `low` share the cell of values from `high` upwards,
            as they do (by an index of -1) in the reference program.

    Source:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, §3.1, and their published program.
    """

    kind: Literal["range"] = "range"
    low: float = Field(description="First edge.")
    high: float = Field(description="Last edge; a value equal to it lies in the cell above.")
    bins: int = Field(ge=2, le=2**24, description="Number of edges, both ends among them.")
    outside: Literal["own-cells", "wrap"] = "own-cells"

    @model_validator(mode="after")
    def _edges_rise(self) -> "Range":
        with np.errstate(over="ignore"):
            low, high = np.float32(self.low), np.float32(self.high)
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError(
                f"low must be below high, both finite in float32; got low={self.low}, high={self.high}"
            )
        return self

    @property
    def label(self) -> str:
        """`range low..high, bins`."""
        wrap = ", wrap" if self.outside == "wrap" else ""
        return f"range {spell(self.low)}..{spell(self.high)}, {self.bins}{wrap}"

    def cut(self, values: Numbers) -> Numbers:
        """Return 0 below `low`, then 1, 2, ... and `bins` from `high` upwards (0 where wrapped)."""
        edges = edges_of(self.low, self.high, self.bins)
        cells = np.searchsorted(edges, values.ravel(), side="right").reshape(values.shape)
        return cells % self.bins if self.outside == "wrap" else cells

    def number(self, values: Numbers) -> Column:
        """Number rows by their cells, without a matrix of cells where edges are not closely packed."""
        dtype = np.result_type(values, np.float32)  # as values are compared with float32 edges
        ruler = edge_ruler(self.low, self.high, self.bins, self.outside == "wrap", dtype)
        numbers = None if ruler is None else number_cells(values.astype(dtype, copy=False), ruler)
        return number_whole(self.cut(values)) if numbers is None else numbers


def _as_real(values: Numbers) -> Numbers:
    """Read whole numbers and booleans in float64."""
    return values if values.dtype.kind == "f" else values.astype(np.float64)


Cells = Annotated[Width | Range | Quantiles | Edges, Field(discriminator="kind")]
"""The cuttings that a spec can name, told apart by `kind`."""
