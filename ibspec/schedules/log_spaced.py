"""Epochs evenly spaced on a logarithmic axis."""

import math
from typing import Literal, final

from pydantic import PositiveInt

from ibspec.schedules.schedule import Schedule


@final
class LogSpaced(Schedule):
    """Epochs 10^(k / per_decade), rounded, k = 0, 1, 2, ...; with epoch 0 and the last."""

    kind: Literal["log-spaced"] = "log-spaced"
    per_decade: PositiveInt = 10

    def includes(self, epoch: int) -> bool:
        """Whether a power rounds to this epoch."""
        nearest = round(self.per_decade * math.log10(epoch))
        # The power that rounds to `epoch`, if any, has the exponent nearest to its logarithm or a neighbour.
        return any(round(10 ** (k / self.per_decade)) == epoch for k in (nearest - 1, nearest, nearest + 1))
