"""Kernel bounds by the book, in bits, and what they bound, independent of the estimators.

Rows are points of a Gaussian mixture with equal weights; `variance` is that of the noise around each.
"""

import numpy as np
from jaxtyping import Float

LN2 = float(np.log(2.0))

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

QUADRATURE = 1e-8
"""Bits: the trapezoid rule on an analytic integrand that dies out at both ends; see `STEPS`."""

STEPS = 20
"""Steps of the quadrature in one standard deviation of the noise; more change nothing but rounding."""

REACH = 12
"""How many standard deviations the quadrature goes beyond the outermost point: exp(-72) is left out."""

Rows = Float[np.ndarray, "samples units"]
Square = Float[np.ndarray, "samples samples"]

PAIR = np.array([[0.0], [1.0]])
"""Two points at distance 1: the smallest example."""


def squared_distances(rows: Rows) -> Square:
    """D_ij = |a_i - a_j|^2, by differences."""
    return ((rows[:, None, :] - rows[None, :, :]) ** 2).sum(axis=2)


def bound_of_distances(distances: Square, variance: float, v: float = 1.0) -> float:
    """f(v) = -mean_i log2 mean_j exp(-D_ij / (2 v variance))."""
    return float(-np.log2(np.exp(-distances / (2 * v * variance)).mean(axis=1)).mean())


def bound(rows: Rows, variance: float, v: float = 1.0) -> float:
    """f(v) of rows; f(4) <= I(X;T+Z) <= f(1)."""
    return bound_of_distances(squared_distances(rows), variance, v)


def noise_entropy(units: int, variance: float) -> float:
    """The differential entropy of the noise alone."""
    return float(units / 2 * np.log2(2 * np.pi * np.e * variance))


def kernel_entropy(rows: Rows, variance: float) -> float:
    """Upper bound in bits of the differential entropy of the rows with noise, that of the noise included."""
    densities = np.exp(-squared_distances(rows) / (2 * variance)).mean(axis=1)
    return noise_entropy(rows.shape[1], variance) - float(np.log2(densities).mean())


def noisy_entropy(rows: Rows, variance: float) -> float:
    """The differential entropy of one unit with noise, exactly: an integral over the line."""
    points = np.asarray(rows, dtype=float).ravel()
    sigma = variance**0.5
    low, high = points.min() - REACH * sigma, points.max() + REACH * sigma
    grid = np.linspace(low, high, int(STEPS * (high - low) / sigma) + 2)
    kernels = np.exp(-((grid[:, None] - points) ** 2) / (2 * variance)).mean(axis=1)
    density = kernels / (2 * np.pi * variance) ** 0.5
    support = density > 0
    return float(-(density[support] * np.log2(density[support])).sum() * (grid[1] - grid[0]))


def noisy_information(rows: Rows, variance: float) -> float:
    """I(X;T+Z) of one unit, X uniform on the rows, exactly."""
    return noisy_entropy(rows, variance) - noise_entropy(1, variance)
