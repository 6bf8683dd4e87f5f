"""Plug-in information after cutting each unit into cells."""

from typing import Literal, final

import numpy as np

from ibspec.core import Activity, Estimate, Probe, Rows, as_rows
from ibspec.estimators.cells import Cells
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.plug_in import counting_memory, plug_in


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
        cells: How to cut: `Width` or `Range`.

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

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes beside the activity: a copy where it is not in order, and a table of its rows."""
        return counting_memory(samples, units)
