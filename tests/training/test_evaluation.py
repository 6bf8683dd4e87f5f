"""Loss and accuracy of a net at rest, and norms of its weights."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.training import evaluate, logits_of, weight_norms
from tests.training import by_hand, examples


@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_loss_and_accuracy_by_hand(batch_size):
    (module,) = examples.nets(dtype=torch.float64)
    task = examples.task(dtype=torch.float64)
    rows = torch.tensor([28, 3, 3, 7, 0, 11, 19])
    weights = [w.numpy() for w in module.state_dict().values()]
    loss, right, _ = by_hand.gradients(weights, task.x[rows].numpy(), task.y[rows].numpy())
    got = evaluate(module, task.x, task.y, rows, batch_size)
    assert got == pytest.approx((loss, right / 7), abs=1e-14)


def test_no_rows_give_nan():
    (module,), task = examples.nets(), examples.task()
    assert all(map(math.isnan, evaluate(module, task.x, task.y, torch.tensor([], dtype=torch.int64))))


@pytest.mark.parametrize("is_training", [True, False])
def test_dropout_is_off_and_nothing_is_left_behind(is_training):
    (module,), task = examples.nets(images=True), examples.task(images=True)
    module.train(is_training)
    before = {name: value.clone() for name, value in module.state_dict().items()}
    torch.manual_seed(0)
    state = torch.get_rng_state()
    rows = torch.arange(examples.ROWS)
    assert evaluate(module, task.x, task.y, rows) == evaluate(module, task.x, task.y, rows)
    assert module.training == is_training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(parameter.grad is None for parameter in module.parameters())
    examples.assert_same_weights(module.state_dict(), before)


def test_logits_of_any_module():
    x = torch.randn(4, examples.INPUTS)
    (own,) = examples.nets()
    plain = nn.Linear(examples.INPUTS, 2)
    assert torch.equal(logits_of(own, x), own.logits(x))  # type: ignore[operator]
    assert not torch.equal(logits_of(own, x), own(x))
    assert torch.equal(logits_of(plain, x), plain(x))


def test_weight_norms_are_euclidean_and_leave_biases_out():
    net = nn.Sequential(nn.Linear(2, 1), nn.ReLU(), nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1)))
    with torch.no_grad():
        for value, parameter in zip([3.0, 100.0, 5.0, 100.0, 12.0, 100.0], net.parameters(), strict=True):
            parameter.fill_(value)
    assert weight_norms(net) == pytest.approx({"0": math.sqrt(18), "2": 13.0})


def test_weight_norms_do_not_overflow():
    """1e30 squared is not a float32."""
    net = nn.Sequential(nn.Linear(1, 4))
    with torch.no_grad():
        net[0].weight.fill_(1e30)
    assert weight_norms(net)["0"] == pytest.approx(2e30, rel=1e-6)  # 1e30 itself is rounded to float32
    assert np.isfinite(weight_norms(net)["0"])
