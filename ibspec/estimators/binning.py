"""Plug-in information after cutting each unit into cells."""

from typing import Literal, final

import numpy as np

from ibspec.core import Activity, Estimate, Probe, Rows, as_rows
from ibspec.estimators.cells import Cells
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.plug_in import counting_memory, plug_in
from ibspec.estimators.quantiles import Quantiles
from ibspec.estimators.session import Reach, Session
from ibspec.estimators.shared_quantiles import SharedQuantiles


@final
class Binning(Estimator):
    """Measure the information of the cut activity in bits: exact for the sample, no bias correction.

    H(T) is the entropy of the joint cell of all units, I(X;T) = H(T) - H(T|X) with X told apart by
    `probe.ids`, and I(T;Y) = H(T) - H(T|Y). For a deterministic layer H(T|X) = 0 and I(X;T) = H(T);
    where the same input falls into different cells the difference is in `extras` and the estimate
    carries `stochastic` (the reference program reports H(T), our `h_t`, for its `Width` cells).

    The number is about the cut activity: cells of a layer do not feed the next layer, so it may rise
    with depth. It cannot exceed log2 N, and a wide layer reaches that with any cells.

    Attributes:
        cells: How to cut: `Width`, `Range`, `Quantiles` or `Edges`.

    Source:
        Shwartz-Ziv & Tishby (2017), arXiv:1703.00810; Saxe et al. (2018), ICLR, §2.
    """

    kind: Literal["binning"] = "binning"
    cells: Cells

    @property
    def label(self) -> str:
        """`binning(...)` with the cells."""
        return f"binning({self.cells.label})"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Count cells; see the class for what the numbers mean."""
        return plug_in(self.cells.number(as_rows(t, probe.samples).cpu().numpy()), probe)

    @property
    def reach(self) -> Reach:
        """As of the cells."""
        return self.cells.reach

    def session(self, layer: str | None, probe: Probe, *, rng: np.random.Generator | None = None) -> Session:
        """Begin to look at a net; cells whose edges are shared hold back until these are known."""
        if isinstance(self.cells, Quantiles) and self.reach != "snapshot":
            return SharedQuantiles(self.cells, probe)
        return super().session(layer, probe, rng=rng)

    def held_memory(self, samples: int, units: int, epochs: int) -> int:
        """Return the bytes of the activities held back, and of sorting them all at once."""
        if not isinstance(self.cells, Quantiles) or self.reach == "snapshot":
            return 0
        return 3 * 4 * samples * units * (epochs if self.cells.over == "training" else 1)

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes beside the activity: a copy where it is not in order, and a table of its rows."""
        return counting_memory(samples, units)
