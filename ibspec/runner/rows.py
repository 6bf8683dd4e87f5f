"""Rows of the history, and rows for what a diverged replica leaves unmeasured."""

import math
from typing import Any

from ibspec.activity import row_channels
from ibspec.results import Measurement
from ibspec.runner.preparation import Prepared
from ibspec.training import Snapshot

EVALUATED = ("train_loss", "train_accuracy", "test_loss", "test_accuracy")


def history_row(
    snapshot: Snapshot, evaluated: dict[str, float], weight_norms: dict[str, float]
) -> dict[str, Any]:
    """Return a row of the history; losses in nats, what was not evaluated is NaN.

    `running_loss` and `running_accuracy` are means over the epoch's batches while the weights move; the
    others are of the net as it stands after the epoch.
    """
    row: dict[str, Any] = {
        "replica": snapshot.replica,
        "epoch": snapshot.epoch,
        "running_loss": math.nan if snapshot.loss is None else snapshot.loss,
        "running_accuracy": math.nan if snapshot.accuracy is None else snapshot.accuracy,
    }
    row |= {name: evaluated.get(name, math.nan) for name in EVALUATED}
    return row | {f"weight_norm.{layer}": norm for layer, norm in weight_norms.items()}


def rows_of_diverged(prepared: Prepared, snapshot: Snapshot) -> list[Measurement]:
    """Return one `invalid` row a curve of the table for the epoch in which a replica diverged."""
    measure = prepared.spec.measure
    return [
        Measurement(
            replica=snapshot.replica,
            epoch=snapshot.epoch,
            depth=depth,
            layer=layer,
            view=measure.view,
            estimator=estimator.label,
            n=prepared.probe.samples,
            channel=channel,
            status="invalid",
            reason=f"the replica diverged: {snapshot.diverged}",
        )
        for depth, (layer, shape) in enumerate(prepared.layers.items())
        for estimator in measure.estimators
        for channel in row_channels(shape, measure.view)
    ]
