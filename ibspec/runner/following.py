"""Which snapshots are measured: those of a list of epochs, or those that adaptive schedules ask for."""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from typing import Any, final

import numpy as np

from ibspec.core import Probe
from ibspec.results import Measurement
from ibspec.schedules import Adaptive, Scale, Schedule, Walk, information_of, scale_of

Place = tuple[int, int]
"""Replica and epoch."""


class Follower(ABC):
    """Says which weights to keep, which snapshots to measure, and which will never be."""

    @abstractmethod
    def keeps(self, replica: int, epoch: int) -> bool:
        """Whether the weights of a replica after this epoch are wanted, or may come to be."""

    def may_look_at(self, epoch: int) -> bool:
        """Whether an epoch that is about to be trained may come to be measured, in any replica."""
        return True

    @abstractmethod
    def wanted(self, replica: int, epoch: int) -> list[int]:
        """Return the epochs, up to this one, that are to be measured and have not been."""

    @abstractmethod
    def found(self, replica: int, epoch: int, rows: Sequence[Measurement]) -> None:
        """Take note of what was measured."""

    @abstractmethod
    def end(self, replica: int) -> None:
        """Take note that a replica is given up."""

    @abstractmethod
    def share_left(self, epoch: int) -> float:
        """Return about how many epochs after this one will be measured, of each replica."""

    def must_wait(self, epoch: int, measuring: Iterable[Place]) -> bool:
        """Whether training should not go on before one of these has been measured."""
        return False

    def summary(self, epochs: int) -> dict[str, Any] | None:
        """Return what the manifest says of the schedule, or None where there is nothing to say."""
        return None


@final
class Listed(Follower):
    """Epochs known beforehand."""

    def __init__(self, due: Sequence[int], replicas: int) -> None:
        self._due = frozenset(due)
        self._rising = np.array(sorted(due))
        self._left = [sorted(due) for _ in range(replicas)]  # rising, and mostly struck off from the front

    def keeps(self, replica: int, epoch: int) -> bool:
        """Whether it is on the list."""
        return epoch in self._due

    def may_look_at(self, epoch: int) -> bool:
        """Whether it is on the list."""
        return epoch in self._due

    def wanted(self, replica: int, epoch: int) -> list[int]:
        """Return those of the list that are left."""
        left = self._left[replica]
        return left[: bisect_right(left, epoch)]

    def found(self, replica: int, epoch: int, rows: Sequence[Measurement]) -> None:
        """Strike it off."""
        left = self._left[replica]
        place = bisect_left(left, epoch)
        if place < len(left) and left[place] == epoch:
            del left[place]

    def end(self, replica: int) -> None:
        """Nothing is left to measure but what is being measured."""

    def share_left(self, epoch: int) -> float:
        """Count the list."""
        return float((self._rising > epoch).sum())


@final
class Walking(Follower):
    """Every replica goes its own way.

    Args:
        schedule: How to step.
        epochs: The last one.
        replicas: How many ways.
        scale: Divisors of I(X;T) and of I(T;Y) in distances.
    """

    LEAD = 8
    """Epochs that training may be ahead of what decides the next step, and at least one more step."""

    def __init__(self, schedule: Adaptive, epochs: int, replicas: int, scale: Scale) -> None:
        self._walks = [Walk(schedule, epochs) for _ in range(replicas)]
        self._schedule, self._scale = schedule, scale
        self._ended: set[int] = set()

    def keeps(self, replica: int, epoch: int) -> bool:
        """Whether the way may lead back here."""
        walk = self._walks[replica]
        return epoch >= walk.open_from or epoch in walk.wanted

    def wanted(self, replica: int, epoch: int) -> list[int]:
        """Return what the way asks for, as far as training has come."""
        return [asked for asked in self._walks[replica].wanted if asked <= epoch]

    def found(self, replica: int, epoch: int, rows: Sequence[Measurement]) -> None:
        """Go on from there."""
        self._walks[replica].take(epoch, information_of(rows, self._scale))

    def end(self, replica: int) -> None:
        """What the way asks for beyond will not come."""
        self._ended.add(replica)

    def must_wait(self, epoch: int, measuring: Iterable[Place]) -> bool:
        """Where a step waits for its answer, and training is as far beyond it as the step was long."""
        return any(
            asked == walk.ahead and epoch - asked >= max(self.LEAD, walk.skip)
            for replica, asked in measuring
            for walk in (self._walks[replica],)
        )

    def share_left(self, epoch: int) -> float:
        """Guess that it goes on as the last steps went."""
        walks = [walk for replica, walk in enumerate(self._walks) if replica not in self._ended]
        left = [max(0, walk.last - epoch) / walk.skip for walk in walks]
        return float(np.mean(left)) if left else 0.0

    def summary(self, epochs: int) -> dict[str, Any] | None:
        """Return how much was measured, and where neighbours are too far apart."""
        schedule = self._schedule
        return {
            "kind": schedule.model_dump()["kind"],
            "delta": schedule.delta,
            "normalised": schedule.normalised,
            "scale": list(self._scale),
            "replicas": {
                str(replica): {
                    "measured": len(walk.found),
                    "dense": epochs + 1,
                    "breaks": [list(pair) for pair in walk.breaks()],
                }
                for replica, walk in enumerate(self._walks)
            },
        }


def follower_of(schedule: Schedule, epochs: int, replicas: int, probe: Probe) -> Follower:
    """Return who follows a schedule.

    Raises:
        SpecError: Distances are to be shares of an entropy that is 0.
    """
    if not isinstance(schedule, Adaptive):
        return Listed(schedule.planned(epochs), replicas)
    return Walking(schedule, epochs, replicas, scale_of(schedule, probe))
