"""A local fit of the logarithm of a density, by the truncated neighbourhood of each row."""

import math
from functools import cache
from typing import Any, Final

import numpy as np
from jaxtyping import Float
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

ROWS_AT_ONCE: Final = 1_000

SINGULAR: Final = 1e-12
"""Smallest variance of a neighbourhood over its second moment; a smaller one is rounding."""

OUTSIDE: Final = 1e3
"""Squared standard deviations from a row to the middle of its neighbours beyond which no density was fitted.
Neighbours of a smooth density, k = 5, never came near it (28 in 200,000 draws); those of an atom do."""

DRAWS: Final = 60_000
"""Simulated neighbourhoods for each constant: a standard error of at most 0.002 nats for k = 5, m = 30."""


def local_entropies(
    rows: Float[np.ndarray, "samples columns"], neighbours: int, local: int, order: int
) -> Float[np.ndarray, " samples"]:
    """-ln(density) in nats at each row before any correction; NaN where it cannot be fitted.

    The scale h is the Euclidean distance to the k-th neighbour, the fit is to the m nearest.
    """
    samples, columns = rows.shape
    distances, indices = map(np.asarray, cKDTree(rows).query(rows, local + 1))
    entropies = np.full(samples, np.nan)
    for start in range(0, samples, ROWS_AT_ONCE):
        some = np.arange(start, min(start + ROWS_AT_ONCE, samples))
        h = distances[some, neighbours]
        some, h = some[h > 0], h[h > 0]
        # The nearest row is the row itself, or equal to it.
        around = (rows[indices[some, 1:]] - rows[some, None]) / h[:, None, None]
        entropies[some] = math.log(samples - 1) + columns * np.log(h) + _fit(around, order)
    return entropies


def _fit(around: Float[np.ndarray, "some local columns"], order: int) -> Float[np.ndarray, " some"]:
    """-ln(density) at the origin, the kernel exp(-u^2/2) centred there, from neighbours in units of h."""
    columns = around.shape[2]
    weights = np.exp(-0.5 * (around**2).sum(axis=2))
    total = weights.sum(axis=1)
    flat: Any = 0.5 * columns * math.log(2 * math.pi) - np.log(total)
    if order == 0:
        return np.asarray(flat)
    mean = np.einsum("nm,nmd->nd", weights, around) / total[:, None]
    if order == 1:
        return np.asarray(flat + 0.5 * (mean**2).sum(axis=1))
    second = np.einsum("nm,nmd,nme->nde", weights, around, around, optimize=True) / total[:, None, None]
    variances, axes = np.linalg.eigh(second - mean[:, :, None] * mean[:, None, :])
    variances[variances[:, 0] <= SINGULAR * np.trace(second, axis1=1, axis2=2)] = np.nan
    away = (np.einsum("nde,nd->ne", axes, mean) ** 2 / variances).sum(axis=1)
    away[away > OUTSIDE] = np.nan
    return np.asarray(flat + 0.5 * (np.log(variances).sum(axis=1) + away))


@cache
def bias(neighbours: int, local: int, order: int, columns: int) -> float:
    """B in nats, by which the mean of `local_entropies` exceeds the entropy as samples grow without end.

    Neighbours of a smooth density are then points of a Poisson process: the volumes within their radii are
    sums of unit exponentials, their directions uniform. B does not depend on the density; it has no
    closed form, and is simulated with a generator of its own, always the same.

    Source:
        Gao, Oh & Viswanath (2016), arXiv:1609.02208, on order statistics of neighbours.
    """
    return simulated_bias(neighbours, local, order, columns, DRAWS)[0]


def simulated_bias(
    neighbours: int, local: int, order: int, columns: int, draws: int, seed: int = 0
) -> tuple[float, float]:
    """B and its standard error from `draws` simulated neighbourhoods."""
    rng = np.random.default_rng([neighbours, local, order, columns, seed])
    parts = []
    for start in range(0, draws, ROWS_AT_ONCE):
        shape = (min(ROWS_AT_ONCE, draws - start), local)
        volumes = rng.standard_exponential(shape).cumsum(axis=1)
        directions = rng.standard_normal((*shape, columns))
        directions /= np.linalg.norm(directions, axis=2, keepdims=True)
        radii = (volumes / volumes[:, neighbours - 1 : neighbours]) ** (1 / columns)
        # ln of the k-th volume has the mean psi(k); what remains varies.
        parts.append(_fit(radii[:, :, None] * directions, order))
    found = np.concatenate(parts)
    ball = 0.5 * columns * math.log(math.pi) - float(gammaln(columns / 2 + 1))
    mean = float(np.nanmean(found)) + float(digamma(neighbours)) - ball
    return mean, float(np.nanstd(found) / math.sqrt(draws))
