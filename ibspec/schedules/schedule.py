"""The one contract of all schedules."""

from abc import ABC, abstractmethod
from typing import ClassVar

from ibspec.core import Frozen


class Schedule(Frozen, ABC):
    """A choice of epochs, counted as epochs done: 0 is before training."""

    is_adaptive: ClassVar[bool] = False
    """Whether what is measured next depends on what was measured; `planned` is then all that it may be."""

    @abstractmethod
    def includes(self, epoch: int) -> bool:
        """Whether the rule itself picks this epoch, 1 or later."""

    def is_due(self, epoch: int, last: int | None = None) -> bool:
        """Whether to measure after this epoch; epoch 0 and the last one always are."""
        return epoch in (0, last) or self.includes(epoch)

    def planned(self, last: int) -> list[int]:
        """Return all epochs that a training of `last` epochs measures."""
        return [epoch for epoch in range(last + 1) if self.is_due(epoch, last)]
