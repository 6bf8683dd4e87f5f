"""A run while it goes on: what each snapshot leads to, and how the run ends."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, final

import torch

from ibspec.core import RunError
from ibspec.results import (
    DamagedFileError,
    GradientRow,
    Measurement,
    RateRow,
    RunDirectory,
    write_activities,
    write_final_weights,
)
from ibspec.results.activities import FILE as ACTIVITIES
from ibspec.runner.bench import Bench, Findings
from ibspec.runner.clock import ALL, Clock
from ibspec.runner.dynamics import describe_gradients
from ibspec.runner.expectations import compare_with_expectations, describe_expectation
from ibspec.runner.following import Place, follower_of
from ibspec.runner.interruption import Stopping, undisturbed
from ibspec.runner.keeping import Keeping
from ibspec.runner.log import Log
from ibspec.runner.looking_back import look_at_all, look_back
from ibspec.runner.manifest import now
from ibspec.runner.measuring import Measuring
from ibspec.runner.one_input import REPLICA, activities_of
from ibspec.runner.parallel import parallel_rows
from ibspec.runner.preparation import Prepared, looks_back
from ibspec.runner.progress import Moment, Progress
from ibspec.runner.resuming import Past
from ibspec.runner.rows import history_row, rows_of_diverged
from ibspec.runner.unwritten import recorded, restored
from ibspec.training import Demand, Engine, Snapshot, Task, choose_engine, epochs_of

State = Literal["done", "failed", "interrupted"]

BETWEEN_NEWS = 0.1
"""Seconds after which it is worth telling that training has gone on."""


@final
@dataclass(frozen=True)
class Outcome:
    """How a run ended, in numbers.

    Attributes:
        measured, dense: Epochs measured, of how many, all replicas together.
        is_adaptive: Whether the schedule chose them as it went.
    """

    directory: RunDirectory
    replicas: int
    measurements: int
    invalid: int
    diverged: int
    disagreeing: int
    seconds: float
    measured: int
    dense: int
    is_adaptive: bool

    @property
    def path(self) -> Path:
        """The run directory."""
        return self.directory.path


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
        self.prepared, self.directory, self.progress, self.manifest = prepared, directory, progress, manifest
        self.spec, self.log = prepared.spec, Log(directory.log)
        record = None if past is None else past.record
        self.clock = Clock(0.0 if record is None else record["seconds"])
        training = self.spec.training
        self.follower = follower_of(
            self.spec.measure.when, training.epochs, training.replicas, prepared.probe
        )
        self.task = Task(
            torch.from_numpy(prepared.dataset.x).to(prepared.device),
            torch.from_numpy(prepared.dataset.y).to(prepared.device),
            [split.train for split in prepared.splits],
        )
        asked = self.spec.measure.gradients
        self.gathers = asked is not None and "moving" in asked.readings
        self.remembers = asked is not None and asked.information_rate
        size = 4 * prepared.weights * (2 if self.remembers else 1)
        self.measuring = Measuring(lambda: Bench(prepared, self.task), prepared.workers, size)
        self.engine = self._choose_engine()
        self.manifest["engine"] = self.engine.name
        self.past = past
        self.keeping = Keeping(directory, record)
        self.stopping = Stopping()
        self.measured = self.invalid = self.diverged = 0
        self.gradients = {"statistics": 0, "rates": 0}
        # Of each replica's history: epochs of which it is not known yet whether they are measured.
        self._unwritten: list[dict[int, Snapshot]] = [{} for _ in range(training.replicas)]
        self._put: set[Place] = set()
        self._goes_on = record is not None
        self._told = -BETWEEN_NEWS

    def carry_out(self) -> Outcome:
        """Run to the end, or to the interruption, and leave whole files behind."""
        try:
            with self.stopping.listening():
                self._begin()
                self._follow()
            everything_lost = self.diverged == self.spec.training.replicas
            with undisturbed():
                if everything_lost:
                    self._close("failed", "every replica diverged")
                else:
                    self._close("done")
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
        replicas, epochs = self.spec.training.replicas, self.spec.training.epochs
        return Outcome(
            self.directory,
            replicas,
            self.measured,
            self.invalid,
            self.diverged,
            sum(expectation["agrees"] is False for expectation in self.manifest["expectations"]),
            self.clock.elapsed(),
            len(self._put),
            replicas * (epochs + 1),
            self.spec.measure.when.is_adaptive,
        )

    def _give_up(self, error: BaseException) -> None:
        """Keep what can be kept, and say in the manifest how the run ended."""
        state: State = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        reason = "" if state == "interrupted" else repr(error)
        try:
            for done in self.measuring.abandon():
                self._write_down(*done)
            for table in self.keeping.tables.values():
                table.flush()
            self._state(state, reason)
        except OSError as trouble:
            # No room for the tables, say: the parts stay as they are, and the manifest is small.
            self._state(state, f"{reason} {trouble!r}".strip())

    def _begin(self) -> None:
        """Write down what is about to be done, and say so."""
        if not self.manifest.get("files"):
            self.manifest["files"] = {"spec.json": self.directory.write_spec(self.spec.document())}
        self.directory.write_manifest(self.manifest)
        self.log.line(
            f"{self.spec.name}, digest {self.manifest['digest'][:8]}: {self.engine.name} engine on "
            f"{self.manifest['device']}, {self.manifest['threads']} threads; data from "
            f"{self.prepared.dataset.source}"
        )
        self.progress.note(f"{self.spec.name}: {self.spec.about}".removesuffix(": "))
        for note in self.prepared.dataset.notes:
            self._note(note)
        if self.past is not None:
            self._go_on_from(self.past)

    def _go_on_from(self, past: Past) -> None:
        """Put everything back where it was."""
        for note in past.notes:
            self._note(note)
        record = past.record
        if record is None:
            return
        try:
            self.engine.load(past.state)
        except Exception as error:  # whatever comes of a state that somebody else sealed
            raise DamagedFileError(
                f"{self.directory.checkpoints} holds no state of this net: {type(error).__name__}: {error}"
            ) from None
        self.measured, self.invalid, self.diverged = record["counts"]
        self.manifest["replicas"] = record["replicas"]
        self.gradients = record["gradients"]
        for snapshot in map(restored, record["unwritten"]):
            self._unwritten[snapshot.replica][snapshot.epoch] = snapshot
        for replica, stored in past.found(self.keeping.tables["measurements"].table()).items():
            self._put |= {(replica, epoch) for epoch in stored}
            # An adaptive schedule asks for an epoch only when it has the answers before it.
            while ready := [e for e in self.follower.wanted(replica, self.engine.epoch) if e in stored]:
                for epoch in ready:
                    self.follower.found(replica, epoch, stored[epoch])
        for replica in range(self.spec.training.replicas):
            # Where nothing is measured before the end, kept weights alone say what was come to.
            for epoch in self.keeping.looked_back.epochs(replica):
                if (replica, epoch) not in self._put:
                    self._put.add((replica, epoch))
                    self.follower.found(replica, epoch, ())
        for replica in set(range(self.spec.training.replicas)) - set(self.engine.live):
            self.follower.end(replica)
        self._note(f"goes on from epoch {self.engine.epoch} of {self.spec.training.epochs}")
        for replica in range(self.spec.training.replicas):
            self._measure(replica)

    def _choose_engine(self) -> Engine:
        nets = [self.prepared.build_net(replica) for replica in range(self.spec.training.replicas)]
        demand = Demand(nets, self.spec.training, self.prepared.device)
        engine, refusals = choose_engine(demand)
        for refusal in refusals:
            self.log.line(refusal)
        return engine(demand, self.task)

    def _follow(self) -> None:
        """Train, and measure what is due; the tables are put in order at the end."""
        start = time.monotonic()
        epochs, keeps = self.spec.training.epochs, self.follower.keeps
        for snapshots in epochs_of(
            self.engine,
            epochs,
            keeps,
            goes_on=self._goes_on,
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
            self._tell(self.measuring.next_snapshot, "measuring")
            self._collect(wait=True)
            if self.keeping.is_time:
                self._checkpoint()
            self._safe_point()
        self.measuring.close()
        lost = [r for r in self.engine.live if self.follower.wanted(r, self.spec.training.epochs)]
        assert not lost, f"replicas {lost} have epochs that should have been measured"
        self._look_back()

    def _safe_point(self) -> None:
        """Stop here if a stop was asked for; first write a state, so that nothing is lost."""
        try:
            self.stopping.here()
        except KeyboardInterrupt:
            with undisturbed():
                self._checkpoint()
            raise

    def _checkpoint(self) -> None:
        """Write a state to go on from: nothing is in between, but for what waits to be measured."""
        with self.stopping.held():
            self._write_checkpoint()

    def _write_checkpoint(self) -> None:
        for snapshot in self.measuring.waiting():
            assert snapshot.weights is not None
            self.keeping.open.put(snapshot.replica, snapshot.epoch, snapshot.weights)
            if snapshot.before is not None:
                self.keeping.open.put(snapshot.replica, snapshot.epoch - 1, snapshot.before)
        unwritten = [recorded(each) for of_replica in self._unwritten for each in of_replica.values()]
        more = {
            "epoch": self.engine.epoch,
            "counts": [self.measured, self.invalid, self.diverged],
            "gradients": dict(self.gradients),
            "replicas": self.manifest["replicas"],
            "unwritten": unwritten,
            "seconds": round(self.clock.elapsed(), 3),
        }
        start = time.monotonic()
        self.keeping.tables["timings"].add(*self.clock.take())
        self.keeping.write(self.engine.state(), more)
        self.clock.add("writing", self.engine.epoch, ALL, time.monotonic() - start)

    def _come_to(self, snapshot: Snapshot) -> None:
        """Take note of a snapshot, and measure what is to be measured now."""
        replica = snapshot.replica
        if snapshot.diverged is not None:
            self._mark_diverged(snapshot)
            self.follower.end(replica)
            self.keeping.tables["history"].add(history_row(snapshot, {}, {}))
            self._settle(replica)
            return
        if snapshot.weights is None:
            self._tell(snapshot, "training")
            self.keeping.tables["history"].add(history_row(snapshot, {}, {}))
            return
        self._unwritten[replica][snapshot.epoch] = replace(snapshot, weights=None, before=None)
        if snapshot.epoch in self.follower.wanted(replica, snapshot.epoch):
            self._begin_to_measure(snapshot)
        else:
            self.keeping.open.put(replica, snapshot.epoch, snapshot.weights)

    def _measure(self, replica: int) -> None:
        """Measure what is wanted of the epochs that lie behind."""
        for epoch in self.follower.wanted(replica, self.engine.epoch):
            if (replica, epoch) not in self._put and epoch in self._unwritten[replica]:
                weights = self.keeping.open.get(replica, epoch)
                before = self.keeping.open.get(replica, epoch - 1) if self.remembers and epoch else None
                known = self._unwritten[replica][epoch]
                self._begin_to_measure(replace(known, weights=weights, before=before))

    def _begin_to_measure(self, snapshot: Snapshot) -> None:
        self._put.add((snapshot.replica, snapshot.epoch))
        self.measuring.put(snapshot, partial(self._tell_layer, snapshot))

    def _collect(self, *, wait: bool = False) -> None:
        """Take in what has been measured; wait for the next one if told to."""
        for snapshot, findings in self.measuring.finished(at_least=1 if wait else 0):
            with self.stopping.held():
                self._write_down(snapshot, findings)
            self._measure(snapshot.replica)
            with self.stopping.held():
                self._settle(snapshot.replica)

    def _settle(self, replica: int) -> None:
        """Write the history of epochs that will not be measured, and forget their weights."""
        has_ended = replica not in self.engine.live
        for epoch in list(self._unwritten[replica]):
            is_put = (replica, epoch) in self._put
            if not is_put and (has_ended or not self.follower.keeps(replica, epoch)):
                snapshot = self._unwritten[replica].pop(epoch)
                self.keeping.open.drop(replica, epoch)
                self.keeping.tables["history"].add(history_row(snapshot, {}, {}))

    def _look_back(self) -> None:
        """Measure what must have seen all of training, from the weights that were kept."""
        asked = self.spec.measure.gradients
        is_parallel = asked is not None and "parallel" in asked.readings
        has_kept = bool(looks_back(self.spec.measure.estimators))
        if is_parallel or has_kept:
            self._checkpoint()
        if is_parallel:
            self._train_parallel_nets()
        if has_kept:
            self._look_at_kept_weights()

    def _train_parallel_nets(self) -> None:
        """Train nets of which each has its own batch, and look at their gradients."""
        epochs, replicas = self.spec.training.epochs, self.spec.training.replicas
        for replica in range(replicas):
            start = time.monotonic()
            mean = self.clock.mean("parallel nets")
            left = None if mean is None else mean * (replicas - replica)
            which = f"replica {replica}: " if replicas > 1 else ""
            self.progress.at(Moment(epochs, epochs, f"{which}parallel nets", left))
            measured = sorted(epoch for of, epoch in self._put if of == replica)
            self._keep_gradients(list(parallel_rows(self.prepared, self.task, replica, measured)), ())
            self.clock.add("parallel nets", self.engine.epoch, replica, time.monotonic() - start)

    def _look_at_kept_weights(self) -> None:
        for replica in range(self.spec.training.replicas):
            start = time.monotonic()
            tell = partial(self._tell_back, replica)
            kept = self.keeping.looked_back
            self._take(list(look_back(self.prepared, self.task, kept, replica, tell)))
            self.clock.add("looking back", self.engine.epoch, replica, time.monotonic() - start)
        start = time.monotonic()
        self._take(list(look_at_all(self.prepared, self.keeping.looked_back, partial(self._tell_back, ALL))))
        self.clock.add("looking back", self.engine.epoch, ALL, time.monotonic() - start)

    def _tell_back(self, replica: int, layers: Sequence[str]) -> None:
        which = f"replica {replica}: " if self.spec.training.replicas > 1 else ""
        which = "all replicas: " if replica == ALL else which
        what = layers[0] if len(layers) == 1 else "all layers"
        epochs, mean = self.spec.training.epochs, self.clock.mean("looking back")
        left = None if mean is None or replica == ALL else mean * (self.spec.training.replicas - replica)
        self.progress.at(Moment(epochs, epochs, f"{which}looking back at {what}", left))

    def _write_down(self, snapshot: Snapshot, findings: Findings) -> None:
        """Keep what was measured, and how the replica fares."""
        place = snapshot.replica, snapshot.epoch
        for stage, seconds in findings.seconds.items():
            self.clock.add(stage, snapshot.epoch, snapshot.replica, seconds)
        self._take(findings.rows)
        self._keep_gradients(findings.gradients, findings.rates)
        self.follower.found(*place, findings.rows)
        if looks_back(self.spec.measure.estimators):
            assert snapshot.weights is not None
            self.keeping.looked_back.put(*place, snapshot.weights)
        del self._unwritten[snapshot.replica][snapshot.epoch]
        self.keeping.open.drop(*place)
        if snapshot.before is not None:  # the epoch before has been measured by now, if it is to be
            self.keeping.open.drop(snapshot.replica, snapshot.epoch - 1)
        row = history_row(snapshot, findings.evaluated, findings.weight_norms)
        self.keeping.tables["history"].add(row)

    def _take(self, rows: Sequence[Measurement]) -> None:
        """Keep rows, and say in the log what could not be measured."""
        for row in rows:
            if row.status != "ok":
                self.log.line(
                    f"replica {row.replica} epoch {row.epoch} {row.layer}: {row.status}, {row.reason}"
                )
        self._keep(rows)

    def _keep(self, rows: Sequence[Measurement]) -> None:
        self.measured += len(rows)
        self.invalid += sum(row.status != "ok" for row in rows)
        self.keeping.tables["measurements"].add(*(dict(vars(row)) for row in rows))

    def _keep_gradients(self, gradients: Sequence[GradientRow], rates: Sequence[RateRow]) -> None:
        """Keep what was found out about gradients."""
        self.gradients["statistics"] += len(gradients)
        self.gradients["rates"] += len(rates)
        self.keeping.tables["gradients"].add(*(dict(vars(row)) for row in gradients))
        self.keeping.tables["rates"].add(*(dict(vars(row)) for row in rates))

    def _mark_diverged(self, snapshot: Snapshot) -> None:
        self.diverged += 1
        reason = str(snapshot.diverged)
        self.manifest["replicas"][str(snapshot.replica)] = {"state": "diverged", "reason": reason}
        self._keep(rows_of_diverged(self.prepared, snapshot))
        others = "; the others go on" if self.engine.live else ""
        self._note(f"replica {snapshot.replica} diverged ({reason}){others}")

    def _note(self, text: str) -> None:
        self.log.line(text)
        self.progress.note(text)

    def _tell_layer(self, snapshot: Snapshot, layer: str) -> None:
        self._tell(snapshot, f"measuring {layer}")

    def _tell(self, snapshot: Snapshot, doing: str) -> None:
        now = time.monotonic()
        if doing == "training" and now - self._told < BETWEEN_NEWS:
            return
        self._told = now
        replicas = self.spec.training.replicas
        which = f"replica {snapshot.replica}: " if replicas > 1 and doing != "training" else ""
        epochs = self.spec.training.epochs
        self.progress.at(Moment(snapshot.epoch, epochs, which + doing, self._seconds_left(snapshot)))

    def _seconds_left(self, snapshot: Snapshot) -> float | None:
        training, estimating = self.clock.mean("training"), self.clock.mean("estimating")
        epochs_left = self.spec.training.epochs - snapshot.epoch
        if (training is None and epochs_left > 0) or estimating is None:
            return None
        measuring = estimating + sum(
            self.clock.mean(stage) or 0.0 for stage in ("activity", "evaluation", "gradients")
        )
        due_left = self.follower.share_left(snapshot.epoch)
        snapshots_left = len(self.engine.live) * due_left + self.measuring.pending
        return epochs_left * (training or 0.0) + snapshots_left * measuring / max(1, self.prepared.workers)

    def _close(self, state: State, reason: str = "") -> None:
        """Join the parts, compare with what was expected, and write the last manifest."""
        files: dict[str, str] = {}
        start = time.monotonic()
        measurements, files["measurements.parquet"] = self.keeping.join("measurements")
        history, files["history.parquet"] = self.keeping.join("history")
        asked = self.spec.measure.gradients
        if asked is not None:
            _, files["gradients.parquet"] = self.keeping.join("gradients")
            if asked.has_rates:
                _, files["rates.parquet"] = self.keeping.join("rates")
            self._note(describe_gradients(asked, self.gradients))
        self.clock.add("writing", self.engine.epoch, ALL, time.monotonic() - start)
        self.keeping.tables["timings"].add(*self.clock.take())
        _, files["timings.parquet"] = self.keeping.join("timings")
        live = self.engine.live
        files |= write_final_weights(self.directory.path, ((r, self.engine.weights(r)) for r in live))
        if "activations" in self.spec.figures and REPLICA in live:
            shown = activities_of(self.prepared, self.engine.weights(REPLICA), self.engine.epoch)
            files[ACTIVITIES] = write_activities(self.directory.path, shown)
        expectations = []
        if state == "done":
            expectations = compare_with_expectations(
                self.spec.expect, measurements, history, self.spec.training.epochs
            )
        for expectation in expectations:
            self._note(describe_expectation(expectation))
        self.manifest["expectations"] = expectations
        self.manifest["files"] |= files
        self._state(state, reason)
        self.keeping.tidy()  # not before the manifest knows the whole tables

    def _state(self, state: State, reason: str) -> None:
        """Write the last manifest and the last line of the log."""
        for replica in self.manifest["replicas"].values():
            if replica["state"] == "running":
                replica["state"] = state
        self.manifest |= {
            "state": state,
            "reason": reason,
            "finished": now(),
            "seconds": round(self.clock.elapsed(), 3),
            "seconds_by_stage": self.clock.totals(),
            "measurements": {"made": self.measured, "invalid": self.invalid},
            "schedule": self.follower.summary(self.spec.training.epochs),
        }
        if self.spec.measure.gradients is not None:
            self.manifest["gradients"] = dict(self.gradients)
        self.directory.write_manifest(self.manifest)
        self.log.line(f"{state} after {self.clock.elapsed():.1f} s {reason}".rstrip())
