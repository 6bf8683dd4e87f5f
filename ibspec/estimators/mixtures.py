"""How much of a mixture of equal Gaussians is its own component, at points drawn from it."""

import math
from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import Float64, Int64

BLOCK_BYTES = 2**22
"""Kernels held at once: they stay in a core's cache."""

Means = Float64[torch.Tensor, "samples units"]
Points = Float64[torch.Tensor, "samples draws units"]
Logs = Float64[torch.Tensor, "samples draws"]

# Means s and draws z are in sigmas. With T = s_i + z the kernel of component k over that of component i is
# exp(-|s_i - s_k|^2 / 2 - z (s_i - s_k)): |z|^2 has cancelled, and with it the digits that it would cost. The
# own term is 1, so sums do not underflow; none is above exp(g^2 / 2), g a number from a standard normal law.


def mixture_logs(s: Means, z: Points) -> Logs:
    """Return ln N(T; s_i, I) / mean_k N(T; s_k, I) at T = s_i + z_ij, in nats; k runs over all rows.

    Its mean is the information of T about which component it came from, at most ln samples at each point.

    Args:
        s: A mean a row.
        z: Standard normal.
    """
    samples, draws, units = z.shape
    sums = torch.empty(samples, draws, dtype=torch.float64, device=s.device)
    rows = max(1, BLOCK_BYTES // (8 * samples * draws))
    for top in range(0, samples, rows):
        own = s[top : top + rows]
        distances = torch.cdist(own, s, compute_mode="donot_use_mm_for_euclid_dist").square_()
        along = (z[top : top + rows].reshape(len(own) * draws, units) @ s.T).reshape(-1, draws, samples)
        number = torch.arange(len(own), device=s.device)
        along -= along[number, :, top + number].unsqueeze(2)  # indexing copies
        sums[top : top + rows] = along.sub_(distances.div_(2).unsqueeze(1)).exp_().sum(dim=2)
    return math.log(samples) - sums.log()


def mixture_logs_given(s: Means, z: Points, given: Int64[np.ndarray, " samples"]) -> Logs:
    """Return the same with k among the rows for which `given` is what it is for row i."""
    logs = torch.zeros(z.shape[:2], dtype=torch.float64, device=s.device)
    order = np.argsort(given, kind="stable")
    starts = np.flatnonzero(np.diff(given[order])) + 1
    for group in np.split(order, starts):
        if len(group) > 1:  # one component is all of its mixture: 0
            rows = torch.from_numpy(group).to(s.device)
            logs[rows] = mixture_logs(s[rows], z[rows])
    return logs


def passes_logs(s: Means, z: Points, fresh: Iterable[Means]) -> Logs:
    """Return ln N(T; s_i, I) / mean_r N(T; s_ir, I) at T = s_i + z_ij, in nats.

    Args:
        s: A mean a row: the first pass.
        z: Standard normal.
        fresh: Means of the same rows in further passes.
    """
    sums = torch.ones(z.shape[:2], dtype=torch.float64, device=s.device)
    passes = 1
    for other in fresh:
        step = s - other
        along = (z @ step.unsqueeze(2)).squeeze(2)
        sums += (-along - step.square().sum(dim=1, keepdim=True) / 2).exp()
        passes += 1
    return math.log(passes) - sums.log()
