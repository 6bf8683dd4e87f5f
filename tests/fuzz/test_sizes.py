"""Numbers that claim too much: every size is refused before anything of that size is made."""

import json
import random
from typing import Any

import pytest
import torch

import ibspec.data.mnist as mnist_module
from ibspec.core import IbspecError
from ibspec.runner import prepare
from ibspec.spec import parse_spec
from tests.fuzz.amount import SEED, cases
from tests.fuzz.documents import places
from tests.fuzz.judging import answer
from tests.spec.documents import TINY

SIZES = (
    0,
    1,
    2,
    3,
    100,
    10**4,
    2**20,
    10**6,
    10**7,
    10**8,
    10**9,
    2**31 - 1,
    2**31,
    2**40,
    2**63 - 1,
    2**64,
    10**29,
)
"""Without 10^7, as which epochs and rows are allowed and only take long."""

DATA: tuple[dict[str, Any], ...] = (
    {"kind": "boolean", "relevant": 3, "irrelevant": 2, "rule": "parity", "samples": 50, "seed": 0},
    {"kind": "gaussian-mixture", "relevant": 2, "irrelevant": 1, "distance": 1.0, "samples": 50, "seed": 0},
    {"kind": "linear-teacher", "relevant": 2, "irrelevant": 1, "label_noise": 0.1, "samples": 50, "seed": 0},
    {"kind": "symmetric-channel", "classes": 3, "channels": 2, "flip": 0.1, "nuisance": 2, "samples": 50},
    {"kind": "symmetric-bits"},
    {"kind": "digits", "train_fraction": 0.5},
)

ESTIMATORS: tuple[dict[str, Any], ...] = (
    {"kind": "kde", "noise_variance": 0.1},
    {"kind": "binning", "cells": {"kind": "range", "low": -1, "high": 1, "bins": 30}},
    {"kind": "binning", "cells": {"kind": "width", "width": 0.5}},
    {"kind": "binning", "cells": {"kind": "quantiles", "bins": 4}},
    {"kind": "ksg", "neighbours": 3},
    {"kind": "info-nce", "noise_variance": 0.1},
    {"kind": "gaussian", "noise_variance": 0.1},
)

WHEN: tuple[dict[str, Any], ...] = (
    {"kind": "every", "epochs": 1},
    {"kind": "listed", "epochs": [1, 2, 3]},
    {"kind": "log-spaced", "per_decade": 10},
    {"kind": "segments", "segments": [{"every": 1, "until": 2}, {"every": 2}]},
)


def document(rng: random.Random) -> dict[str, Any]:
    """A small spec of any data, estimator and schedule."""
    made: dict[str, Any] = json.loads(json.dumps(TINY))
    made["data"] = dict(rng.choice(DATA))
    if made["data"]["kind"] == "linear-teacher":
        made["training"]["loss"] = "squared-error"
    made["training"]["batch_size"] = "full"
    made["measure"]["estimators"] = [dict(rng.choice(ESTIMATORS))]
    made["measure"]["when"] = json.loads(json.dumps(rng.choice(WHEN)))
    made["measure"]["probe"] = {"split": "all"}
    return made


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    monkeypatch.setattr(mnist_module, "MIRRORS", ())
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def test_sizes_are_bounded_before_anything_is_made():
    """One number of a spec made extreme: a plan, or a message. Limits on time and memory are `answer`'s."""
    rng = random.Random(f"{SEED} sizes")
    ready = 0
    for _ in range(cases(0.015)):
        changed = document(rng)
        numbers = [path for path in places(changed) if path and type(value_at(changed, path)) in (int, float)]
        path = rng.choice(numbers)
        value_at(changed, path[:-1])[path[-1]] = rng.choice(SIZES)
        found = answer(lambda changed=changed: prepare(parse_spec(changed), device="cpu"), (path, changed))
        ready += not isinstance(found, IbspecError)
    assert ready > 0


def value_at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value
