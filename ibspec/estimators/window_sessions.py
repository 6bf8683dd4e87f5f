"""Sessions whose answers are about several activities of one layer at once."""

from collections import deque
from typing import Generic, final

from ibspec.core import Activity, SampleSizeError
from ibspec.estimators.pooling import Kept, Pool, Ready
from ibspec.estimators.session import Dated, Session


@final
class Sliding(Session, Generic[Kept, Ready]):
    """The last so many epochs of a net, or every run of so many; each answer stands at its last epoch.

    Args:
        pool: Keeps and measures.
        window: Epochs.
        is_every: Whether every run of epochs is measured, not the last alone.
        needs_all: Whether all epochs must be known before any is measured.
    """

    def __init__(self, pool: Pool[Kept, Ready], window: int, *, is_every: bool, needs_all: bool) -> None:
        self._pool, self._window, self._is_every = pool, window, is_every
        self._held: deque[tuple[int, str, Kept]] = deque(maxlen=None if is_every or needs_all else window)

    def add(self, activity: Activity) -> None:
        """Keep what is needed of it, and forget an epoch that has left the last window."""
        self._held.append((activity.epoch, activity.layer, self._pool.keep(activity)))

    def finish(self) -> list[Dated]:
        """Measure.

        Raises:
            SampleSizeError: There were fewer epochs than a window has.
        """
        seen = len(self._held)
        if seen < self._window:
            raise SampleSizeError(
                f"as-if-random wants a window of {self._window} measured epochs; got {seen}. Lower `window`, "
                "or measure more epochs"
            )
        kept = self._pool.ready([each for _, _, each in self._held])
        found = []
        for start in range(0 if self._is_every else seen - self._window, seen - self._window + 1):
            end = start + self._window
            epoch, layer, _ = self._held[end - 1]
            found.append(Dated(epoch, layer, self._pool.estimate(kept[start:end])))
        return found


@final
class Gathered(Session, Generic[Kept, Ready]):
    """Several nets at each epoch: the activities of one epoch come together, and are measured as one.

    Args:
        pool: Keeps and measures.
        nets: How many nets an epoch must have to be measured; None: any number, but somewhere two or more.
    """

    def __init__(self, pool: Pool[Kept, Ready], nets: int | None) -> None:
        self._pool, self._nets = pool, nets
        self._held: list[Kept] = []
        self._place: tuple[int, str] | None = None
        self._found: list[Dated] = []
        self._most = 0

    def add(self, activity: Activity) -> None:
        """Keep what is needed of it; a new epoch settles the one before."""
        kept = self._pool.keep(activity)
        place = activity.epoch, activity.layer
        if place != self._place:
            self._settle()
        self._place = place
        self._held.append(kept)

    def finish(self) -> list[Dated]:
        """Return an estimate for each epoch that has enough nets.

        Raises:
            SampleSizeError: None has.
        """
        self._settle()
        wanted = 2 if self._nets is None else self._nets
        if self._most < wanted:
            raise SampleSizeError(
                f"as-if-random wants {wanted} nets at each epoch; got {self._most}. A net by itself says "
                "nothing about the law of its parameters"
            )
        return list(self._found)

    def _settle(self) -> None:
        if self._place is None:
            return
        epoch, layer = self._place
        self._most = max(self._most, len(self._held))
        if self._nets in (None, len(self._held)):
            # Where a net's activity could not be measured, its own row says so.
            estimate = self._pool.estimate(self._pool.ready(self._held))
            self._found.append(Dated(epoch, layer, estimate))
        self._held, self._place = [], None
