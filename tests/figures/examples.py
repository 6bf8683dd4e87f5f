"""Made-up tables with the shape of real ones: what the tests of figures and pages draw."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ibspec.results import Activities, Measurement, measurement_table

FACTS = {"samples": 256, "h_x": 8.0, "h_y": 1.0, "i_xy": 1.0}
LAYERS = ("dense1", "dense2", "output")
EPOCHS = (0, 1, 3, 10, 30, 100)


def measurements(
    *,
    layers: tuple[str, ...] = LAYERS,
    epochs: tuple[int, ...] = EPOCHS,
    replicas: int = 1,
    ends: dict[int, int] | None = None,
    estimators: tuple[str, ...] = ("kde(0.1)",),
    view: str = "whole",
) -> pd.DataFrame:
    """The first layer at its ceiling, deeper ones losing I(X;T); KDE with bounds, binning with H(T)."""
    rows = []
    for replica in range(replicas):
        for epoch in (epoch for epoch in epochs if epoch <= (ends or {}).get(replica, max(epochs))):
            for depth, layer in enumerate(layers):
                share = depth / len(layers)
                i_xt = 8 - 6 * share * (0.5 + 0.5 * np.log1p(epoch) / np.log(101)) - 0.1 * replica * share
                i_ty = 1 - 0.9 * share * np.exp(-epoch / 20)
                for estimator in estimators:
                    saturated = {"warnings": "saturated" if depth == 0 else ""}
                    if estimator.startswith("kde"):
                        more = {"i_xt_lower": i_xt - 2 * share, "i_xt_upper": i_xt, **saturated}
                        more |= {"i_ty_lower": i_ty - 3 * share, "i_ty_upper": i_ty + 3 * share}
                    else:
                        more = {"h_t": i_xt, **saturated}
                    place = (replica, epoch, depth, layer, view, estimator, 256)
                    rows.append(Measurement(*place, i_xt=i_xt, i_ty=i_ty, **more))
    return measurement_table(rows)


def history(*, replicas: int = 1, epochs: int = 100, ends: dict[int, int] | None = None) -> pd.DataFrame:
    """A loss that falls; a replica with an end explodes there."""
    parts = []
    for replica in range(replicas):
        end = (ends or {}).get(replica, epochs)
        epoch = np.arange(end + 1)
        falling = np.exp(-epoch / 30) * (1 + 0.02 * replica)
        if end < epochs:
            falling[-1] = 1e6
        measured = np.where(np.isin(epoch, EPOCHS), falling, np.nan)
        running = np.where(epoch == 0, np.nan, falling)
        part = {
            "replica": replica,
            "epoch": epoch,
            "running_loss": running,
            "running_accuracy": 1 - running / 2,
        }
        part |= {"train_loss": measured, "train_accuracy": 1 - measured / 2}
        part |= {"test_loss": measured * 1.1, "test_accuracy": 1 - measured / 1.9}
        parts.append(pd.DataFrame(part))
    whole = pd.concat(parts, ignore_index=True)
    whole.loc[whole["running_accuracy"] < 0, "running_accuracy"] = 0.0
    return whole


def manifest(**changes: Any) -> dict[str, Any]:
    """A manifest with what the page reads."""
    return {
        "name": "made_up",
        "digest": "0123456789abcdef",
        "state": "done",
        "reason": "",
        "started": "2026-01-02T03:04:05Z",
        "seconds": 75.0,
        "argv": ["somewhere/ibspec/__main__.py", "run", "specs/made up.json", "--set", "training.epochs=100"],
        "seed": 7,
        "device": "cpu",
        "device_name": "x86_64",
        "threads": 2,
        "engine": "general",
        "facts": FACTS,
        "layers": list(LAYERS),
        "replicas": {"0": {"state": "done", "reason": ""}},
        "machine": {"python": "3.11.7", "versions": {"ibspec": "0.1.0", "torch": "2.13.0"}},
        "expectations": [],
    } | changes


@dataclass(frozen=True)
class MadeUpRun:
    """A run that nobody carried out."""

    path: Path
    measurements: pd.DataFrame = field(default_factory=measurements)
    history: pd.DataFrame = field(default_factory=history)
    gradients: pd.DataFrame = field(default_factory=pd.DataFrame)
    rates: pd.DataFrame = field(default_factory=pd.DataFrame)
    activities: Activities | None = None
    manifest: dict[str, Any] = field(default_factory=manifest)
    spec: dict[str, Any] = field(
        default_factory=lambda: {
            "name": "made_up",
            "about": "What a made-up net does.",
            "sources": ["nobody-2026 Figure 1"],
            "training": {"epochs": 100, "loss": "cross-entropy"},
            "figures": ["plane", "before-after", "information-vs-epoch", "bounds-vs-epoch", "loss"],
        }
    )
