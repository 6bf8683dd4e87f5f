"""Estimators that look at more than one activity of a net: they remember, and answer at the end."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal, final

from ibspec.core import Activity, Estimate

Reach = Literal["snapshot", "layer", "net", "steps", "replicas"]
"""What an estimator must have seen before it can answer: the activity at hand, the layer at all measured
epochs, or all layers at all measured epochs; or, for one layer at each measured epoch in turn, several nets a
step of training away from it, or all replicas."""


@final
@dataclass(frozen=True)
class Dated:
    """An estimate, and which activity it is about.

    Attributes:
        epoch: Of the activity; the last one of a window of several.
        layer: Name of the layer.
    """

    epoch: int
    layer: str
    estimate: Estimate


class Session(ABC):
    """One net's activities on one probe, handed over in the order of training."""

    @abstractmethod
    def add(self, activity: Activity) -> None:
        """Take an activity in; its `epoch` and `layer` say where it belongs.

        Raises:
            ShapeError, ActivityError: As `Estimator.estimate`; the session goes on without this activity.
        """

    @abstractmethod
    def finish(self) -> list[Dated]:
        """Return the estimates, in the order in which their activities came."""
