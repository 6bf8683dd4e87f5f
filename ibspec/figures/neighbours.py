"""How far apart the neighbouring measured epochs of a replica are, from the table of a run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
import pandas as pd

from ibspec.schedules import distance


@final
@dataclass(frozen=True)
class Neighbours:
    """Two measured epochs of a replica with none between them.

    Attributes:
        low, high: The epochs.
        apart: Their distance; infinite where a number is there in only one of them.
    """

    replica: int
    low: int
    high: int
    apart: float

    @property
    def is_adjacent(self) -> bool:
        """Whether there is no epoch between."""
        return self.high - self.low == 1

    def is_break(self, delta: float) -> bool:
        """Whether they are too far apart, though there are epochs between."""
        return self.apart > delta and not self.is_adjacent


def neighbours(
    measurements: pd.DataFrame, scale: Sequence[float], estimators: Sequence[str] | None
) -> Iterator[Neighbours]:
    """Give the neighbouring measured epochs of each replica, rising.

    Epochs at the end at which nothing could be measured, as where a replica diverged, are left out.

    Args:
        measurements: Table with the columns of `ibspec.results.COLUMNS`.
        scale: Divisors of I(X;T) and of I(T;Y).
        estimators: Labels of those that count; None for all.
    """
    rows = measurements
    if estimators is not None:
        rows = rows[rows["estimator"].isin(list(estimators))]
    if "channel" in rows:
        rows = rows.assign(channel=rows["channel"].fillna(-1))
    keys = ["depth", "layer", "view", "estimator", *(["channel"] if "channel" in rows else [])]
    for replica, mine in rows.groupby("replica", sort=True):
        wide = (
            mine.drop_duplicates(["epoch", *keys])
            .pivot(index="epoch", columns=keys, values=["i_xt", "i_ty"])
            .sort_index()
        )
        numbers = np.hstack(
            [
                wide[name].to_numpy(dtype=np.float64) / divisor
                for name, divisor in zip(("i_xt", "i_ty"), scale, strict=True)
            ]
        )
        epochs = [int(epoch) for epoch in wide.index]
        there = np.flatnonzero(~np.isnan(numbers).all(axis=1))
        end = int(there[-1]) + 1 if len(there) else len(epochs)
        for (low, one), (high, other) in pairwise(zip(epochs[:end], numbers[:end], strict=True)):
            yield Neighbours(int(str(replica)), low, high, distance(one, other))
