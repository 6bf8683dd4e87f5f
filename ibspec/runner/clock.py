"""Where the seconds of a run go."""

import time
from collections import defaultdict
from typing import Any, final

ALL = -1
"""Stands for all replicas, which are trained together."""


@final
class Clock:
    """Adds up seconds by stage, and keeps a row for each stretch that was timed.

    Stages may overlap: measuring goes on beside training.

    Args:
        before: Seconds that the run took before it was interrupted.
    """

    def __init__(self, before: float = 0.0) -> None:
        self._rows: list[dict[str, Any]] = []
        self._started = time.monotonic() - before
        self._seconds: dict[str, float] = defaultdict(float)
        self._times: dict[str, int] = defaultdict(int)

    def add(self, name: str, epoch: int, replica: int, seconds: float) -> None:
        """Count seconds of a stage; those of all replicas together have the replica `ALL`."""
        self._seconds[name] += seconds
        self._times[name] += 1
        self._rows.append({"replica": replica, "epoch": epoch, "stage": name, "seconds": seconds})

    def take(self) -> list[dict[str, Any]]:
        """Return the rows since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def mean(self, name: str) -> float | None:
        """Return the mean seconds of a stage so far, or None before its first time."""
        return self._seconds[name] / self._times[name] if self._times[name] else None

    def totals(self) -> dict[str, float]:
        """Return the seconds of each stage."""
        return {name: round(seconds, 3) for name, seconds in self._seconds.items()}

    def elapsed(self) -> float:
        """Return the seconds since the clock was made."""
        return time.monotonic() - self._started
