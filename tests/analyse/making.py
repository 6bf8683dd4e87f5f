"""Tables with events at known epochs."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Float

from ibspec.results import Measurement, measurement_table

EPOCHS = np.arange(0.0, 400.0, 4.0)

Curves = Float[np.ndarray, "seeds epochs"]


def with_noise(curve: Float[np.ndarray, " epochs"], seeds: int, size: float, seed: int = 0) -> Curves:
    """The same curve in each replica, with noise of its own."""
    return curve + size * np.random.default_rng(seed).standard_normal((seeds, len(curve)))


def fall_from(epoch: float, bits: float, top: float = 6.0) -> Float[np.ndarray, " epochs"]:
    """Rises to an epoch, then falls evenly on a logarithmic axis."""
    up = top * np.minimum(EPOCHS / epoch, 1) ** 0.5
    down = np.log(np.maximum(EPOCHS, epoch) / epoch) / np.log(EPOCHS[-1] / epoch)
    return up - bits * down


def rise_to(epoch: float, bits: float = 0.9) -> Float[np.ndarray, " epochs"]:
    """Rises evenly to an epoch, and stays: nine tenths of it are made at nine tenths of the epoch."""
    return bits * np.minimum(EPOCHS / epoch, 1)


def seen_fall(curve: Float[np.ndarray, " epochs"]) -> float:
    """From the largest mean of nine to the last one, without noise: a peak is blunted by averaging."""
    means = np.convolve(curve, np.ones(9) / 9, mode="valid")
    return float(means.max() - means[-1])


def measured(i_xt: Curves, i_ty: Curves, layer: str = "dense1", depth: int = 0, **more: Any) -> pd.DataFrame:
    """The rows of one estimator and layer."""
    told = {"view": "whole", "estimator": "kde(0.1)", "n": 1000} | more
    return measurement_table(
        Measurement(replica, int(epoch), depth, layer, **told, i_xt=float(x), i_ty=float(y))
        for replica, (of_x, of_y) in enumerate(zip(i_xt, i_ty, strict=True))
        for epoch, x, y in zip(EPOCHS, of_x, of_y, strict=True)
    )


def trained(loss: Curves, train: float = 0.97, test: float = 0.95) -> pd.DataFrame:
    """A history with an epoch a number."""
    return pd.DataFrame(
        {"replica": replica, "epoch": epoch, "running_loss": each}
        | {"train_accuracy": train, "test_accuracy": test if epoch % 2 else np.nan}
        for replica, curve in enumerate(loss)
        for epoch, each in enumerate([np.nan, *curve])
    )


def broken(at: float, before: float, after: float, steps: Float[np.ndarray, " steps"]) -> Any:
    """Two power laws that meet."""
    return np.where(steps < at, (steps / at) ** before, (steps / at) ** after)


def gradients_of(snr: Curves, epochs: Float[np.ndarray, " epochs"], layer: str = "dense1") -> pd.DataFrame:
    """Rows of the reading `moving`."""
    return pd.DataFrame(
        {"replica": replica, "epoch": int(epoch), "layer": layer, "depth": -1 if layer == "all" else 0}
        | {"reading": "moving", "batch_size": 256, "snr": value, "status": "ok"}
        for replica, curve in enumerate(snr)
        for epoch, value in zip(epochs, curve, strict=True)
    )


class Tables:
    """A run made by hand."""

    def __init__(self, measurements: pd.DataFrame, **more: Any) -> None:
        self.measurements = measurements
        self.history: pd.DataFrame = more.pop("history", pd.DataFrame())
        self.gradients: pd.DataFrame = more.pop("gradients", pd.DataFrame())
        facts = {"h_x": np.log2(1000.0), "h_y": 1.0, "i_xy": 1.0}
        self.manifest: Mapping[str, Any] = {"state": "done", "facts": facts, "data": {"classes": 2}} | more
