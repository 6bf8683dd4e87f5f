"""What a law of known information is: draws, the exact value, and what is known of its activity."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import torch
from jaxtyping import Shaped

from ibspec.core import Activity, Noise, Probe, share_memory

Rows = Shaped[np.ndarray, "samples units"]
Rng = np.random.Generator


@final
@dataclass(frozen=True)
class Added:
    """Normal noise that a law adds last, as a noisy layer does: T = S + sigma N.

    Attributes:
        sigma: Standard deviation in each coordinate.
        signal: Draws S given X.
        is_first: Whether S is a function of X; else an earlier layer was noisy, too.
    """

    sigma: float
    signal: Callable[[Rows, Rng], Rows]
    is_first: bool = True

    def noise_given(self, x: Rows) -> Noise:
        """Return what a noisy layer says of itself, on these inputs."""
        return Noise(self.sigma, self.is_first, lambda rng: share_memory(self.signal(x, rng)))

    def again(self, x: Rows, rng: Rng) -> torch.Tensor:
        """Return a fresh T for these inputs."""
        s = self.signal(x, rng)
        return share_memory(s + self.sigma * rng.standard_normal(s.shape))


@final
@dataclass(frozen=True)
class Law:
    """A law of X and T, each of `dims` dimensions.

    Attributes:
        name: Short, for tables.
        about: One line.
        dims: Dimensions of X and of T for which the exact value is known.
        bits: I(X;T) in bits, by dimension.
        draw: Samples of X and T, (samples, dims) each.
        discrete: Whether X has finitely many values; it is then a class label, too.
        whole: Whether T is a whole number; these are then handed over as codes, too.
        added: The normal noise in T, if there is one.
    """

    name: str
    about: str
    dims: tuple[int, ...]
    bits: Callable[[int], float]
    draw: Callable[[int, int, Rng], tuple[Rows, Rows]]
    discrete: bool = False
    whole: bool = False
    added: Added | None = None

    def sample(self, samples: int, dims: int, rng: Rng) -> tuple[Activity, Probe]:
        """Return activity, with all that a net would say of it, and its probe; a discrete X is the label."""
        x, t = self.draw(samples, dims, rng)
        labels = np.unique(x, axis=0, return_inverse=True)[1].ravel() if self.discrete else None
        added = self.added
        activity = Activity(
            share_memory(t),
            codes=share_memory(t.astype(np.int64)) if self.whole else None,
            resample=None if added is None else lambda rng: added.again(x, rng),
            noise=None if added is None else added.noise_given(x),
        )
        return activity, Probe(x=x, y=labels, ids=labels if self.discrete else np.arange(samples))
