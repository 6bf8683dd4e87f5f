"""What a run tells whoever is watching."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Moment:
    """Where a run stands.

    Attributes:
        epoch, epochs: Epochs done, of how many.
        doing: What is going on, in a few words: `training`, `replica 2: conv1`.
        seconds_left: From the mean time of what was done so far; None while nothing is known.
    """

    epoch: int
    epochs: int
    doing: str
    seconds_left: float | None


class Progress:
    """A watcher that says nothing; subclass it to show a run's progress."""

    def at(self, moment: Moment) -> None:
        """The run has come this far."""

    def note(self, text: str) -> None:
        """Something worth a line has happened."""
