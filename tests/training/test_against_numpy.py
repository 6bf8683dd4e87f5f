"""The general engine against the same training by hand: same batches, same order, same weights."""

import numpy as np
import pytest
import torch

from ibspec.core import child_generator
from tests.training import by_hand, examples
from tests.training.by_hand import Rule, adadelta, adam, sgd

EPOCHS = 13  # of 4 steps: 7, 7, 7 and 2 rows

CASES = {
    "sgd": ({"kind": "sgd", "learning_rate": 0.1}, lambda: Rule(0.1, sgd())),
    "sgd-decay": (
        {"kind": "sgd", "learning_rate": 0.3, "decay": 0.05},
        lambda: Rule(0.3, sgd(), decay=0.05),
    ),
    "sgd-weight-decay": (
        {"kind": "sgd", "learning_rate": 0.1, "weight_decay": 0.02},
        lambda: Rule(0.1, sgd(), weight_decay=0.02),
    ),
    "momentum": (
        {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9},
        lambda: Rule(0.05, sgd(0.9)),
    ),
    "nesterov": (
        {"kind": "sgd", "learning_rate": 0.05, "momentum": 0.8, "nesterov": True},
        lambda: Rule(0.05, sgd(0.8, nesterov=True)),
    ),
    "momentum-with-everything": (
        {"kind": "sgd", "learning_rate": 0.1, "momentum": 0.5, "decay": 0.1, "weight_decay": 0.01},
        lambda: Rule(0.1, sgd(0.5), decay=0.1, weight_decay=0.01),
    ),
    "adam": ({"kind": "adam", "learning_rate": 0.01}, lambda: Rule(0.01, adam())),
    "adam-other-constants": (
        {"kind": "adam", "learning_rate": 0.02, "beta1": 0.7, "beta2": 0.9, "eps": 0.01},
        lambda: Rule(0.02, adam(0.7, 0.9, 0.01)),
    ),
    "adam-with-decays": (
        {"kind": "adam", "learning_rate": 0.02, "decay": 0.1, "weight_decay": 0.01},
        lambda: Rule(0.02, adam(), decay=0.1, weight_decay=0.01),
    ),
    "adadelta": ({"kind": "adadelta", "learning_rate": 1.0}, lambda: Rule(1.0, adadelta())),
    "adadelta-other-constants": (
        {"kind": "adadelta", "learning_rate": 0.5, "rho": 0.8, "eps": 1e-3},
        lambda: Rule(0.5, adadelta(0.8, 1e-3)),
    ),
    "adadelta-with-decays": (
        {"kind": "adadelta", "learning_rate": 1.0, "decay": 0.1, "weight_decay": 0.01, "eps": 1e-5},
        lambda: Rule(1.0, adadelta(eps=1e-5), decay=0.1, weight_decay=0.01),
    ),
}


TOLERANCES = {torch.float64: 1e-13, torch.float32: 1e-6}
"""Fifty-two steps of size at most 0.1, each rounded to half a unit in the last place of numbers near 1
(1e-16, 6e-8); steps of equal rounding add up like their square root, or fifty times in the worst case."""


def compare(case: str, batch_size: int | str, dtype: torch.dtype) -> None:
    document, rule = CASES[case]
    tolerance = TOLERANCES[dtype]
    how = examples.training(document, batch_size=batch_size, seed=21)
    trainer = examples.engine(how, dtype=dtype)
    task = examples.task(dtype=dtype)
    x, y = task.x.double().numpy(), task.y.numpy()
    weights = [w.double().numpy() for w in trainer.weights(0).values()]
    chosen, order = rule(), child_generator(21, "order", 0)
    size = None if batch_size == "full" else int(batch_size)
    for _ in range(EPOCHS):
        (report,) = trainer.advance()
        steps = by_hand.batches(examples.TRAIN, size, order)
        weights, loss, accuracy = by_hand.train_epoch(weights, x, y, steps, chosen)
        assert report.loss == pytest.approx(loss, abs=tolerance)
        assert report.accuracy == accuracy
        assert report.diverged is None
    for name, wanted, got in zip(trainer.weights(0), weights, trainer.weights(0).values(), strict=True):
        np.testing.assert_allclose(got.numpy(), wanted, rtol=0, atol=tolerance, err_msg=name)


@pytest.mark.parametrize("case", CASES)
def test_in_float64(case):
    compare(case, 7, torch.float64)


@pytest.mark.parametrize("case", CASES)
def test_in_float32(case):
    compare(case, 7, torch.float32)


@pytest.mark.parametrize("batch_size", ["full", 1, 23, 100])
@pytest.mark.parametrize("case", ["momentum-with-everything", "adam"])
def test_batch_sizes(case, batch_size):
    """All rows at once, one by one, exactly all rows, more than there are."""
    compare(case, batch_size, torch.float64)


def test_the_hand_written_gradients_are_right():
    """By central differences, whose error is of the order of the step squared."""
    rng = np.random.default_rng(0)
    weights = [rng.normal(size=shape) for shape in [(4, 5), (4,), (3, 4), (3,)]]
    x, y = rng.normal(size=(6, 5)), rng.integers(0, 3, size=6)
    _, _, gradient = by_hand.gradients(weights, x, y)
    for w, g in zip(weights, gradient, strict=True):
        for index in np.ndindex(w.shape):
            kept = w[index]
            w[index] = kept + 1e-5
            above = by_hand.gradients(weights, x, y)[0]
            w[index] = kept - 1e-5
            below = by_hand.gradients(weights, x, y)[0]
            w[index] = kept
            assert (above - below) / 2e-5 == pytest.approx(g[index], abs=1e-9)
