"""The mean and spread of flat gradients, on the CPU."""

from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float

from ibspec.training import kernels

Flat = Float[torch.Tensor, "rows parameters"]


@final
class CompiledRunning:
    """What `Running` is for flat gradients, going through memory once for each of them.

    Args:
        like: What will come: its shape and type.
        sizes: Parameters of each piece whose norms are wanted.
    """

    def __init__(self, like: Flat, sizes: Sequence[int]) -> None:
        self.count = 0
        self._ends = np.cumsum(sizes)
        self._mean = torch.zeros_like(like)
        self._spread = np.zeros((len(like), len(sizes)))

    def add(self, tensors: Sequence[Flat | None]) -> None:
        """Take in the next one."""
        (gradients,) = tensors
        assert gradients is not None
        self.count += 1
        for row, mean, spread in zip(gradients.numpy(), self._mean.numpy(), self._spread, strict=True):
            kernels.gather(row, self._ends, mean, spread, self.count)

    def means(self) -> Float[torch.Tensor, "rows pieces"]:
        """Return the squared norm of the mean of each piece."""
        squares = self._mean.numpy().astype(np.float64) ** 2
        return torch.from_numpy(np.add.reduceat(squares, [0, *self._ends[:-1]], axis=1))

    def spreads(self) -> Float[torch.Tensor, "rows pieces"]:
        """Return the summed squared distances of each piece from its mean."""
        return torch.from_numpy(self._spread)
