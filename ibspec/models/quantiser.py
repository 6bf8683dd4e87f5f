"""Activity on a grid of few levels, and the codes of its levels."""

from typing import Any, cast, final

import torch
from torch import nn


@final
class Quantiser(nn.Module):
    """Puts every unit on the nearest of evenly spaced levels from `low` to `high`; beyond them on the last.

    The gradient passes straight through between the ends, and not at all beyond them, as through a clamp.

    Attributes:
        levels: How many, 2 to 256; the codes 0 to levels - 1 fit in 8 bits.

    Source:
        Bengio, Leonard & Courville (2013), arXiv:1308.3432, section 4: the straight-through estimator.
    """

    def __init__(self, levels: int, low: float, high: float) -> None:
        super().__init__()
        self.levels, self.low, self.high = levels, low, high

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the level of each value."""
        return cast(torch.Tensor, _StraightThrough.apply(x, self))  # type: ignore[no-untyped-call]

    def encode(self, x: torch.Tensor) -> torch.Tensor:
        """Return the code of the level nearest to each value; in the middle the even one."""
        step = (self.high - self.low) / (self.levels - 1)
        return x.clamp(self.low, self.high).sub(self.low).div(step).round().to(torch.uint8)

    def decode(self, codes: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
        """Return the level of each code."""
        return self._grid(dtype, codes.device)[codes.long()]

    def codes_of(self, values: torch.Tensor) -> torch.Tensor:
        """Return the codes that levels stand for, as 8-bit integers.

        Raises:
            ValueError: A value is no level. Nothing is rounded here.
        """
        grid = self._grid(values.dtype, values.device)
        # contiguous: searchsorted would make a copy of other layouts, and warn.
        codes = torch.searchsorted(grid, values.contiguous()).clamp(max=self.levels - 1)
        strangers = grid[codes] != values
        if bool(strangers.any()):
            raise ValueError(f"{float(values[strangers][0])} is none of {self.levels} levels of {self}")
        return codes.to(torch.uint8)

    def extra_repr(self) -> str:
        """Say which grid."""
        return f"levels={self.levels}, low={self.low:g}, high={self.high:g}"

    def _grid(self, dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        """Return the levels, rising. Counted in float64, so that they are the same wherever they are made."""
        at = torch.arange(self.levels, dtype=torch.float64, device=device) / (self.levels - 1)
        return (self.low + at * (self.high - self.low)).to(dtype)


class _StraightThrough(torch.autograd.Function):
    """Quantises forwards; backwards it is the clamp to the grid's ends."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, quantiser: Quantiser) -> torch.Tensor:
        ctx.save_for_backward((x >= quantiser.low) & (x <= quantiser.high))
        return quantiser.decode(quantiser.encode(x), x.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        (is_inside,) = ctx.saved_tensors
        return gradient * is_inside, None
