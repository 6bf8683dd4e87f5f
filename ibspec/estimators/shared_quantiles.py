"""Quantile cells whose edges are shared by layers or epochs: nothing is counted before all has been seen."""

from typing import final

from ibspec.core import Activity, Probe, ShapeError, as_rows
from ibspec.estimators.cutting import Numbers, number_whole
from ibspec.estimators.plug_in import plug_in
from ibspec.estimators.quantiles import Quantiles
from ibspec.estimators.session import Dated, Session


@final
class SharedQuantiles(Session):
    """Holds activities back, as they are, until the edges that they share are known.

    Args:
        cells: Quantiles that are shared by layers, by epochs, or by both.
        probe: What the activities are of.
    """

    def __init__(self, cells: Quantiles, probe: Probe) -> None:
        self._cells, self._probe = cells, probe
        self._held: list[tuple[int, str, Numbers]] = []
        self._found: list[Dated] = []

    def add(self, activity: Activity) -> None:
        """Hold a copy; a new epoch settles the one before, unless edges are to hold for all of training.

        Raises:
            ShapeError: The number of units is not that of the activities before, and each has its own edges.
        """
        values = as_rows(activity, self._probe.samples).cpu().numpy().copy()
        if self._held:
            epoch, _, before = self._held[-1]
            if self._cells.per == "unit" and before.shape != values.shape:
                raise ShapeError(
                    f"units have edges of their own: got {values.shape[1]}, not {before.shape[1]}"
                )
            if self._cells.over == "epoch" and activity.epoch != epoch:
                self._settle()
        self._held.append((activity.epoch, activity.layer, values))

    def finish(self) -> list[Dated]:
        """Cut everything at the shared edges, and count."""
        self._settle()
        return list(self._found)

    def _settle(self) -> None:
        if not self._held:
            return
        starts = self._cells.starts([values for _, _, values in self._held])
        for epoch, layer, values in self._held:
            cell = number_whole(self._cells.cut_at(values, starts))
            self._found.append(Dated(epoch, layer, plug_in(cell, self._probe)))
        self._held = []
