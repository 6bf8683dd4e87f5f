"""How a run ends: whole tables, what was expected, the last manifest."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, final

import pandas as pd

from ibspec.results import RunDirectory, write_activities, write_final_weights
from ibspec.results.activities import FILE as ACTIVITIES
from ibspec.runner.clock import ALL, Clock
from ibspec.runner.dynamics import describe_gradients
from ibspec.runner.expectations import compare_with_expectations, describe_expectation
from ibspec.runner.following import Follower
from ibspec.runner.keeping import Keeping
from ibspec.runner.ledger import Ledger
from ibspec.runner.manifest import now
from ibspec.runner.one_input import REPLICA, activities_of
from ibspec.runner.preparation import Prepared
from ibspec.runner.telling import Telling
from ibspec.training import Engine

State = Literal["done", "failed", "interrupted"]


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
class Ending:
    """Writes what a run leaves behind.

    Args:
        prepared: The experiment.
        directory: Of the run.
        manifest: Told how the run ended.
        engine: Holds the last weights.
        follower: Has a summary of its schedule.
        keeping: Joins the tables.
        ledger: What was counted.
        clock: Where the seconds went.
        telling: Told what was found, and how the run ended.
    """

    def __init__(
        self,
        prepared: Prepared,
        directory: RunDirectory,
        manifest: dict[str, Any],
        engine: Engine,
        follower: Follower,
        keeping: Keeping,
        ledger: Ledger,
        clock: Clock,
        telling: Telling,
    ) -> None:
        self._prepared, self._spec, self._directory = prepared, prepared.spec, directory
        self._manifest, self._engine, self._follower = manifest, engine, follower
        self._keeping, self._ledger, self._clock, self._telling = keeping, ledger, clock, telling

    def close(self, state: State, reason: str = "") -> None:
        """Join the parts, compare with what was expected, and write the last manifest."""
        measurements, history, files = self._join_tables()
        files |= self._write_last_weights()
        expectations = []
        if state == "done":
            expectations = compare_with_expectations(
                self._spec.expect, measurements, history, self._spec.training.epochs
            )
        for expectation in expectations:
            self._telling.note(describe_expectation(expectation))
        self._manifest["expectations"] = expectations
        self._manifest["files"] |= files
        self.declare(state, reason)
        self._keeping.tidy()  # not before the manifest knows the whole tables

    def declare(self, state: State, reason: str) -> None:
        """Write the last manifest and the last line of the log."""
        for replica in self._manifest["replicas"].values():
            if replica["state"] == "running":
                replica["state"] = state
        self._manifest |= {
            "state": state,
            "reason": reason,
            "finished": now(),
            "seconds": round(self._clock.elapsed(), 3),
            "seconds_by_stage": self._clock.totals(),
            "measurements": {"made": self._ledger.measured, "invalid": self._ledger.invalid},
            "schedule": self._follower.summary(self._spec.training.epochs),
        }
        if self._spec.measure.gradients is not None:
            self._manifest["gradients"] = dict(self._ledger.gradients)
        self._directory.write_manifest(self._manifest)
        self._telling.of_end(state, reason)

    def outcome(self, measured: int) -> Outcome:
        """Return how the run ended.

        Args:
            measured: Epochs, all replicas together.
        """
        replicas, epochs = self._spec.training.replicas, self._spec.training.epochs
        return Outcome(
            self._directory,
            replicas,
            self._ledger.measured,
            self._ledger.invalid,
            self._ledger.diverged,
            sum(expectation["agrees"] is False for expectation in self._manifest["expectations"]),
            self._clock.elapsed(),
            measured,
            replicas * (epochs + 1),
            self._spec.measure.when.is_adaptive,
        )

    def _join_tables(self) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:
        """Write whole tables; return the measurements, the history and the hashes of all files."""
        files: dict[str, str] = {}
        start = time.monotonic()
        measurements, files["measurements.parquet"] = self._keeping.join("measurements")
        history, files["history.parquet"] = self._keeping.join("history")
        asked = self._spec.measure.gradients
        if asked is not None:
            _, files["gradients.parquet"] = self._keeping.join("gradients")
            if asked.has_rates:
                _, files["rates.parquet"] = self._keeping.join("rates")
            self._telling.note(describe_gradients(asked, self._ledger.gradients))
        self._clock.add("writing", self._engine.epoch, ALL, time.monotonic() - start)
        self._keeping.tables["timings"].add(*self._clock.take())
        _, files["timings.parquet"] = self._keeping.join("timings")
        return measurements, history, files

    def _write_last_weights(self) -> dict[str, str]:
        """Write the weights of the end, and activities if the spec draws them; return the files' hashes."""
        live = self._engine.live
        files = write_final_weights(self._directory.path, ((r, self._engine.weights(r)) for r in live))
        if "activations" in self._spec.figures and REPLICA in live:
            shown = activities_of(self._prepared, self._engine.weights(REPLICA), self._engine.epoch)
            files[ACTIVITIES] = write_activities(self._directory.path, shown)
        return files
