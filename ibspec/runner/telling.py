"""What a run tells people: a log, notes, and where it stands with the time that is left."""

import time
from collections.abc import Mapping, Sequence
from typing import Any, final

from ibspec.runner.clock import ALL, Clock
from ibspec.runner.following import Follower
from ibspec.runner.log import Log
from ibspec.runner.measuring import Measuring
from ibspec.runner.preparation import Prepared
from ibspec.runner.progress import Moment, Progress
from ibspec.training import Engine, Snapshot

BETWEEN_NEWS = 0.1
"""Seconds after which it is worth telling that training has gone on."""


@final
class Telling:
    """Writes the log of a run, and keeps whoever is watching up to date.

    Args:
        prepared: The experiment.
        log: Of the run.
        progress: Told how far it has come.
        clock: How long a stage takes.
        engine: What is trained.
        follower: How much will be measured yet.
        measuring: How much waits to be measured.
    """

    def __init__(
        self,
        prepared: Prepared,
        log: Log,
        progress: Progress,
        clock: Clock,
        engine: Engine,
        follower: Follower,
        measuring: Measuring,
    ) -> None:
        self._prepared, self._log, self._progress, self._clock = prepared, log, progress, clock
        self._engine, self._follower, self._measuring = engine, follower, measuring
        self._epochs, self._replicas = prepared.spec.training.epochs, prepared.spec.training.replicas
        self._told = -BETWEEN_NEWS

    def note(self, text: str) -> None:
        """Tell something that is worth a line, here and in the log."""
        self._log.line(text)
        self._progress.note(text)

    def of_start(self, manifest: Mapping[str, Any]) -> None:
        """Tell what is about to be done, by which engine, with which data."""
        spec, dataset = self._prepared.spec, self._prepared.dataset
        self._log.line(
            f"{spec.name}, digest {manifest['digest'][:8]}: {self._engine.name} engine on "
            f"{manifest['device']}, {manifest['threads']} threads; data from {dataset.source}"
        )
        self._progress.note(f"{spec.name}: {spec.about}".removesuffix(": "))
        for note in dataset.notes:
            self.note(note)

    def of_training(self, snapshot: Snapshot) -> None:
        """Tell that training has come this far, if the last news are old enough."""
        if time.monotonic() - self._told >= BETWEEN_NEWS:
            self._tell(snapshot, "training")

    def of_measuring(self, snapshot: Snapshot, layer: str = "") -> None:
        """Tell that a snapshot is being measured, and which layer of it, if that is known."""
        self._tell(snapshot, f"{self._which(snapshot.replica)}measuring {layer}".rstrip())

    def of_parallel_nets(self, replica: int) -> None:
        """Tell that the parallel nets of a replica are trained, after its own training."""
        left = self._left_after_training("parallel nets", replica)
        self._progress.at(Moment(self._epochs, self._epochs, f"{self._which(replica)}parallel nets", left))

    def of_looking_back(self, replica: int, layers: Sequence[str]) -> None:
        """Tell which layers of a replica, or of `ALL`, are looked at after training."""
        what = layers[0] if len(layers) == 1 else "all layers"
        left = None if replica == ALL else self._left_after_training("looking back", replica)
        doing = f"{self._which(replica)}looking back at {what}"
        self._progress.at(Moment(self._epochs, self._epochs, doing, left))

    def of_end(self, state: str, reason: str) -> None:
        """Write the last line of the log."""
        self._log.line(f"{state} after {self._clock.elapsed():.1f} s {reason}".rstrip())

    def _tell(self, snapshot: Snapshot, doing: str) -> None:
        self._told = time.monotonic()
        self._progress.at(Moment(snapshot.epoch, self._epochs, doing, self._seconds_left(snapshot)))

    def _which(self, replica: int) -> str:
        if replica == ALL:
            return "all replicas: "
        return f"replica {replica}: " if self._replicas > 1 else ""

    def _left_after_training(self, stage: str, replica: int) -> float | None:
        mean = self._clock.mean(stage)
        return None if mean is None else mean * (self._replicas - replica)

    def _seconds_left(self, snapshot: Snapshot) -> float | None:
        training, estimating = self._clock.mean("training"), self._clock.mean("estimating")
        epochs_left = self._epochs - snapshot.epoch
        if (training is None and epochs_left > 0) or estimating is None:
            return None
        measuring = estimating + sum(
            self._clock.mean(stage) or 0.0 for stage in ("activity", "evaluation", "gradients")
        )
        due_left = self._follower.share_left(snapshot.epoch)
        snapshots_left = len(self._engine.live) * due_left + self._measuring.pending
        workers = max(1, self._prepared.workers)
        return epochs_left * (training or 0.0) + snapshots_left * measuring / workers
