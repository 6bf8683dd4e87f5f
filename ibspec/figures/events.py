"""Events of a run, replica by replica: kink of the loss, drop of the SNR, onset of compression."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd

from ibspec.analyse.finding import SEED
from ibspec.analyse.net import accepted_kink, accepted_turn
from ibspec.analysis import Interval, bootstrap_median, compression
from ibspec.core import UserError
from ibspec.figures.tables import by, count_in_words


@final
@dataclass(frozen=True)
class Event:
    """When something happened in each replica.

    Attributes:
        name: What.
        depth: Layer; -1 for the whole net.
        epochs: One number a replica in which it was found.
        looked_at: Replicas with enough epochs to look at.
        reason: Why none could be looked at; empty otherwise.
    """

    name: str
    depth: int
    epochs: tuple[float, ...]
    looked_at: int
    reason: str = ""

    @property
    def median(self) -> Interval | None:
        """Median over the replicas that have it, with a 95 % bootstrap interval; None where none has."""
        if not self.epochs:
            return None
        if len(self.epochs) == 1:
            return Interval(self.epochs[0], self.epochs[0], self.epochs[0])
        return bootstrap_median(np.array(self.epochs), np.random.default_rng(SEED))

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
    """Apply a detector to each replica; what it refuses is counted out, with the first of its reasons."""
    epochs: list[float] = []
    reasons: list[str] = []
    looked_at = 0
    for _, mine in by(rows, "replica"):
        kept = mine[np.isfinite(mine[column].to_numpy(dtype=np.float64))].sort_values("epoch")
        numbers = kept[column].to_numpy(dtype=np.float64)
        if kept.empty:
            continue
        if "saturated" in kept and bool(kept["saturated"].all()):
            reasons.append("I(X;T) stands at its ceiling")
            continue
        try:
            found = find(numbers, kept["epoch"].to_numpy(dtype=np.float64))
        except UserError as refused:
            reasons.append(str(refused).rstrip("."))
            continue
        looked_at += 1
        epochs += [found] if found is not None else []
    return Event(name, depth, tuple(epochs), looked_at, (reasons or ["nothing was measured"])[0])
