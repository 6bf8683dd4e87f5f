"""Made-up tables of gradients and rates with the shape of real ones."""

from typing import Any

import numpy as np
import pandas as pd

from tests.figures.examples import EPOCHS, LAYERS


def gradients(
    *,
    readings: tuple[str, ...] = ("moving",),
    replicas: int = 1,
    layers: tuple[str, ...] = LAYERS,
    epochs: tuple[int, ...] = EPOCHS,
    noiseless: tuple[tuple[int, str], ...] = (),
    per_sample: bool = False,
) -> pd.DataFrame:
    """A mean that falls through the noise; at the places of `noiseless` the noise is zero."""
    rows: list[dict[str, Any]] = []
    for reading in readings:
        for replica in range(replicas):
            for epoch in (epoch for epoch in epochs if epoch > 0 or reading != "moving"):
                for depth, layer in (*enumerate(layers), (-1, "all")):
                    rows.append(
                        _row(reading, replica, epoch, depth, layer, (epoch, layer) in noiseless, per_sample)
                    )
    return pd.DataFrame(rows)


def _row(
    reading: str, replica: int, epoch: int, depth: int, layer: str, still: bool, per_sample: bool
) -> dict[str, Any]:
    scale = (2.0 + depth) * (1 + 0.1 * replica)
    mean, deviation = scale / (1 + epoch / 5), 0.0 if still else scale * 0.3 * (1 + epoch) ** 0.2
    snr = np.nan if still else mean / deviation
    return {
        "replica": replica, "epoch": epoch, "layer": layer, "depth": depth, "reading": reading,
        "batch_size": 256, "batches": 13, "mean_norm": mean, "std_norm": deviation, "snr": snr,
        "status": "noiseless" if still else "ok", "weight_norm": 3.0 + depth + np.log1p(epoch),
        "per_sample_snr": snr / 16 if per_sample else np.nan,
    }  # fmt: skip


def rates(
    *,
    replicas: int = 1,
    layers: tuple[str, ...] = LAYERS,
    epochs: tuple[int, ...] = EPOCHS,
    loss: bool = True,
    information: bool = True,
) -> pd.DataFrame:
    """A loss whose fall the noise eats up in the end, and information that rises, then falls."""
    rows: list[dict[str, Any]] = []
    for replica in range(replicas):
        for epoch in epochs if loss else ():
            first = -0.1 / (1 + epoch) ** 1.2 * (1 + 0.1 * replica)
            second = 0.004 / (1 + epoch) ** 0.5
            rows.append(
                _rate(replica, epoch, "all", -1, "loss", "", first, second, first + 0.95 * second, np.nan)
            )
        for epoch in (epoch for epoch in epochs if information and epoch > 0):
            for depth, layer in enumerate(layers):
                for quantity, factor in (("i_xt_upper", 1.0), ("i_xt_lower", 0.8)):
                    change = factor * (0.5 / epoch - 0.08 * depth / epoch**0.5)
                    place = (replica, epoch, layer, depth, quantity, "kde(0.1)")
                    share = 0.5 - 0.2 * np.tanh(4 * change)
                    rows.append(_rate(*place, 1.3 * change, -0.3 * change, change, share))
    return pd.DataFrame(rows)


def _rate(*values: Any) -> dict[str, Any]:
    names = (
        "replica", "epoch", "layer", "depth", "quantity", "estimator",
        "predicted", "second_order", "realised", "contracting",
    )  # fmt: skip
    return dict(zip(names, values, strict=True))
