"""The one interface of all training engines."""

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import nn

from ibspec.training.batch_gradients import BatchGradients
from ibspec.training.training import Training


@final
@dataclass(frozen=True)
class Task:
    """What is to be learned; every replica has its own training rows.

    Attributes:
        x: All inputs, on the device of training.
        y: All classes, or real-valued labels.
        train: For each replica, the rows that it learns from.
    """

    x: Float[torch.Tensor, "samples ..."]
    y: Shaped[torch.Tensor, " samples"]
    train: Sequence[Int[np.ndarray, " rows"]]


@final
@dataclass(frozen=True)
class Demand:
    """What a spec asks of an engine, so that an engine can say whether it serves."""

    nets: Sequence[nn.Module]
    training: Training
    device: torch.device


@final
@dataclass(frozen=True)
class EpochReport:
    """How one replica fared in one epoch, its weights moving meanwhile.

    Attributes:
        loss: Mean loss over the epoch's batches; cross-entropy in nats.
        accuracy: Share of right answers over the epoch's batches; NaN where labels are real numbers.
        diverged: Why the replica was given up, or None.
        gradients: Of the epoch's batches, where they were asked for.
    """

    replica: int
    loss: float
    accuracy: float
    diverged: str | None = None
    gradients: BatchGradients | None = None


def order_of_epoch(
    training: Training, rows: Int[np.ndarray, " rows"], order: np.random.Generator
) -> Int[np.ndarray, " rows"]:
    """Return a replica's rows in the order in which its next epoch takes them."""
    # A full batch needs no order, and draws none.
    return rows if training.batch_size == "full" else order.permutation(rows)


def why_diverged(loss: float, are_weights_finite: bool, epoch: int) -> str | None:
    """Return why a replica is given up after an epoch, or None."""
    if not math.isfinite(loss):
        return f"training loss was {loss} in epoch {epoch}"
    return None if are_weights_finite else f"a weight was not finite after epoch {epoch}"


class Engine(ABC):
    """Trains all replicas of a spec, an epoch at a time.

    All engines draw the same batches from the same seeds; they may differ in rounding.
    """

    name: ClassVar[str]

    @classmethod
    @abstractmethod
    def supports(cls, demand: Demand) -> tuple[bool, str]:
        """Say whether this engine can carry out the demand, and if not, why."""

    @abstractmethod
    def __init__(self, demand: Demand, task: Task) -> None:
        """Take the nets over: they are trained in place, and after each epoch hold their weights."""

    @property
    @abstractmethod
    def epoch(self) -> int:
        """Epochs done."""

    @abstractmethod
    def advance(self, *, gradients: bool = False) -> list[EpochReport]:
        """Train every replica that has not diverged for one more epoch.

        Args:
            gradients: Look at the gradients of the batches; this does not change training by a bit.
        """

    @abstractmethod
    def weights(self, replica: int) -> dict[str, torch.Tensor]:
        """Return a copy of a replica's weights and buffers."""

    @property
    @abstractmethod
    def live(self) -> tuple[int, ...]:
        """The replicas that have not diverged."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return all that the next epoch depends on: weights, optimisers, random generators, counters."""

    @abstractmethod
    def load(self, state: dict[str, Any]) -> None:
        """Go back to a state; training from it gives the same numbers as before, bit for bit."""
