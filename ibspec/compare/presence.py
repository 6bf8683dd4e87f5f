"""What only one of two tables has."""

from collections.abc import Sequence
from typing import final

import pandas as pd

from ibspec.compare.differences import KEYS, NO_CHANNEL
from ibspec.core import Frozen, Many


@final
class OnlyHere(Frozen):
    """Rows that the other run has not.

    Attributes:
        rows: How many.
        replicas, layers, views, estimators, channels: Those that the other run has not at all.
        epochs: Of replicas, layers, views, estimators and channels that both have.
    """

    rows: int
    replicas: Many[int] = ()
    layers: Many[str] = ()
    views: Many[str] = ()
    estimators: Many[str] = ()
    epochs: Many[int] = ()
    channels: Many[int] = ()

    @property
    def is_epochs_alone(self) -> bool:
        """Whether the other run lacks nothing but epochs."""
        return not (self.replicas or self.layers or self.views or self.estimators or self.channels)

    def in_words(self) -> str:
        """Name everything, epochs as ranges."""
        parts = [
            f"{name[:-1] if len(items) == 1 else name} {shorten([str(item) for item in items])}"
            for name, items in (
                ("replicas", self.replicas),
                ("layers", self.layers),
                ("views", self.views),
                ("estimators", self.estimators),
                ("channels", self.channels),
            )
            if items
        ]
        if self.epochs:
            parts.append(f"{'epochs' if len(self.epochs) > 1 else 'epoch'} {shorten(ranges(self.epochs))}")
        return "; ".join(parts)


def only_in(mine: pd.DataFrame, theirs: pd.DataFrame) -> OnlyHere:
    """Return what `mine` has and `theirs` has not."""
    known = pd.MultiIndex.from_frame(theirs[KEYS])
    alone = mine[~pd.MultiIndex.from_frame(mine[KEYS]).isin(known)]
    missing = {
        name: tuple(dict.fromkeys(alone.loc[~alone[name].isin(theirs[name].unique()), name]))
        for name in ("replica", "layer", "view", "estimator", "channel")
    }
    shared = alone
    for name, items in missing.items():
        shared = shared[~shared[name].isin(items)]
    return OnlyHere(
        rows=len(alone),
        replicas=tuple(int(replica) for replica in missing["replica"]),
        layers=tuple(map(str, missing["layer"])),
        views=tuple(map(str, missing["view"])),
        estimators=tuple(map(str, missing["estimator"])),
        channels=tuple(int(channel) for channel in missing["channel"] if channel != NO_CHANNEL),
        epochs=tuple(int(epoch) for epoch in sorted(shared["epoch"].unique())),
    )


def ranges(numbers: Sequence[int]) -> list[str]:
    """Write rising whole numbers with `3 to 7` for what follows on each other."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]


def shorten(items: Sequence[str], most: int = 8) -> str:
    """Join items with commas, at most so many."""
    more = len(items) - most
    return ", ".join([*items[:most], f"and {more} more"] if more > 0 else items)
