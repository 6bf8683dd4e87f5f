"""Every so many epochs."""

from typing import Literal, final

from pydantic import PositiveInt

from ibspec.schedules.schedule import Schedule


@final
class Every(Schedule):
    """Epochs 0, n, 2n, ... and the last."""

    kind: Literal["every"] = "every"
    epochs: PositiveInt = 1

    def includes(self, epoch: int) -> bool:
        """Whether the epoch is a multiple."""
        return epoch % self.epochs == 0
