"""Epochs that training has come to and of which it is open whether they will be measured."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, final

from ibspec.results import WeightStore
from ibspec.runner.following import Follower, Place
from ibspec.runner.unwritten import recorded, restored
from ibspec.training import Snapshot


@final
class OpenEpochs:
    """Keeps what the history will need of open epochs, and the weights of those that wait for an answer.

    An epoch is open until it has been measured, or until it is certain that it will not be.

    Args:
        replicas: How many.
        weights: In which weights wait.
        follower: Says what is to be measured.
        remembers: Whether the weights of the epoch before are measured too.

    Attributes:
        chosen: Places that have been measured or are about to be.
    """

    def __init__(self, replicas: int, weights: WeightStore, follower: Follower, *, remembers: bool) -> None:
        self._weights, self._follower, self._remembers = weights, follower, remembers
        self._snapshots: list[dict[int, Snapshot]] = [{} for _ in range(replicas)]
        self.chosen: set[Place] = set()

    def add(self, snapshot: Snapshot) -> None:
        """Open an epoch, without its weights."""
        self._snapshots[snapshot.replica][snapshot.epoch] = replace(snapshot, weights=None, before=None)

    def put_aside(self, snapshot: Snapshot) -> None:
        """Let the weights of an open epoch wait: epochs to come decide whether it is measured."""
        assert snapshot.weights is not None
        self._weights.put(snapshot.replica, snapshot.epoch, snapshot.weights)

    def wanted(self, replica: int, epoch: int) -> Iterator[Snapshot]:
        """Yield, with their weights, the epochs up to this one that are wanted and not chosen yet."""
        for wanted in self._follower.wanted(replica, epoch):
            if (replica, wanted) not in self.chosen and wanted in self._snapshots[replica]:
                weights = self._weights.get(replica, wanted)
                before = self._weights.get(replica, wanted - 1) if self._remembers and wanted else None
                yield replace(self._snapshots[replica][wanted], weights=weights, before=before)

    def close(self, snapshot: Snapshot) -> None:
        """Forget an epoch that has been measured."""
        del self._snapshots[snapshot.replica][snapshot.epoch]
        self._weights.drop(snapshot.replica, snapshot.epoch)
        if snapshot.before is not None:  # the epoch before has been measured by now, if it is to be
            self._weights.drop(snapshot.replica, snapshot.epoch - 1)

    def settle(self, replica: int, *, has_ended: bool) -> Iterator[Snapshot]:
        """Forget the epochs that will not be measured, and yield what the history needs of them."""
        for epoch in list(self._snapshots[replica]):
            is_chosen = (replica, epoch) in self.chosen
            if not is_chosen and (has_ended or not self._follower.keeps(replica, epoch)):
                snapshot = self._snapshots[replica].pop(epoch)
                self._weights.drop(replica, epoch)
                yield snapshot

    def record(self, being_measured: Iterable[Snapshot]) -> list[Any]:
        """Return the open epochs, for a checkpoint; weights that are being measured are put aside too."""
        for snapshot in being_measured:
            self.put_aside(snapshot)
            if snapshot.before is not None:
                self._weights.put(snapshot.replica, snapshot.epoch - 1, snapshot.before)
        return [recorded(each) for of_replica in self._snapshots for each in of_replica.values()]

    def restore(self, records: list[Any]) -> None:
        """Open the epochs of a checkpoint."""
        for snapshot in map(restored, records):
            self._snapshots[snapshot.replica][snapshot.epoch] = snapshot
