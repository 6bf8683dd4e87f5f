"""How the weights of a window moved, and the window that chance alone would have given."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import final

import numpy as np
import torch
from jaxtyping import Float

from ibspec.analysis import random_walk, relative_steps, wander
from ibspec.core import child_generator
from ibspec.estimators import AsIfRandom
from ibspec.results import Weights, WeightStore

SHORTEST = 8
"""Epochs of which it can be said how they move: a slope wants two lags and a few starting points for each."""


@final
class Motion:
    """Reads the weights of one replica's measured epochs, a window at a time.

    Args:
        kept: Weights of the measured epochs.
        replica: Which net.
        parameters: Names of what is trained; buffers of a net do not walk.
        seed: Of the experiment.
    """

    def __init__(self, kept: WeightStore, replica: int, parameters: Sequence[str], seed: int) -> None:
        self._kept, self._replica, self._parameters, self._seed = kept, replica, parameters, seed
        self._found: dict[tuple[int, ...], dict[str, float]] = {}

    def windows(self, estimator: AsIfRandom) -> list[tuple[int, ...]]:
        """Return the epochs of the last window and, where all are measured, of those before it.

        These share no epoch: what two windows of the same epochs say twice is said once.
        """
        epochs, length = self._kept.epochs(self._replica), estimator.window or 0
        if length < SHORTEST:
            return []
        ends = range(len(epochs), length - 1, -length)
        found = [tuple(epochs[end - length : end]) for end in ends]
        return found if estimator.windows == "all" else found[:1]

    def numbers(self, window: tuple[int, ...]) -> dict[str, float]:
        """Return what is stored beside an estimate of a window of evenly spaced epochs; see `AsIfRandom`."""
        if window not in self._found:
            path, rng = self._path(window), child_generator(self._seed, "wander", *self._place(window))
            self._found[window] = _motion(path, rng)
        return self._found[window]

    def walk(self, window: tuple[int, ...]) -> Iterator[tuple[int, Weights]]:
        """Yield nets on a random walk from the window's first, with steps of the same covariance.

        The same walk each time, so that the layers can be looked at one after the other.
        """
        walk = random_walk(
            self._path(window), child_generator(self._seed, "random-walk", *self._place(window))
        )
        for epoch, row in zip(window, walk, strict=True):
            weights, start = dict(self._kept.get(self._replica, epoch)), 0
            for name in self._parameters:
                like = weights[name]
                end = start + like.numel()
                weights[name] = torch.from_numpy(row[start:end].copy()).view(like.shape).to(like)
                start = end
            yield epoch, weights

    def _place(self, window: tuple[int, ...]) -> tuple[int, int, int]:
        return self._replica, window[-1], len(window)

    def _path(self, window: tuple[int, ...]) -> Float[np.ndarray, "moments parameters"]:
        """All parameters at each epoch, in the type that they are trained in."""
        rows = []
        for epoch in window:
            weights = self._kept.get(self._replica, epoch)
            rows.append(torch.cat([weights[name].detach().cpu().reshape(-1) for name in self._parameters]))
        return torch.stack(rows).numpy()


def is_even(window: Sequence[int]) -> bool:
    """Whether epochs are equally far apart, so that a lag is the same time everywhere."""
    return len({after - before for before, after in pairwise(window)}) <= 1


def _motion(path: Float[np.ndarray, "moments parameters"], rng: np.random.Generator) -> dict[str, float]:
    if (path == path[:1]).all():
        return {"relative_step": 0.0}  # nothing moves: there is no slope, nor steps to correlate
    try:
        found = wander(path, rng)
    except ValueError:  # it comes back to where it was at some lag
        return {"relative_step": float(relative_steps(path).mean())}
    return {
        "relative_step": found.relative_step,
        "displacement_exponent": found.exponent.value,
        "displacement_exponent_low": found.exponent.low,
        "displacement_exponent_high": found.exponent.high,
        "dependent_steps": found.dependent,
        "lag_one_correlation": found.lag_one,
    }
