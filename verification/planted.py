"""Curves over training whose noise and events are known, because they were put there."""

import numpy as np
from jaxtyping import Float

NOISE = 0.05

Curve = Float[np.ndarray, " epochs"]

Curves = Float[np.ndarray, "curves epochs"]


def saturating(epochs: int, *, rise: float = 3.0, pace: float = 10.0) -> Curve:
    """Rises from 7 bits and stays level."""
    found: Curve = 7.0 + rise * (1 - np.exp(-np.arange(epochs) / pace))
    return found


def falling(epochs: int, *, fall: float, start: int) -> Curve:
    """Rises, falls in a straight line for a quarter of the epochs, and stays level."""
    down = np.clip((np.arange(epochs) - start) / (epochs / 4), 0, 1)
    found: Curve = saturating(epochs) - fall * down
    return found


def broken(logs: Curve, *, at: float, before: float = -0.2, after: float = -1.2) -> Curve:
    """A straight line that turns once."""
    found: Curve = 0.3 + before * logs + (after - before) * np.maximum(0, logs - at)
    return found


def noisy(curve: Curve, curves: int, seed: int, sd: float = NOISE) -> Curves:
    """The same curve with independent normal noise, many times."""
    return curve + sd * np.random.default_rng(seed).standard_normal((curves, len(curve)))


def alike(points: int, curves: int, seed: int, correlation: float) -> Curves:
    """Normal noise of variance 1 whose neighbours are correlated (autoregressive, of order one)."""
    drawn = np.random.default_rng(seed).standard_normal((curves, points))
    for place in range(1, points):
        drawn[:, place] = correlation * drawn[:, place - 1] + np.sqrt(1 - correlation**2) * drawn[:, place]
    return drawn
