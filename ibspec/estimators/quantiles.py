"""Cells that follow the activity, and cells between numbers that somebody chose."""

from typing import Any, Literal, final

import numpy as np
from pydantic import Field, model_validator

from ibspec.core import Many, spell
from ibspec.estimators.cutting import Column, Cutting, Numbers, number_whole


@final
class Quantiles(Cutting):
    """Cells that hold equally many *distinct* values of the activity at hand: it sets its own edges.

    With u the sorted distinct values above `floor`, cell k of `bins` starts at u[floor(k len(u) / bins)].
    How often a value occurs does not count, so that the many zeros of a ReLU, or the many ones of a tanh, do
    not take up all cells. A layer of no more distinct values than `bins` is not changed at all.

    Edges are those of this layer (or unit) at this epoch: numbers of different layers and epochs are about
    different cells. Edges for all of training, or for all layers together, need to see it all first: take
    them from activity of your choice with `edges`, and hand them in as `Edges`.

    Attributes:
        per: Whether all units of a layer share their edges.
        floor: 0 for ReLU, -1 for tanh: the published program sets the value apart at which units rest.

    Source:
        Chelombiev, Houghton & O'Donnell (2019), ICLR, arXiv:1902.09037, section 3.1 (EBAB), and their
        published program, which adds one more cell for the largest value alone; we do not.
    """

    kind: Literal["quantiles"] = "quantiles"
    bins: int = Field(ge=1, le=2**20, description="Cells above the floor.")
    per: Literal["layer", "unit"] = Field(default="layer", description="What shares its edges.")
    floor: float | None = Field(
        default=None, description="Values up to this one get a cell of their own, below all others."
    )

    @property
    def label(self) -> str:
        """`quantiles n per layer`."""
        floor = "" if self.floor is None else f" above {spell(self.floor)}"
        return f"quantiles {self.bins} per {self.per}{floor}"

    def edges(self, values: Numbers) -> tuple[float, ...]:
        """Return where the cells of these values start, all units taken together; rising, without repeats.

        Args:
            values: (samples, units), or (values, 1) of whatever else is to share its edges.
        """
        return tuple(float(edge) for edge in np.unique(self._starts(np.asarray(values))))

    def cut(self, values: Numbers) -> Numbers:
        """Return 1, 2, ... from the lowest cell on; 0 up to the floor."""
        if self.per == "layer":
            return np.searchsorted(self._starts(values), values.ravel(), side="right").reshape(values.shape)
        cells = np.empty(values.shape, dtype=np.int64)
        for unit, own in enumerate(values.T):
            cells[:, unit] = np.searchsorted(self._starts(own), own, side="right")
        return cells

    def number(self, values: Numbers) -> Column:
        """Number rows by their cells."""
        return number_whole(self.cut(values))

    def _starts(self, values: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[Any]]:
        distinct = np.unique(values)
        if self.floor is not None:
            distinct = distinct[distinct > np.float64(self.floor)]
        if len(distinct) == 0:
            return distinct
        return distinct[np.arange(self.bins) * len(distinct) // self.bins]


@final
class Edges(Cutting):
    """Cells between stated edges: the same in every layer and epoch.

    A value on an edge lies in the cell above; below the first and above the last edge is one cell each.
    Values are compared with the edges as they are, in float64.
    """

    kind: Literal["edges"] = "edges"
    edges: Many[float] = Field(min_length=1, max_length=2**20, description="Rising numbers.")

    @model_validator(mode="after")
    def _edges_rise(self) -> "Edges":
        for low, high in zip(self.edges, self.edges[1:], strict=False):
            if low >= high:
                raise ValueError(f"edges must rise; got {low} before {high}")
        return self

    @property
    def label(self) -> str:
        """`edges a, b, ...`."""
        return f"edges {', '.join(map(spell, self.edges))}"

    def cut(self, values: Numbers) -> Numbers:
        """Return how many edges are at or below each value."""
        return np.searchsorted(self.edges, values.ravel(), side="right").reshape(values.shape)

    def number(self, values: Numbers) -> Column:
        """Number rows by their cells."""
        return number_whole(self.cut(values))
