"""The rows that a run finds out: each is entered into its table, and counted."""

from collections.abc import Mapping, Sequence
from typing import Any, final

from ibspec.results import GradientRow, Measurement, PartWriter, RateRow
from ibspec.runner.bench import Findings
from ibspec.runner.log import Log
from ibspec.runner.rows import history_row
from ibspec.training import Snapshot


@final
class Ledger:
    """Enters rows into the tables of a run, and knows how many there are.

    Args:
        tables: By name, as `Keeping` has them.
        log: Of the run; it says what could not be measured.

    Attributes:
        measured, invalid: Rows of measurements, and how many of them hold no estimate.
        diverged: Replicas that were given up.
        gradients: Rows of `statistics` and of `rates`.
    """

    def __init__(self, tables: Mapping[str, PartWriter], log: Log) -> None:
        self._tables, self._log = tables, log
        self.measured = self.invalid = self.diverged = 0
        self.gradients = {"statistics": 0, "rates": 0}

    def enter_measurements(self, rows: Sequence[Measurement]) -> None:
        """Enter rows, and say in the log what could not be measured."""
        for row in rows:
            if row.status != "ok":
                self._log.line(
                    f"replica {row.replica} epoch {row.epoch} {row.layer}: {row.status}, {row.reason}"
                )
        self._enter_measurements(rows)

    def enter_diverged(self, rows: Sequence[Measurement]) -> None:
        """Enter the rows of a replica that diverged; one line of the log for all of them is enough."""
        self.diverged += 1
        self._enter_measurements(rows)

    def enter_gradients(self, gradients: Sequence[GradientRow], rates: Sequence[RateRow] = ()) -> None:
        """Enter what was found out about gradients."""
        self.gradients["statistics"] += len(gradients)
        self.gradients["rates"] += len(rates)
        self._tables["gradients"].add(*(dict(vars(row)) for row in gradients))
        self._tables["rates"].add(*(dict(vars(row)) for row in rates))

    def enter_history(self, snapshot: Snapshot, findings: Findings | None = None) -> None:
        """Enter how a replica fares, evaluated only where there are findings."""
        row = (
            history_row(snapshot, {}, {})
            if findings is None
            else history_row(snapshot, findings.evaluated, findings.weight_norms)
        )
        self._tables["history"].add(row)

    def record(self) -> dict[str, Any]:
        """Return the counts, for a checkpoint."""
        counts = [self.measured, self.invalid, self.diverged]
        return {"counts": counts, "gradients": dict(self.gradients)}

    def restore(self, record: Mapping[str, Any]) -> None:
        """Count on from those of a checkpoint."""
        self.measured, self.invalid, self.diverged = record["counts"]
        self.gradients = record["gradients"]

    def _enter_measurements(self, rows: Sequence[Measurement]) -> None:
        self.measured += len(rows)
        self.invalid += sum(row.status != "ok" for row in rows)
        self._tables["measurements"].add(*(dict(vars(row)) for row in rows))
