"""Kernel bounds on the information of several activities of one layer together."""

import math
from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float64, Int64, Shaped

from ibspec.core import SATURATED_BITS, Activity, Estimate, Probe, Rows, bits
from ibspec.estimators.pairwise import kernel_sums
from ibspec.estimators.pooling import Pool, beside

BLOCK = 512
"""Rows whose pairs are looked at together, although only those of one input count: few calls, few pairs."""

Stack = Shaped[torch.Tensor, "rows units"]


def bound_together(
    rows: Stack, probe: Probe, noise_variance: float
) -> tuple[Estimate, Float64[np.ndarray, " samples"]]:
    """Bound I(X;T+Z) and I(T+Z;Y), T one of several activities of the row of X, each equally likely.

    With the entropy bounds U (v = 1) and L (v = 4) of a mixture of normal laws, the headline is U(T) less
    the mean of U(T|x), and the bounds are L(T) less the mean of U(T|x) and U(T) less the mean of L(T|x).
    The same with y for x.

    Args:
        rows: Activities one below the other; row i belongs to row i modulo `probe.samples` of the probe.
        probe: Inputs and classes.
        noise_variance: In squared units of the activity.

    Returns:
        The estimate, and for each row of the probe the number of values that its input takes, as far as the
        noise tells them apart.

    Source:
        Kolchinsky & Tracey (2017), Entropy 19, 361, eqs. 10-12 and §3.
    """
    window = len(rows) // probe.samples
    ids = np.tile(probe.ids, window)
    classes = np.zeros(len(ids), np.int64) if probe.classes is None else np.tile(probe.classes, window)
    order = np.argsort(classes, kind="stable")
    sums = kernel_sums(rows, noise_variance, np.bincount(classes).tolist(), order)
    # ln 2 pi e v is in each of these entropies and drops out of every difference.
    upper, lower = _entropy(sums.narrow, len(ids)), _entropy(sums.wide, len(ids))
    own = _sums_of_inputs(rows, ids, noise_variance)
    sizes = np.bincount(ids)
    upper_given_x, lower_given_x = (_entropy_given(each, sizes) for each in own)
    i_ty, i_ty_bounds = None, None
    if probe.classes is not None:
        in_class = np.bincount(classes)
        upper_given_y = _entropy_given(sums.narrow_class, in_class)
        lower_given_y = _entropy_given(sums.wide_class, in_class)
        i_ty = bits(upper - upper_given_y)
        i_ty_bounds = bits(lower - upper_given_y), bits(upper - lower_given_y)
    i_xt_bounds = bits(lower - upper_given_x), bits(upper - lower_given_x)
    is_saturated = probe.h_x - i_xt_bounds[0] < SATURATED_BITS < probe.h_x
    estimate = Estimate(
        i_xt=bits(upper - upper_given_x),
        i_ty=i_ty,
        i_xt_bounds=i_xt_bounds,
        i_ty_bounds=i_ty_bounds,
        warnings=("saturated",) if is_saturated else (),
    )
    surprise = np.log(sizes[ids]) - own[0].log().cpu().numpy()
    of_input = np.bincount(ids, surprise) / sizes  # information about which of its activities it is, in nats
    return estimate, np.exp(of_input)[probe.ids]


def _entropy(sums: Float64[torch.Tensor, " rows"], count: int) -> float:
    return math.log(count) - float(sums.log().mean())


def _entropy_given(sums: Float64[torch.Tensor, " rows"], sizes: Int64[np.ndarray, " groups"]) -> float:
    """Mean over groups, by size: each group's own entropy is ln size - mean ln sum over its rows."""
    logs = float(sizes @ np.log(sizes)) / len(sums)
    return logs - float(sums.log().mean())


def _sums_of_inputs(
    rows: Stack, ids: Int64[np.ndarray, " rows"], noise_variance: float
) -> tuple[Float64[torch.Tensor, " rows"], Float64[torch.Tensor, " rows"]]:
    """Sum narrow and wide kernels over the rows of the same input only."""
    narrow, wide = torch.ones((2, len(ids)), dtype=torch.float64, device=rows.device)
    sizes = np.bincount(ids)
    if sizes.max() == 1:
        return narrow, wide  # each its own
    order = np.argsort(ids, kind="stable")
    ends = np.cumsum(sizes)
    first, start = 0, 0
    while first < len(sizes):
        # Whole inputs, one at least, as many as fit into a block.
        last = max(first + 1, int(np.searchsorted(ends, start + BLOCK, side="right")))
        block = torch.from_numpy(order[start : ends[last - 1]]).to(rows.device)
        sums = kernel_sums(rows[block], noise_variance, sizes[first:last].tolist())
        narrow[block], wide[block] = sums.narrow_class, sums.wide_class
        first, start = last, int(ends[last - 1])
    return narrow, wide


@final
class KernelPool(Pool[Stack, Stack]):
    """Holds the activities themselves: each row is compared with the rows of all others.

    Args:
        noise_variance: In squared units of the activity.
        probe: What activities are of.
    """

    def __init__(self, noise_variance: float, probe: Probe) -> None:
        super().__init__(probe)
        self._variance = noise_variance

    def keep(self, t: Activity | Rows) -> Stack:
        """Copy."""
        return self.rows(t).clone()

    def ready(self, kept: Sequence[Stack]) -> Sequence[Stack]:
        """Nothing is shared."""
        return kept

    def estimate(self, window: Sequence[Stack]) -> Estimate:
        """Bound."""
        whole, distinct = bound_together(torch.cat(list(window)), self.probe, self._variance)
        singles = [bound_together(rows, self.probe, self._variance)[0] for rows in window]
        return beside(whole, singles, distinct, probe=self.probe, counts=False)
