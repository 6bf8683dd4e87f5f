"""A run while it goes on: what each snapshot leads to, and how the run ends."""

import time
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, final

import pandas as pd
import torch

from ibspec.core import RunError
from ibspec.results import COLUMNS, Measurement, PartWriter, RunDirectory, WeightStore, write_parquet
from ibspec.runner.bench import Bench, Findings
from ibspec.runner.clock import ALL, Clock
from ibspec.runner.expectations import compare_with_expectations, describe_expectation
from ibspec.runner.interruption import undisturbed
from ibspec.runner.log import Log
from ibspec.runner.looking_back import look_back
from ibspec.runner.manifest import first_manifest, now
from ibspec.runner.measuring import Measuring
from ibspec.runner.preparation import Prepared, looks_back
from ibspec.runner.progress import Moment, Progress
from ibspec.runner.rows import history_row, rows_of_diverged
from ibspec.training import Demand, Engine, Snapshot, Task, choose_engine, snapshots

ROOM = 2**26
"""Bytes of weights held for a look back before they go to a file."""

State = Literal["done", "failed", "interrupted"]

BETWEEN_NEWS = 0.1
"""Seconds after which it is worth telling that training has gone on."""


@final
@dataclass(frozen=True)
class Outcome:
    """How a run ended, in numbers."""

    directory: RunDirectory
    replicas: int
    measurements: int
    invalid: int
    diverged: int
    disagreeing: int
    seconds: float

    @property
    def path(self) -> Path:
        """The run directory."""
        return self.directory.path


