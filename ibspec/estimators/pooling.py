"""Several activities of one layer as draws of one random variable: what all ways to measure that share."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import numpy as np
import torch
from jaxtyping import Float, Shaped

from ibspec.core import Activity, Estimate, Probe, Rows, ShapeError, as_rows

ENOUGH = 5
"""Activities for each value that an input takes, from which on H(T|x) is nearly that of the law.

With m equally likely values, 2 to 30, (m - 1) / (2 K) nats falls short of the exact bias of H(T|x) by 6 % at
most at K = 5 m, by up to 28 % at K = m, and far below it exceeds all that there is.
"""

Kept = TypeVar("Kept")
Ready = TypeVar("Ready")


class Pool(ABC, Generic[Kept, Ready]):
    """Keeps of each activity of a layer what it needs, and measures several of them as one.

    Args:
        probe: What the activities are of.
    """

    def __init__(self, probe: Probe) -> None:
        self.probe = probe
        self._units: int | None = None

    @abstractmethod
    def keep(self, t: Activity | Rows) -> Kept:
        """Return what is kept of an activity.

        Raises:
            ShapeError, ActivityError: As `Estimator.estimate`; or the number of units is not that of the
                activities before.
        """

    @abstractmethod
    def ready(self, kept: Sequence[Kept]) -> Sequence[Ready]:
        """Return what is measured of all activities that were kept, once no more will come."""

    @abstractmethod
    def estimate(self, window: Sequence[Ready]) -> Estimate:
        """Measure a window, each of its activities counting the same."""

    def rows(self, t: Activity | Rows) -> Shaped[torch.Tensor, "samples units"]:
        """Return an activity as a matrix; see `keep` for what is refused."""
        rows = as_rows(t, self.probe.samples)
        if self._units not in (None, rows.shape[1]):
            raise ShapeError(
                f"a window is of one layer: got {rows.shape[1]} units, after activity with {self._units}"
            )
        self._units = rows.shape[1]
        return rows


def beside(
    whole: Estimate,
    singles: Sequence[Estimate],
    distinct: Float[np.ndarray, " samples"],
    probe: Probe,
    *,
    counts: bool,
) -> Estimate:
    """Return an estimate of a window with what its activities say one by one, and how far to trust it.

    Args:
        whole: All activities together.
        singles: Each by itself.
        distinct: Values that each input takes in the window.
        probe: What the activities are of.
        counts: Whether these are counts of cells, so that there is a formula for the bias.
    """
    window = len(singles)
    extras = {
        **whole.extras,
        "window": float(window),
        "log2_window": math.log2(window),
        "distinct_given_x": float(distinct.mean()),
        "most_distinct_given_x": float(distinct.max()),
    }
    warnings = [code for code in whole.warnings if code != "stochastic"]
    if any("stochastic" in single.warnings for single in singles):
        warnings.append("stochastic")
    for name, gap in (("i_xt", "i_xe_given_t"), ("i_ty", "i_ye_given_t")):
        together = getattr(whole, name)
        if together is not None:
            mean = float(np.mean([getattr(single, name) for single in singles]))
            extras |= {f"{name}_single_mean": mean, gap: mean - together}
    if probe.h_x == 0:
        pass  # there is one input: 0 bits, whatever the nets do
    elif window < ENOUGH * extras["most_distinct_given_x"]:
        warnings.append("few-samples")
    elif counts:
        # Miller's first term of H(T|x) for each input, from the values seen; what H(T) lacks is less.
        extras["i_xt_bias"] = float((distinct - 1).mean()) / (2 * window * math.log(2))
    return Estimate(
        i_xt=whole.i_xt,
        i_ty=whole.i_ty,
        h_t=whole.h_t,
        i_xt_bounds=whole.i_xt_bounds,
        i_ty_bounds=whole.i_ty_bounds,
        extras=extras,
        warnings=tuple(sorted(warnings)),
    )
