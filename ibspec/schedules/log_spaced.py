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
        # The power that rounds to it, if any, has the exponent nearest to its logarithm or the one below:
        # on a logarithmic axis half an epoch more is nearer than half an epoch less.
        return any(round(10 ** (k / self.per_decade)) == epoch for k in (nearest - 1, nearest))
