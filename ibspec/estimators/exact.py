"""Information of a quantised layer, from the codes of its levels."""

from typing import Any, Literal, final

import numpy as np

from ibspec.core import Activity, ActivityError, Estimate, Probe, Rows, as_rows, group_rows
from ibspec.estimators.cutting import number_whole
from ibspec.estimators.estimator import Estimator
from ibspec.estimators.plug_in import counting_memory, plug_in

SINGLE = 2**24
"""Whole numbers up to this one are exact in float32."""


@final
class Exact(Estimator):
    """Measure the information of whole-number activity in bits: that of the probe's empirical law, exactly.

    Rows of codes are counted: I(X;T) = H(T) - H(T|X), which is H(T) as a quantised layer is a function of its
    input, and I(T;Y) = H(T) - H(T|Y). Nothing is binned and nothing estimated: rounding is about 1e-12, and
    along the layers of a quantised net neither number can rise. It cannot exceed log2 N either, and a wide
    layer of many levels gets there, being one-to-one on the probe: exact then, but not informative.

    Takes the activity of a `quantised` net, read by its codes, or an array of integers or booleans. Real
    numbers without codes are refused: cut them first, with `binning`.

    Source:
        Lorenzen, Igel & Nielsen (2022), ICLR, arXiv:2106.12912, section 3. Their program cuts the floats of
        a layer again, over the range that it finds in them; here the net's own integers are counted.
    """

    kind: Literal["exact"] = "exact"

    @property
    def label(self) -> str:
        """`exact`."""
        return "exact"

    def estimate(
        self, t: Activity | Rows, probe: Probe, *, rng: np.random.Generator | None = None
    ) -> Estimate:
        """Count rows; see the class for what the numbers mean.

        Raises:
            ActivityError: The activity is real, and has no codes.
        """
        has_codes = isinstance(t, Activity) and t.codes is not None
        rows = as_rows(t.codes if isinstance(t, Activity) and has_codes else t, probe.samples).cpu().numpy()
        if rows.dtype.kind not in "iub":
            where = f"layer '{t.layer}'" if isinstance(t, Activity) and t.layer else "this activity"
            raise ActivityError(
                f"exact counts whole numbers, and {where} is {rows.dtype} without codes. Measure a net of "
                'kind "quantised", or cut real activity with the estimator "binning"'
            )
        return plug_in(_number(rows), probe)

    def why_not(self, *, has_codes: bool, sigma: float | None) -> str | None:
        """Real numbers without codes are not counted."""
        return None if has_codes else 'it counts the levels of quantised nets; take model "quantised"'

    def working_memory(self, samples: int, units: int) -> int:
        """Return the bytes beside the activity: its codes, a copy in float32, and a table of its rows."""
        return counting_memory(samples, units)


def _number(rows: np.ndarray[Any, np.dtype[Any]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Number the distinct rows 0, 1, ...; exact for integers of any size."""
    if rows.size and max(int(rows.max()), -int(rows.min())) > SINGLE:
        return group_rows(rows)
    return number_whole(rows)
