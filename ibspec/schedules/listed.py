"""Epochs one by one."""

from typing import Literal, final

from pydantic import Field, NonNegativeInt

from ibspec.core import Many
from ibspec.schedules.schedule import Schedule


@final
class Listed(Schedule):
    """The epochs of a list, epoch 0 and the last; listed epochs that training never reaches are skipped."""

    kind: Literal["listed"] = "listed"
    epochs: Many[NonNegativeInt] = Field(min_length=1)

    def includes(self, epoch: int) -> bool:
        """Whether the epoch is on the list."""
        return epoch in self.epochs

    def planned(self, last: int) -> list[int]:
        """Return the listed epochs up to `last`, with epoch 0 and the last."""
        return sorted({0, last, *(epoch for epoch in self.epochs if epoch <= last)})
