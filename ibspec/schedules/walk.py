"""One net's way through training under an adaptive schedule."""

from itertools import pairwise
from typing import final

from ibspec.schedules.adaptive import Adaptive
from ibspec.schedules.distance import Information, distance


@final
class Walk:
    """Asks for epochs, is told what was measured there, and asks for more.

    What is asked for depends on the answers alone, not on the order in which they come: halves of a
    stretch may be measured side by side, and beside the steps that go ahead.

    Args:
        schedule: How to step.
        last: The last epoch, which is always asked for.

    Attributes:
        found: What was measured, by epoch.
        ahead: The epoch that the last step led to.
        skip: The length of that step, unless training ended before.
    """

    def __init__(self, schedule: Adaptive, last: int) -> None:
        self.schedule, self.last = schedule, last
        self.found: dict[int, Information] = {}
        self._waiting: set[int] = {0}  # asked for, without an answer yet
        self.ahead = 0  # the last epoch that a step led to
        self.skip = schedule.first
        self._before: int | None = None  # where that step began
        self._halves: dict[int, tuple[int, int]] = {}  # the stretch that an epoch asked for is the middle of

    @property
    def wanted(self) -> list[int]:
        """Epochs asked for and not yet answered, rising; training may not have come to them yet."""
        return sorted(self._waiting)

    @property
    def is_over(self) -> bool:
        """Whether nothing will be asked for any more."""
        return not self._waiting

    @property
    def open_from(self) -> int:
        """The first epoch that may still be asked for, or is asked for and not answered."""
        begins = [self._halves[epoch][0] + 1 if epoch in self._halves else epoch for epoch in self._waiting]
        if self.schedule.looks_back and self._before is not None and self.ahead in self._waiting:
            begins.append(self._before + 1)
        return min(begins, default=self.last + 1)

    def take(self, epoch: int, information: Information) -> None:
        """Answer for an epoch that was asked for."""
        if epoch not in self._waiting:
            raise ValueError(f"epoch {epoch} was not asked for, or has its answer")
        self._waiting.remove(epoch)
        self.found[epoch] = information
        if epoch in self._halves:
            low, high = self._halves.pop(epoch)
            self._look_between(low, epoch)
            self._look_between(epoch, high)
            return
        if self._before is not None:
            is_quiet = distance(self.found[self._before], information) <= self.schedule.delta
            self.skip = self.schedule.next_skip(self.skip, is_quiet)
            if self.schedule.looks_back:
                self._look_between(self._before, epoch)
        if epoch < self.last:
            self._before, self.ahead = epoch, min(epoch + self.skip, self.last)
            self._waiting.add(self.ahead)

    def _look_between(self, low: int, high: int) -> None:
        """Ask for the middle of a stretch whose ends are too far apart."""
        if high - low > 1 and distance(self.found[low], self.found[high]) > self.schedule.delta:
            middle = (low + high) // 2
            self._halves[middle] = low, high
            self._waiting.add(middle)

    def breaks(self) -> list[tuple[int, int]]:
        """Return neighbouring measured epochs that are neither adjacent nor at most delta apart."""
        measured = sorted(self.found)
        return [
            (low, high)
            for low, high in pairwise(measured)
            if high - low > 1 and distance(self.found[low], self.found[high]) > self.schedule.delta
        ]
