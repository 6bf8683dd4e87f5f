"""Noise inside a net, while it is trained and while it is measured."""

from typing import final

import numpy as np
import torch
from torch import nn

from ibspec.core import child_generator


@final
class GaussianNoise(nn.Module):
    """Adds independent Gaussian noise to every unit.

    In training it draws from torch's generator, as dropout does: there each replica has its own state of it.
    Else it draws from `source`, so that measuring disturbs no training, repeats, and may go on in several
    threads; where there is no source (when a loss is evaluated), each pass meets the same noise, fixed once
    and for all.

    Attributes:
        sigma: Standard deviation, in units of the activity.
        source: Generator of the noise while measured.
    """

    def __init__(self, sigma: float, name: str) -> None:
        super().__init__()
        self.sigma, self.name = sigma, name
        self.source: np.random.Generator | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x + Z, Z ~ N(0, sigma^2 I)."""
        if self.training:
            return x + self.sigma * torch.randn_like(x)
        if x.device.type == "meta":
            return x
        source = child_generator(0, "noise", self.name) if self.source is None else self.source
        z = source.standard_normal(
            tuple(x.shape), dtype=np.float64 if x.dtype == torch.float64 else np.float32
        )
        return x + self.sigma * torch.from_numpy(z).to(x.device, x.dtype)

    def extra_repr(self) -> str:
        """Say how much noise."""
        return f"sigma={self.sigma:g}"
