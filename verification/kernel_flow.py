"""How the kernel bound moves with the activity: the derivative in time, as it is and as it is printed.

All rates are in bits per unit of time; `velocity` is the time derivative of the rows.
"""

import numpy as np

from verification.kernels import LN2, Rows, Square, squared_distances


def approach(rows: Rows, velocity: Rows) -> Square:
    """(a_i - a_j) . (da_i/dt - da_j/dt): half the rate of each squared distance."""
    return coordinate_products(rows, velocity).sum(axis=2)


def coordinate_products(rows: Rows, velocity: Rows) -> np.ndarray:
    """(a_ik - a_jk) (da_ik/dt - da_jk/dt) for each pair and coordinate."""
    return (rows[:, None] - rows[None]) * (velocity[:, None] - velocity[None])


def weights(rows: Rows, variance: float, v: float = 1.0) -> Square:
    """K_ij = p_ij / (N v s2) in bits, with p_ij = k_ij / sum_l k_il: the weights of the true f."""
    kernels = np.exp(-squared_distances(rows) / (2 * v * variance))
    return kernels / kernels.sum(axis=1, keepdims=True) / (len(rows) * v * variance * LN2)


def printed_weights(rows: Rows, variance: float, v: float = 1.0) -> Square:
    """K_ij = (log N / N) D_ij exp(-D_ij / (2 v s2)) / (2 v^2 s2^2), as printed, in bits."""
    distances = squared_distances(rows)
    kernels = np.exp(-distances / (2 * v * variance))
    return np.log2(len(rows)) / len(rows) * distances * kernels / (2 * (v * variance) ** 2)


def weights_of_printed_f(rows: Rows, variance: float, v: float = 1.0) -> Square:
    """What belongs to (log N / N) sum_ij k_ij, the printed f, if it is differentiated without a slip."""
    kernels = np.exp(-squared_distances(rows) / (2 * v * variance))
    return -np.log2(len(rows)) / len(rows) * kernels / (v * variance)


def rate(rows: Rows, velocity: Rows, variance: float, v: float = 1.0) -> float:
    """df(v)/dt of the true f."""
    return float((weights(rows, variance, v) * approach(rows, velocity)).sum())
