"""The curves of a table: numbers against epochs, one curve a replica."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import numpy as np
import pandas as pd
from jaxtyping import Float

from ibspec.analyse.finding import Outcome
from ibspec.core import UserError

Numbers = Float[np.ndarray, " epochs"]


@final
@dataclass(frozen=True, eq=False)
class Curve:
    """What could be measured of one number in one replica.

    Attributes:
        epochs: Rising.
        values: Finite.
        reason: Why nothing was measured, where nothing was.
    """

    epochs: Numbers
    values: Numbers
    reason: str = ""

    def ask(self, detector: Callable[[Numbers, Numbers], float | None]) -> Outcome:
        """Apply a detector to values and epochs; where it refuses, return why."""
        if self.reason:
            return self.reason
        try:
            return detector(self.values, self.epochs)
        except UserError as refusal:
            return str(refusal)

    def after_start(self) -> "Curve":
        """Return it without epoch 0, which has no logarithm."""
        kept = self.epochs > 0
        return Curve(self.epochs[kept], self.values[kept], self.reason)


def curves_of(rows: pd.DataFrame, column: str, replicas: Sequence[int]) -> list[Curve]:
    """Return a curve for each replica; what is not `ok` or not finite is left out.

    Args:
        rows: With at most one row a replica and epoch.
        column: Of the numbers.
        replicas: In the order wanted.
    """
    if column not in rows or "replica" not in rows:
        return [Curve(np.empty(0), np.empty(0), f"the run has no {column}") for _ in replicas]
    table = rows.sort_values("epoch", kind="stable")
    return [_curve(table[table["replica"] == replica], column) for replica in replicas]


def _curve(rows: pd.DataFrame, column: str) -> Curve:
    values = rows[column].to_numpy(dtype=np.float64, na_value=np.nan)
    kept = np.isfinite(values)
    if "status" in rows:
        kept &= (rows["status"] == "ok").fillna(False).to_numpy(dtype=bool)
    reason = "" if kept.any() else _why_nothing(rows, column)
    return Curve(rows["epoch"].to_numpy(dtype=np.float64)[kept], values[kept], reason)


def _why_nothing(rows: pd.DataFrame, column: str) -> str:
    if rows.empty:
        return f"{column} was not measured"
    reasons = [str(each) for each in rows.get("reason", pd.Series(dtype=str)).dropna() if str(each)]
    return reasons[0] if reasons else f"no epoch has a finite {column}"
