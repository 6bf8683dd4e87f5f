"""Specs for tests: quick to run, and with every optional part."""

import copy
from typing import Any

TINY: dict[str, Any] = {
    "$schema": "schema.json",
    "name": "tiny",
    "about": "A net of three layers on few digits.",
    "sources": ["no publication"],
    "data": {"kind": "digits", "train_fraction": 0.1},
    "model": {
        "kind": "mlp",
        "hidden": [6, 4],
        "activation": "tanh",
        "init": {"kind": "glorot-uniform"},
    },
    "training": {
        "epochs": 3,
        "batch_size": 64,
        "loss": "cross-entropy",
        "replicas": 2,
        "seed": 0,
        "optimiser": {"kind": "adam", "learning_rate": 0.003},
    },
    "measure": {
        "when": {"kind": "every", "epochs": 1},
        "probe": {"split": "all", "size": 60},
        "view": "whole",
        "estimators": [
            {"kind": "kde", "noise_variance": 0.1},
            {"kind": "binning", "cells": {"kind": "range", "low": -1, "high": 1, "bins": 30}},
        ],
    },
}
"""Two replicas, three epochs, 24 rows of measurements each."""

CNN: dict[str, Any] = {
    **TINY,
    "name": "tiny_cnn",
    "data": {"kind": "mnist", "subset": "first-500-per-class"},
    "model": {
        "kind": "cnn",
        "layers": [
            {"kind": "conv", "channels": 2, "kernel": 3, "activation": "relu"},
            {"kind": "max-pool", "size": 2},
            {"kind": "flatten"},
            {"kind": "dropout", "rate": 0.5},
            {"kind": "dense", "units": 10, "activation": "softmax"},
        ],
    },
    "measure": {
        "probe": {"split": "test", "size": 20},
        "estimators": [{"kind": "kde", "noise_variance": 0.1}],
    },
}


def tiny() -> dict[str, Any]:
    """Return a copy of `TINY` that a test may change."""
    return copy.deepcopy(TINY)
