"""A run while it goes on: what each snapshot leads to."""

import time
from functools import partial
from typing import Any, final

from ibspec.core import RunError
from ibspec.results import RunDirectory
from ibspec.runner.after_training import AfterTraining
from ibspec.runner.bench import Bench, Findings
from ibspec.runner.checkpointing import Checkpointing
from ibspec.runner.clock import ALL, Clock
from ibspec.runner.ending import Ending, Outcome, State
from ibspec.runner.engine import engine_of, task_of
from ibspec.runner.following import follower_of
from ibspec.runner.interruption import Stopping, undisturbed
from ibspec.runner.keeping import Keeping
from ibspec.runner.ledger import Ledger
from ibspec.runner.log import Log
from ibspec.runner.measuring import Measuring
from ibspec.runner.open_epochs import OpenEpochs
from ibspec.runner.preparation import Prepared, looks_back
from ibspec.runner.progress import Progress
from ibspec.runner.resuming import Past
from ibspec.runner.rows import rows_of_diverged
from ibspec.runner.telling import Telling
from ibspec.training import Snapshot, epochs_of


@final
class Execution:
    """Trains all replicas together and measures each snapshot as it comes.

    Args:
        prepared: The experiment.
        directory: Of the run.
        progress: Told how far it has come.
        manifest: As it is at the start.
        past: What an unfinished run had come to; None for a new one.
    """

    def __init__(
        self,
        prepared: Prepared,
        directory: RunDirectory,
        progress: Progress,
        manifest: dict[str, Any],
        past: Past | None = None,
    ) -> None:
        self.prepared, self.directory, self.manifest, self.past = prepared, directory, manifest, past
        self.spec = prepared.spec
        training, asked = self.spec.training, self.spec.measure.gradients
        self.gathers = asked is not None and "moving" in asked.readings
        self.remembers = asked is not None and asked.information_rate
        record = None if past is None else past.record
        log = Log(directory.log)
        self.clock = clock = Clock(0.0 if record is None else record["seconds"])
        self.follower = follower = follower_of(
            self.spec.measure.when, training.epochs, training.replicas, prepared.probe
        )
        task = task_of(prepared)
        size = 4 * prepared.weights * (2 if self.remembers else 1)
        self.measuring = measuring = Measuring(lambda: Bench(prepared, task), prepared.workers, size)
        self.engine = engine = engine_of(prepared, task, log)
        self.manifest["engine"] = engine.name
        self.keeping = keeping = Keeping(directory, record)
        self.stopping = Stopping()
        self.ledger = ledger = Ledger(keeping.tables, log)
        self.open_epochs = open_epochs = OpenEpochs(
            training.replicas, keeping.open, follower, remembers=self.remembers
        )
        self.telling = telling = Telling(prepared, log, progress, clock, engine, follower, measuring)
        self.checkpointing = Checkpointing(
            directory, manifest, engine, follower, measuring, keeping, ledger, open_epochs, clock
        )
        self.after_training = AfterTraining(prepared, task, keeping, ledger, open_epochs, clock, telling)
        self.ending = Ending(prepared, directory, manifest, engine, follower, keeping, ledger, clock, telling)

    def carry_out(self) -> Outcome:
        """Run to the end, or to the interruption, and leave whole files behind."""
        try:
            with self.stopping.listening():
                self._begin()
                self._follow()
            everything_lost = self.ledger.diverged == self.spec.training.replicas
            with undisturbed():
                if everything_lost:
                    self.ending.close("failed", "every replica diverged")
                else:
                    self.ending.close("done")
        except BaseException as error:
            error.add_note(f"what was measured is in {self.directory.path}")
            with undisturbed():
                self._give_up(error)
            raise
        if everything_lost:
            raise RunError(
                f"every replica diverged ({self.manifest['replicas']['0']['reason']}). What was measured "
                f"before is in {self.directory.path}. Lower training.optimiser.learning_rate"
            )
        return self.ending.outcome(len(self.open_epochs.chosen))

    def _give_up(self, error: BaseException) -> None:
        """Keep what can be kept, and say in the manifest how the run ended."""
        state: State = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        reason = "" if state == "interrupted" else repr(error)
        try:
            for done in self.measuring.abandon():
                self._write_down(*done)
            for table in self.keeping.tables.values():
                table.flush()
            self.ending.declare(state, reason)
        except OSError as trouble:
            # No room for the tables, say: the parts stay as they are, and the manifest is small.
            self.ending.declare(state, f"{reason} {trouble!r}".strip())

    def _begin(self) -> None:
        """Write down what is about to be done, and say so."""
        if not self.manifest.get("files"):
            self.manifest["files"] = {"spec.json": self.directory.write_spec(self.spec.document())}
        self.directory.write_manifest(self.manifest)
        self.telling.of_start(self.manifest)
        if self.past is not None:
            self._go_on_from(self.past)

    def _go_on_from(self, past: Past) -> None:
        for note in past.notes:
            self.telling.note(note)
        if past.record is None:
            return
        self.checkpointing.go_back_to(past)
        self.telling.note(f"goes on from epoch {self.engine.epoch} of {self.spec.training.epochs}")
        for replica in range(self.spec.training.replicas):
            self._measure_open(replica)

    def _follow(self) -> None:
        """Train, and measure what is due; the tables are put in order at the end."""
        start = time.monotonic()
        for snapshots in epochs_of(
            self.engine,
            self.spec.training.epochs,
            self.follower.keeps,
            goes_on=self.past is not None and self.past.record is not None,
            gathers=lambda epoch: self.gathers and self.follower.may_look_at(epoch),
            remembers=lambda epoch: self.remembers and self.follower.may_look_at(epoch),
        ):
            if self.engine.epoch > 0:  # the engine trains all replicas before it yields the first
                self.clock.add("training", self.engine.epoch, ALL, time.monotonic() - start)
            for snapshot in snapshots:
                self._come_to(snapshot)
            self._collect()
            while self.follower.must_wait(self.engine.epoch, self.measuring.places()):
                self._collect(wait=True)
            if self.keeping.is_time:
                self._checkpoint()
            self._safe_point()
            start = time.monotonic()
        while self.measuring.pending:
            self.telling.of_measuring(self.measuring.next_snapshot)
            self._collect(wait=True)
            if self.keeping.is_time:
                self._checkpoint()
            self._safe_point()
        self.measuring.close()
        lost = [r for r in self.engine.live if self.follower.wanted(r, self.spec.training.epochs)]
        assert not lost, f"replicas {lost} have epochs that should have been measured"
        if self.after_training.is_asked:
            self._checkpoint()
            self.after_training.measure(self.engine.epoch)

    def _safe_point(self) -> None:
        """Stop here if a stop was asked for; first write a state, so that nothing is lost."""
        try:
            self.stopping.here()
        except KeyboardInterrupt:
            with undisturbed():
                self._checkpoint()
            raise

    def _checkpoint(self) -> None:
        with self.stopping.held():
            self.checkpointing.write()

    def _come_to(self, snapshot: Snapshot) -> None:
        """Take note of a snapshot, and measure what is to be measured now."""
        replica = snapshot.replica
        if snapshot.diverged is not None:
            self._mark_diverged(snapshot)
            self.follower.end(replica)
            self.ledger.enter_history(snapshot)
            self._settle(replica)
            return
        if snapshot.weights is None:
            self.telling.of_training(snapshot)
            self.ledger.enter_history(snapshot)
            return
        self.open_epochs.add(snapshot)
        if snapshot.epoch in self.follower.wanted(replica, snapshot.epoch):
            self._measure(snapshot)
        else:
            self.open_epochs.put_aside(snapshot)

    def _measure_open(self, replica: int) -> None:
        """Measure what is wanted of the epochs that lie behind."""
        for snapshot in self.open_epochs.wanted(replica, self.engine.epoch):
            self._measure(snapshot)

    def _measure(self, snapshot: Snapshot) -> None:
        self.open_epochs.chosen.add((snapshot.replica, snapshot.epoch))
        self.measuring.put(snapshot, partial(self.telling.of_measuring, snapshot))

    def _collect(self, *, wait: bool = False) -> None:
        """Take in what has been measured; wait for the next one if told to."""
        for snapshot, findings in self.measuring.finished(at_least=1 if wait else 0):
            with self.stopping.held():
                self._write_down(snapshot, findings)
            self._measure_open(snapshot.replica)
            with self.stopping.held():
                self._settle(snapshot.replica)

    def _settle(self, replica: int) -> None:
        """Write the history of epochs that will not be measured."""
        for snapshot in self.open_epochs.settle(replica, has_ended=replica not in self.engine.live):
            self.ledger.enter_history(snapshot)

    def _write_down(self, snapshot: Snapshot, findings: Findings) -> None:
        """Keep what was measured, and how the replica fares."""
        place = snapshot.replica, snapshot.epoch
        for stage, seconds in findings.seconds.items():
            self.clock.add(stage, snapshot.epoch, snapshot.replica, seconds)
        self.ledger.enter_measurements(findings.rows)
        self.ledger.enter_gradients(findings.gradients, findings.rates)
        self.follower.found(*place, findings.rows)
        if looks_back(self.spec.measure.estimators):
            assert snapshot.weights is not None
            self.keeping.looked_back.put(*place, snapshot.weights)
        self.open_epochs.close(snapshot)
        self.ledger.enter_history(snapshot, findings)

    def _mark_diverged(self, snapshot: Snapshot) -> None:
        reason = str(snapshot.diverged)
        self.manifest["replicas"][str(snapshot.replica)] = {"state": "diverged", "reason": reason}
        self.ledger.enter_diverged(rows_of_diverged(self.prepared, snapshot))
        others = "; the others go on" if self.engine.live else ""
        self.telling.note(f"replica {snapshot.replica} diverged ({reason}){others}")
