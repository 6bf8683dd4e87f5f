"""Other ways to compute the kernel bounds: f in bits of one variance, of one set of rows."""

import importlib.util
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

Numbers = np.ndarray[Any, np.dtype[Any]]
Bound = Callable[[torch.Tensor, float], float]


def _squared_distances(rows: torch.Tensor) -> torch.Tensor:
    norms = rows.square().sum(dim=1)
    return norms[:, None] + norms[None, :] - 2.0 * rows @ rows.T


def reference(rows: torch.Tensor, variance: float) -> float:
    """N x N in float32, as the literature's program does: most kernels underflow, which is slow."""
    exponents = -_squared_distances(rows) / (2.0 * variance)
    return math.log(len(rows)) - float(torch.logsumexp(exponents, dim=1).mean())


def clamped(rows: torch.Tensor, variance: float) -> float:
    """The same with exponents clamped at -80: no underflow, the fair baseline."""
    exponents = (-_squared_distances(rows) / (2.0 * variance)).clamp(-80.0, 0.0)
    return math.log(len(rows)) - float(exponents.exp().sum(dim=1).log().mean())


def chunked(rows: torch.Tensor, variance: float) -> float:
    """float32 in blocks of 512 rows: no N x N matrix."""
    norms = rows.square().sum(dim=1)
    total = 0.0
    for start in range(0, len(rows), 512):
        block = rows[start : start + 512]
        distances = norms[start : start + 512, None] + norms[None, :] - 2.0 * block @ rows.T
        total += float(torch.logsumexp(-distances / (2.0 * variance), dim=1).sum())
    return math.log(len(rows)) - total / len(rows)


def differences(rows: torch.Tensor, variance: float) -> float:
    """SciPy's pairwise differences in float64: exact and slow."""
    array = rows.double().numpy()
    exponents = -cdist(array, array, "sqeuclidean") / (2.0 * variance)
    return float(math.log(len(array)) - logsumexp(exponents, axis=1).mean())


def keops(rows: torch.Tensor, variance: float) -> float:
    """KeOps' lazy tensors in float32, which generate a loop in C++."""
    from pykeops.torch import LazyTensor

    a, b = LazyTensor(rows[:, None, :].contiguous()), LazyTensor(rows[None, :, :].contiguous())
    exponents = -((a - b) ** 2).sum(-1) / (2.0 * variance)
    return math.log(len(rows)) - float(exponents.logsumexp(1).mean())


BASELINES: dict[str, Bound] = {
    "reference": reference,
    "clamped": clamped,
    "chunked": chunked,
    "scipy": differences,
} | ({"keops": keops} if importlib.util.find_spec("pykeops") else {})


def all_bounds(f: Bound, rows: torch.Tensor, labels: Numbers, variance: float) -> tuple[float, ...]:
    """Bits: both bounds of all rows, and of all rows less each class, every class on its own."""
    upper, lower = f(rows, variance), f(rows, 4.0 * variance)
    upper_y = lower_y = 0.0
    for label in range(int(labels.max()) + 1):
        own = rows[torch.from_numpy(labels == label)]
        upper_y += len(own) / len(rows) * f(own, variance)
        lower_y += len(own) / len(rows) * f(own, 4.0 * variance)
    return tuple(nats / math.log(2.0) for nats in (upper, lower, upper - upper_y, lower - lower_y))
