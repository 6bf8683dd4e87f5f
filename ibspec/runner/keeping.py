"""What a run has on disk while it goes on, and the states from which it can go on."""

import time
from typing import Any, final

import pandas as pd

from ibspec.results import (
    COLUMNS,
    GRADIENT_COLUMNS,
    RATE_COLUMNS,
    Checkpoints,
    PartWriter,
    RunDirectory,
    WeightStore,
)

ROOM = 2**26
"""Bytes of weights held in memory, for either of the stores."""

SECONDS = 10.0
"""Between two states, at least."""

SHARE = 0.05
"""Of the time may go into writing states."""

TABLES: dict[str, tuple[dict[str, str] | None, list[str] | None]] = {
    "measurements": (COLUMNS, ["replica", "epoch", "depth"]),
    "history": (None, ["replica", "epoch"]),
    "gradients": (GRADIENT_COLUMNS, ["replica", "epoch", "depth"]),
    "rates": (RATE_COLUMNS, ["replica", "epoch", "depth"]),
    "timings": (None, None),
}
"""Types of the columns, and the order of the rows."""


@final
class Keeping:
    """The tables, the weights and the checkpoints of one run.

    Args:
        directory: Of the run.
        record: Of the checkpoint to go on from; None for a new run. What came after it is removed.
    """

    def __init__(self, directory: RunDirectory, record: dict[str, Any] | None = None) -> None:
        parts = {} if record is None else record["parts"]
        self.tables = {name: PartWriter(directory.path, name, parts=parts.get(name, ())) for name in TABLES}
        self.looked_back = WeightStore(directory.weights, ROOM)
        self.open = WeightStore(directory.open_weights, ROOM)
        self._checkpoints = Checkpoints(directory.checkpoints)
        if record is None:
            for store in (self.looked_back, self.open):
                store.remove()
        else:
            self.looked_back.restore(record["weights"])
            self.open.restore(record["open"])
            self._checkpoints.drop_newer_than(record)
            self._sweep()
        self._written, self._cost = time.monotonic(), 0.0

    @property
    def is_time(self) -> bool:
        """Whether the last state is so old that the next one is worth its time."""
        return time.monotonic() - self._written >= max(SECONDS, self._cost / SHARE)

    def write(self, state: Any, more: dict[str, Any]) -> None:
        """Write a state to go on from.

        Args:
            state: Of the engine.
            more: What else to record.
        """
        start = time.monotonic()
        for table in self.tables.values():
            table.flush()
        for store in (self.looked_back, self.open):
            store.flush()
        record = {
            "parts": {name: table.parts for name, table in self.tables.items()},
            "weights": self.looked_back.record(),
            "open": self.open.record(),
            **more,
        }
        self._checkpoints.write(record, state)
        self._sweep()
        self._written = time.monotonic()
        self._cost = self._written - start

    def join(self, name: str) -> tuple[pd.DataFrame, str]:
        """Write a whole table; return it, and the hash of its file. The parts stay."""
        types, order = TABLES[name]
        return self.tables[name].finish(types, order)

    def tidy(self) -> None:
        """Remove what only an unfinished run needs."""
        for table in self.tables.values():
            table.remove_parts()
        for store in (self.looked_back, self.open):
            store.remove()
        self._checkpoints.remove()

    def _sweep(self) -> None:
        """Remove files of weights that neither the run nor a checkpoint needs."""
        records = self._checkpoints.records()
        self.looked_back.sweep({name for each in records for *_, name in each["weights"]})
        self.open.sweep({name for each in records for *_, name in each["open"]})
