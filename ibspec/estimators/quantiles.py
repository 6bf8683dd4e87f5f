"""Cells that follow the activity, and cells between numbers that somebody chose."""

from collections.abc import Sequence
from typing import Literal, TypeAlias, final

import numpy as np
from jaxtyping import Shaped
from pydantic import Field, model_validator

from ibspec.core import Many, spell
from ibspec.estimators.cutting import Column, Cutting, Numbers, number_whole
from ibspec.estimators.session import Reach

Starts: TypeAlias = Shaped[np.ndarray, " _"]


@final
class Quantiles(Cutting):
    """Cells that hold equally many *distinct* values of the activity at hand: it sets its own edges.

    With u the sorted distinct values above `floor`, cell k of `bins` starts at u[floor(k len(u) / bins)].
    How often a value occurs does not count, so that the many zeros of a ReLU, or the many ones of a tanh, do
    not take up all cells. A layer of no more distinct values than `bins` is not changed at all.

    Edges that change with layer or epoch are about different cells each time, and numbers under them are not
    of one quantity. So they may be shared: by all layers (`per: global`), and by all measured epochs
    (`over: training`). Such edges are known only when training has ended; `Binning.session` waits for it,
    while `Binning.estimate` takes the activity at hand for all there is.

    Attributes:
        per: What shares its edges: each `unit` its own, all units of a `layer`, or all layers (`global`).
        over: Whether edges are those of one `epoch`, or of all measured epochs of a net (`training`).
        floor: 0 for ReLU, -1 for tanh: the published program sets the value apart at which units rest.

    Source:
        Chelombiev, Houghton & O'Donnell (2019), ICLR, arXiv:1902.09037, section 3.1 (EBAB), and their
        published program, which adds one more cell for the largest value alone; we do not. Edges by layer
        or unit, and for all layers: Lorenzen, Igel & Nielsen (2022), ICLR, arXiv:2106.12912.
    """

    kind: Literal["quantiles"] = "quantiles"
    bins: int = Field(ge=1, le=2**20, description="Cells above the floor.")
    per: Literal["layer", "unit", "global"] = Field(default="layer", description="What shares its edges.")
    over: Literal["epoch", "training"] = Field(
        default="epoch", description="Whether edges are an epoch's own, or shared by all measured epochs."
    )
    floor: float | None = Field(
        default=None, description="Values up to this one get a cell of their own, below all others."
    )

    @property
    def label(self) -> str:
        """`quantiles n per layer`."""
        floor = "" if self.floor is None else f" above {spell(self.floor)}"
        shared = {"layer": "per layer", "unit": "per unit", "global": "for all layers"}[self.per]
        lasting = " over training" if self.over == "training" else ""
        return f"quantiles {self.bins} {shared}{lasting}{floor}"

    @property
    def reach(self) -> Reach:
        """What decides where the edges are."""
        if self.per == "global":
            return "net"
        return "layer" if self.over == "training" else "snapshot"

    def edges(self, values: Numbers) -> tuple[float, ...]:
        """Return where the cells of these values start, all units taken together; rising, without repeats.

        Args:
            values: (samples, units), or (values, 1) of whatever else is to share its edges.
        """
        return tuple(float(edge) for edge in np.unique(self._starts(np.ravel(values))))

    def cut(self, values: Numbers) -> Numbers:
        """Return 1, 2, ... from the lowest cell on; 0 up to the floor."""
        return self.cut_at(values, self.starts([values]))

    def starts(self, pool: Sequence[Shaped[np.ndarray, "samples _"]]) -> list[Starts]:
        """Return where cells start, for all units together or for each unit, by these activities."""
        if self.per == "unit":
            return [self._starts(np.concatenate(column)) for column in zip(*(v.T for v in pool), strict=True)]
        return [self._starts(np.concatenate([np.unique(values) for values in pool]))]

    def cut_at(self, values: Numbers, starts: Sequence[Starts]) -> Numbers:
        """Return cells between given starts; see `starts`."""
        if self.per != "unit":
            return np.searchsorted(starts[0], values.ravel(), side="right").reshape(values.shape)
        cells = np.empty(values.shape, dtype=np.int64)
        for unit, own in enumerate(values.T):
            cells[:, unit] = np.searchsorted(starts[unit], own, side="right")
        return cells

    def number(self, values: Numbers) -> Column:
        """Number rows by their cells."""
        return number_whole(self.cut(values))

    def _starts(self, values: Starts) -> Starts:
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
