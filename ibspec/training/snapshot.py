"""Training as a stream of moments at which the nets can be looked at."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import final

import torch

from ibspec.training.engine import Engine


@final
@dataclass(frozen=True)
class Snapshot:
    """One replica after one epoch.

    Attributes:
        epoch: Epochs done; 0 is before training.
        loss, accuracy: Over the epoch's batches, weights moving; None at epoch 0.
        weights: A copy of the weights where the epoch is to be measured, else None.
        diverged: Why the replica was given up in this epoch, or None.
    """

    replica: int
    epoch: int
    loss: float | None
    accuracy: float | None
    weights: dict[str, torch.Tensor] | None
    diverged: str | None = None


def snapshots(engine: Engine, epochs: int, is_due: Callable[[int], bool]) -> Iterator[Snapshot]:
    """Train up to `epochs` epochs and yield every replica after each of them, epoch 0 included.

    A replica that diverges yields one last snapshot that says so; the others go on.
    """
    if engine.epoch == 0:
        for replica in engine.live:
            yield Snapshot(replica, 0, None, None, engine.weights(replica) if is_due(0) else None)
    while engine.epoch < epochs and engine.live:
        for report in engine.advance():
            wanted = report.diverged is None and is_due(engine.epoch)
            yield Snapshot(
                report.replica,
                engine.epoch,
                report.loss,
                report.accuracy,
                engine.weights(report.replica) if wanted else None,
                report.diverged,
            )
