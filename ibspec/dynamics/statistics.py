"""Signal and noise of mini-batch gradients, from running sums."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, final

import torch
from jaxtyping import Float, Float64, Int

Status = Literal["ok", "noiseless", "not-finite"]

PORTION = 64
"""Gradients whose differences are held at once."""


@final
@dataclass(frozen=True)
class GradientStatistics:
    """Signal and noise of the gradients of several batches of one size, over some of the parameters.

    Attributes:
        mean_norm: Euclidean norm of the mean over batches.
        std_norm: Euclidean norm of the standard deviations, the divisor being the number of batches; so the
            mean squared norm of a gradient is mean_norm^2 + std_norm^2.
        snr: mean_norm / std_norm; NaN where there is no noise, since nothing is divided by 0.
        batch_size: Rows of a batch. Without it an SNR says nothing: it grows with it.
        batches: How many gradients.
        status: `ok`; `noiseless` where all gradients are equal, as those of full batches are, or where there
            is only one; `not-finite` where one has diverged.

    Source:
        candidate-8240R-2019 §2.3.3, after Shwartz-Ziv & Tishby (2017), arXiv:1703.00810, §3.1.
    """

    mean_norm: float
    std_norm: float
    snr: float
    batch_size: int
    batches: int
    status: Status


@final
class Accumulated:
    """Running sums over gradients, in float64, from which signal and noise of any part follow.

    Sums are of differences to the first gradient. However small the noise is beside the mean, nothing
    cancels: with B gradients the first lies within sqrt(B) standard deviations of their mean, so rounding
    costs a variance at most about B of its last digits' units.

    Attributes:
        batch_size: Rows of each batch.
        batches: How many gradients so far.
    """

    def __init__(self, batch_size: int) -> None:
        self.batch_size = batch_size
        self.batches = 0
        self._first = self._total = self._squares = torch.empty(0, dtype=torch.float64)

    def add(self, gradient: Float[torch.Tensor, " parameters"]) -> None:
        """Take in the gradient of a batch; a later change of it does no harm."""
        self.add_all(gradient[None])

    def add_all(self, gradients: Float[torch.Tensor, "batches parameters"]) -> None:
        """Take in the gradients of several batches."""
        gradients = gradients.detach()
        for some in torch.split(gradients, PORTION):
            if self.batches == 0:
                self._first = some[0].to(torch.float64, copy=True)
                self._total, self._squares = torch.zeros_like(self._first), torch.zeros_like(self._first)
            differences = some - self._first
            self._total += differences.sum(dim=0)
            self._squares += differences.square_().sum(dim=0)
            self.batches += len(some)

    @property
    def mean(self) -> Float64[torch.Tensor, " parameters"]:
        """The mean over batches."""
        return self._first + self._total / self.batches

    @property
    def variance(self) -> Float64[torch.Tensor, " parameters"]:
        """The variance over batches, with divisor `batches`."""
        # Rounding alone cannot take it below 0 (see above), but squares too small for float64 can.
        spread = self._squares / self.batches - (self._total / self.batches).square()
        return spread.clamp_(min=0.0)

    def statistics(
        self, parts: Mapping[str, slice | Int[torch.Tensor, " part"]]
    ) -> dict[str, GradientStatistics]:
        """Return signal and noise of each part.

        Args:
            parts: Places among the parameters, by name.

        Raises:
            ValueError: There is no gradient yet.
        """
        if self.batches == 0:
            raise ValueError("wanted the gradient of at least one batch; got none")
        mean, variance = self.mean.square(), self.variance
        return {
            name: _statistics(float(mean[part].sum()), float(variance[part].sum()), self)
            for name, part in parts.items()
        }


def _statistics(signal: float, noise: float, sums: Accumulated) -> GradientStatistics:
    """Return the statistics from the squared norms of mean and standard deviation."""
    mean_norm, std_norm = math.sqrt(signal), math.sqrt(noise)
    size, batches = sums.batch_size, sums.batches
    if not math.isfinite(signal + noise):
        return GradientStatistics(mean_norm, std_norm, math.nan, size, batches, "not-finite")
    if std_norm == 0:
        return GradientStatistics(mean_norm, std_norm, math.nan, size, batches, "noiseless")
    return GradientStatistics(mean_norm, std_norm, mean_norm / std_norm, size, batches, "ok")