@final
class Execution:
    """Trains all replicas together and measures each snapshot as it comes."""

    def __init__(
        self,
        prepared: Prepared,
        directory: RunDirectory,
        progress: Progress,
        argv: Sequence[str],
        spec_file: Path | None,
    ) -> None:
        self.prepared, self.directory, self.progress = prepared, directory, progress
        self.spec, self.clock, self.log = prepared.spec, Clock(), Log(directory.log)
        self.due = self.spec.measure.when.planned(self.spec.training.epochs)
        self.task = Task(
            torch.from_numpy(prepared.dataset.x).to(prepared.device),
            torch.from_numpy(prepared.dataset.y).to(prepared.device),
            [split.train for split in prepared.splits],
        )
        self.measuring = Measuring(lambda: Bench(prepared, self.task), prepared.workers, 4 * prepared.weights)
        self.engine = self._choose_engine()
        self.measurements = PartWriter(directory.path, "measurements")
        self.history = PartWriter(directory.path, "history")
        self.weights = WeightStore(directory.path / "weights", ROOM)
        self.measured = self.invalid = self.diverged = 0
        self._told = -BETWEEN_NEWS
        self.manifest = first_manifest(prepared, self.engine.name, argv, spec_file)

    def carry_out(self) -> Outcome:
        """Run to the end, or to the interruption, and leave whole files behind."""
        try:
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
        return Outcome(
            self.directory,
            self.spec.training.replicas,
            self.measured,
            self.invalid,
            self.diverged,
            sum(expectation["agrees"] is False for expectation in self.manifest["expectations"]),
            self.clock.elapsed(),
        )

    def _give_up(self, error: BaseException) -> None:
        """Say in the manifest how the run ended, then keep what can be kept."""
        state: State = "interrupted" if isinstance(error, KeyboardInterrupt) else "failed"
        reason = "" if state == "interrupted" else repr(error)
        try:
            for done in self.measuring.abandon():
                self._write_down(*done)
            self._close(state, reason)
        except OSError as trouble:
            # No room for the tables, say: the parts stay as they are, and the manifest is small.
            self._state(state, f"{reason} {trouble!r}".strip())

    def _begin(self) -> None:
        """Write down what is about to be done, and say so."""
        self.directory.write_json("spec.json", self.spec.document())
        self.directory.write_json("manifest.json", self.manifest)
        self.log.line(
            f"{self.spec.name}, digest {self.manifest['digest'][:8]}: {self.engine.name} engine on "
            f"{self.manifest['device']}, {self.manifest['threads']} threads; data from "
            f"{self.prepared.dataset.source}"
        )
        self.progress.note(f"{self.spec.name}: {self.spec.about}".removesuffix(": "))
        for note in self.prepared.dataset.notes:
            self._note(note)

    def _choose_engine(self) -> Engine:
        nets = [self.prepared.build_net(replica) for replica in range(self.spec.training.replicas)]
        demand = Demand(nets, self.spec.training, self.prepared.device)
        engine, refusals = choose_engine(demand)
        for refusal in refusals:
            self.log.line(refusal)
        return engine(demand, self.task)

    def _follow(self) -> None:
        """Train, and measure what is due; the tables grow in the order of the snapshots."""
        start, timed = time.monotonic(), 0
        for snapshot in snapshots(self.engine, self.spec.training.epochs, set(self.due).__contains__):
            if snapshot.epoch > timed:  # the engine trains all replicas before it yields the first
                self.clock.add("training", snapshot.epoch, ALL, time.monotonic() - start)
                timed = snapshot.epoch
            if snapshot.weights is None:
                self._tell(snapshot, "training")
            self.measuring.put(snapshot, partial(self._tell_layer, snapshot))
            for done in self.measuring.finished():
                self._write_down(*done)
            start = time.monotonic()
        for snapshot, findings in self.measuring.finished(everything=True):
            self._tell(snapshot, "measuring")
            self._write_down(snapshot, findings)
        self.measuring.close()
        self._look_back()

    def _look_back(self) -> None:
        """Measure what must have seen all of training, from the weights that were kept."""
        if not looks_back(self.spec.measure.estimators):
            return
        for replica in range(self.spec.training.replicas):
            start = time.monotonic()
            self._keep(
                list(look_back(self.prepared, self.weights, replica, partial(self._tell_back, replica)))
            )
            self.clock.add("looking back", self.engine.epoch, replica, time.monotonic() - start)
        self.weights.remove()

    def _tell_back(self, replica: int, layers: Sequence[str]) -> None:
        which = f"replica {replica}: " if self.spec.training.replicas > 1 else ""
        what = layers[0] if len(layers) == 1 else "all layers"
        epochs, mean = self.spec.training.epochs, self.clock.mean("looking back")
        left = None if mean is None else mean * (self.spec.training.replicas - replica)
        self.progress.at(Moment(epochs, epochs, f"{which}looking back at {what}", left))

    def _write_down(self, snapshot: Snapshot, findings: Findings | None) -> None:
        """Keep what was measured, and how the replica fares."""
        evaluated: dict[str, float] = {}
        norms: dict[str, float] = {}
        if snapshot.diverged is not None:
            self._mark_diverged(snapshot)
        if findings is not None:
            evaluated, norms = findings.evaluated, findings.weight_norms
            for stage, seconds in findings.seconds.items():
                self.clock.add(stage, snapshot.epoch, snapshot.replica, seconds)
            self._take(findings.rows)
            if snapshot.weights is not None and looks_back(self.spec.measure.estimators):
                self.weights.put(snapshot.replica, snapshot.epoch, snapshot.weights)
        self.history.add(history_row(snapshot, evaluated, norms))

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
        self.measurements.add(*(dict(vars(row)) for row in rows))

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
        measuring = estimating + sum(self.clock.mean(stage) or 0.0 for stage in ("activity", "evaluation"))
        due_left = len(self.due) - bisect_right(self.due, snapshot.epoch)
        snapshots_left = len(self.engine.live) * due_left + self.measuring.pending
        return epochs_left * (training or 0.0) + snapshots_left * measuring / max(1, self.prepared.workers)

    def _close(self, state: State, reason: str = "") -> None:
        """Join the parts, compare with what was expected, and write the last manifest."""
        start = time.monotonic()
        measurements = self.measurements.finish(COLUMNS, order=["replica", "epoch", "depth"])
        history = self.history.finish(order=["replica", "epoch"])
        self.clock.add("writing", self.engine.epoch, ALL, time.monotonic() - start)
        write_parquet(pd.DataFrame(self.clock.rows), self.directory.path / "timings.parquet")
        expectations = []
        if state == "done":
            expectations = compare_with_expectations(
                self.spec.expect, measurements, history, self.spec.training.epochs
            )
        for expectation in expectations:
            self._note(describe_expectation(expectation))
        self.manifest["expectations"] = expectations
        self._state(state, reason)

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
        }
        self.directory.write_json("manifest.json", self.manifest)
        self.log.line(f"{state} after {self.clock.elapsed():.1f} s {reason}".rstrip())
