"""Experiments on real data made small: seconds instead of minutes."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ibspec.loading import Run

LOG_SPACED = 'measure.when={"kind": "log-spaced", "per_decade": 4}'

SMALL_RUNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "digits, tanh": ("digits_mlp", (LOG_SPACED, "measure.probe.size=500")),
    "digits, relu": (
        "digits_mlp",
        (
            "model.activation=relu",
            'measure.estimators[1].cells={"kind": "width", "width": 2.0}',
            LOG_SPACED,
            "measure.probe.size=500",
        ),
    ),
    "12 bits, tanh": (
        "tishby_tanh",
        (
            "training.epochs=600",
            "training.optimiser.learning_rate=0.002",
            "training.replicas=2",
            'measure.estimators=[{"kind": "kde", "noise_variance": 0.001}, {"kind": "binning", "cells": '
            '{"kind": "range", "low": -1, "high": 1, "bins": 30}}]',
            LOG_SPACED,
            "measure.probe.size=1000",
        ),
    ),
}
"""What a figure calls each run -> the spec that it comes from, and what is changed in it."""


def carry_out(specs: Path, out: Path) -> Iterator[tuple[str, "Run"]]:
    """Train and measure each small run now, on the CPU."""
    from ibspec.loading import load
    from ibspec.runner import run
    from ibspec.spec import read_spec

    for name, (spec, changes) in SMALL_RUNS.items():
        yield name, load(run(read_spec(specs / f"{spec}.json", changes), out=out, device="cpu").path)
