"""What training itself says: kink of the loss, drop of the SNR, wandering weights, accuracy at the end."""

import json
from collections.abc import Sequence
from typing import Final, final

import numpy as np
import pandas as pd

from ibspec.analyse.curves import Numbers, curves_of
from ibspec.analyse.finding import SEED, Finding, Outcome, gather
from ibspec.analysis import even_in_log, first_crossing, kink, snr_drop
from ibspec.core import Frozen

NO_GRADIENTS: Final = "no gradients were measured; `measure.gradients` asks for them"

NO_WEIGHTS: Final = (
    "no weights were kept; an as-if-random estimator over epochs says how they wander in its windows"
)

ACCURACIES: Final = ("train", "test")


@final
class SnrAnalysis(Frozen):
    """The signal-to-noise ratio of the gradients of one layer, in one reading.

    Attributes:
        reading: `fixed`, `moving` or `parallel`.
        layer: Its name; `all` for all weights together.
        depth: Place of the layer in the net; -1 for all weights.
        batch_size: Rows of a batch.
        turn: Epoch of the accepted break behind which log SNR falls faster.
        crossing: First measured epoch at which the SNR is below 1, having been 1 or more.
    """

    reading: str
    layer: str
    depth: int
    batch_size: int
    turn: Finding
    crossing: Finding


def accepted_kink(values: Numbers, epochs: Numbers) -> float | None:
    """Return the epoch of the accepted break of log loss against log epoch, or None."""
    chosen = even_in_log(epochs)
    found = kink(values[chosen], epochs[chosen], np.random.default_rng(SEED))
    return found.step if found is not None and found.is_accepted else None


def accepted_turn(values: Numbers, epochs: Numbers) -> float | None:
    """Return the epoch of the accepted break behind which log SNR falls faster, or None."""
    found = snr_drop(values, epochs, np.random.default_rng(SEED)).turn
    return found.step if found is not None and found.is_accepted else None


def loss_kink(history: pd.DataFrame, replicas: Sequence[int]) -> Finding:
    """Find the accepted break of log loss against log epoch: the mean loss of each epoch's batches."""
    curves = curves_of(history, "running_loss", replicas)
    return gather("epochs", [curve.after_start().ask(accepted_kink) for curve in curves])


def snr_drops(gradients: pd.DataFrame, replicas: Sequence[int]) -> list[SnrAnalysis]:
    """Find the drop of the SNR of each layer, by each reading that was measured."""
    if gradients.empty:
        return []
    drops = []
    for _, rows in gradients.groupby(["reading", "depth", "layer"], sort=True):
        first = rows.iloc[0]
        curves = [curve.after_start() for curve in curves_of(rows, "snr", replicas)]
        drops.append(
            SnrAnalysis(
                reading=str(first["reading"]),
                layer=str(first["layer"]),
                depth=int(first["depth"]),
                batch_size=int(first["batch_size"]),
                turn=gather("epochs", [curve.ask(accepted_turn) for curve in curves]),
                crossing=gather("epochs", [curve.ask(first_crossing) for curve in curves]),
            )
        )
    return drops


def wandering(measurements: pd.DataFrame, replicas: Sequence[int]) -> Finding:
    """Return the exponent of the mean square displacement of the weights in each replica's last window.

    1 diffuses, 2 drifts, 0 stays. It stands beside the estimates of windows (`as-if-random` over epochs).
    """
    outcomes: list[Outcome] = [NO_WEIGHTS] * len(replicas)
    rows = measurements[
        measurements["extras"].fillna("").str.contains('"displacement_exponent"', regex=False)
    ]
    for place, replica in enumerate(replicas):
        mine = rows[rows["replica"] == replica].sort_values("epoch", kind="stable")
        if len(mine):
            outcomes[place] = float(json.loads(mine["extras"].iloc[-1])["displacement_exponent"])
    return gather("", outcomes)


def accuracies(history: pd.DataFrame, replicas: Sequence[int]) -> dict[str, Finding]:
    """Return the accuracy of the net at its last evaluated epoch, on training and on test rows."""
    return {
        split: gather(
            "probability",
            [curve.ask(_last) for curve in curves_of(history, f"{split}_accuracy", replicas)],
            "mean",
        )
        for split in ACCURACIES
    }


def _last(values: Numbers, epochs: Numbers) -> float:
    return float(values[-1])
