"""Training as a stream of moments at which the nets can be looked at."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import final

import torch

from ibspec.training.batch_gradients import BatchGradients
from ibspec.training.engine import Engine, EpochReport


@final
@dataclass(frozen=True)
class Snapshot:
    """One replica after one epoch.

    Attributes:
        epoch: Epochs done; 0 is before training.
        loss, accuracy: Over the epoch's batches, weights moving; None at epoch 0.
        weights: A copy of the weights where the epoch is to be measured, else None.
        diverged: Why the replica was given up in this epoch, or None.
        gradients: Of the epoch's batches, weights moving, where they were asked for.
        before: A copy of the weights that the epoch began with, where they were asked for.
    """

    replica: int
    epoch: int
    loss: float | None
    accuracy: float | None
    weights: dict[str, torch.Tensor] | None
    diverged: str | None = None
    gradients: BatchGradients | None = None
    before: dict[str, torch.Tensor] | None = None


def _never(epoch: int) -> bool:
    return False


def epochs_of(
    engine: Engine,
    epochs: int,
    keeps: Callable[[int, int], bool],
    *,
    goes_on: bool = False,
    gathers: Callable[[int], bool] = _never,
    remembers: Callable[[int], bool] = _never,
) -> Iterator[Iterator[Snapshot]]:
    """Train up to `epochs` epochs; yield, after each of them, a snapshot of every replica, one by one.

    Between two epochs the engine stands still, and `Engine.state` is a state to go on from. A replica that
    diverges yields one last snapshot that says so; the others go on.

    Args:
        engine: At epoch 0, which is yielded too unless this goes on, or where it was left.
        epochs: The last one.
        keeps: Whether the weights of a replica at an epoch are wanted; asked when the epoch is done.
        goes_on: Whether the epoch at which the engine stands was yielded before.
        gathers: Whether the gradients of an epoch that is about to be trained are wanted.
        remembers: Whether, beside the weights after such an epoch, those before it are.
    """
    if engine.epoch == 0 and not goes_on:
        yield (
            Snapshot(replica, 0, None, None, engine.weights(replica) if keeps(replica, 0) else None)
            for replica in engine.live
        )
    while engine.epoch < epochs and engine.live:
        coming = engine.epoch + 1
        before = {each: engine.weights(each) for each in engine.live} if remembers(coming) else {}
        reports = engine.advance(gradients=gathers(coming))
        yield map(partial(_snapshot, engine, keeps, before), reports)


def _snapshot(
    engine: Engine,
    keeps: Callable[[int, int], bool],
    before: Mapping[int, dict[str, torch.Tensor]],
    report: EpochReport,
) -> Snapshot:
    wanted = report.diverged is None and keeps(report.replica, engine.epoch)
    return Snapshot(
        report.replica,
        engine.epoch,
        report.loss,
        report.accuracy,
        engine.weights(report.replica) if wanted else None,
        report.diverged,
        report.gradients,
        before.get(report.replica) if wanted else None,
    )


def snapshots(engine: Engine, epochs: int, is_due: Callable[[int], bool]) -> Iterator[Snapshot]:
    """Yield the snapshots of `epochs_of`, all in one stream, with weights where the epoch is due."""
    for snapshots_of_epoch in epochs_of(engine, epochs, lambda _, epoch: is_due(epoch)):
        yield from snapshots_of_epoch
