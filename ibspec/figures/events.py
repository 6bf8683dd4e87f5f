"""Events of a run, replica by replica: kink of the loss, drop of the SNR, onset of compression."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from ibspec.analyse.curves import curves_of
from ibspec.analyse.finding import Finding, Outcome, gather
from ibspec.analyse.net import accepted_kink, accepted_turn
from ibspec.analysis import Interval, compression, first_crossing
from ibspec.figures.tables import by, count_in_words


@final
@dataclass(frozen=True)
class Event:
    """When something happened in each replica.

    Attributes:
        name: What.
        depth: Layer; -1 for the whole net.
        finding: Its epochs.
    """

    name: str
    depth: int
    finding: Finding

    @property
    def epochs(self) -> tuple[float, ...]:
        """One number a replica in which it was found."""
        return tuple(each for each in self.finding.replicas if each is not None)

    @property
    def looked_at(self) -> int:
        """Replicas with enough epochs to look at."""
        return self.finding.looked_at

    @property
    def reason(self) -> str:
        """Why it could not be looked for, where it could not."""
        return self.finding.reason.rstrip(".")

    @property
    def median(self) -> Interval | None:
        """Median over the replicas that have it, with a 95 % bootstrap interval; None where none has."""
        middle, low, high = self.finding.value, self.finding.low, self.finding.high
        if middle is None:
            return None
        return Interval(middle, middle if low is None else low, middle if high is None else high)

    @property
    def in_words(self) -> str:
        """Say when it was, and in how many replicas."""
        if not self.looked_at:
            return f"{self.name} could not be looked for: {self.reason}"
        if self.median is None:
            none = "not found" if self.looked_at == 1 else f"not found in any of {self.looked_at} replicas"
            return f"{self.name} {none}"
        when = f"{self.name} at epoch {self.median.value:.3g}"
        if self.looked_at == 1:
            return when
        several = len(self.epochs) > 1
        where = f" ({self.median.low:.3g} to {self.median.high:.3g})" * several
        return f"{when}{where} in {len(self.epochs)} of {count_in_words(self.looked_at, 'replica')}"


def loss_kink(history: pd.DataFrame) -> Event:
    """Find the kink of the running loss of each replica."""
    known = "running_loss" in history
    rows = history[history["epoch"] > 0] if known else pd.DataFrame({"replica": [], "epoch": []})
    return _find("kink of the loss", -1, rows, "running_loss", accepted_kink)


def snr_drops(gradients: pd.DataFrame) -> list[Event]:
    """Find where the SNR of each layer turns down, in each replica; epoch 0 has no logarithm."""
    rows = gradients[gradients["epoch"] > 0]
    return [
        _find("drop of the SNR", depth, layer, "snr", accepted_turn) for depth, layer in by(rows, "depth")
    ]


def snr_crossings(gradients: pd.DataFrame) -> list[Event]:
    """Find where the SNR of each layer, having been 1 or more, is first below 1, in each replica."""
    rows = gradients[gradients["epoch"] > 0]
    return [_find("SNR below 1", depth, layer, "snr", first_crossing) for depth, layer in by(rows, "depth")]


def onsets(rows: pd.DataFrame) -> list[Event]:
    """Find the onset of compression of each layer, in each replica; one that stays at its ceiling shows none.

    Args:
        rows: Of a panel, with column `saturated`.
    """

    def find(values: np.ndarray, epochs: np.ndarray) -> float | None:
        return compression(values, epochs).onset

    return [_find("onset of compression", depth, layer, "i_xt", find) for depth, layer in by(rows, "depth")]


def _find(
    name: str,
    depth: int,
    rows: pd.DataFrame,
    column: str,
    find: Callable[[np.ndarray, np.ndarray], float | None],
) -> Event:
    """Apply a detector to each replica, as `ibspec analyse` does; a curve at its ceiling shows nothing."""
    outcomes: list[Outcome] = []
    for replica, mine in by(rows, "replica"):
        (curve,) = curves_of(mine, column, [replica])
        at_ceiling = "saturated" in mine and bool(mine["saturated"].all())
        outcomes.append("I(X;T) stands at its ceiling" if at_ceiling else curve.ask(find))
    return Event(name, depth, gather("epochs", outcomes or ["nothing was measured"]))
