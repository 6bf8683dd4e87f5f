"""Capturing leaves the module, its random numbers and its inputs as they were found."""

import copy

import pytest
import torch
from torch import nn

from ibspec.activity import capture
from ibspec.core import ShapeError
from tests.activity.examples import FLOAT32, assert_no_hooks, by_name, mlp


def with_batch_norm() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(48, 2)
    )


@pytest.mark.parametrize("is_training", [True, False])
def test_batch_norm_and_dropout_are_measured_in_evaluation_mode(is_training):
    model = with_batch_norm().train(is_training)
    with torch.no_grad():
        model[1].running_mean.copy_(torch.tensor([1.0, -2.0, 0.5]))
        model[1].running_var.copy_(torch.tensor([4.0, 0.25, 9.0]))
    images = torch.randn(9, 1, 6, 6)
    before = copy.deepcopy(model.state_dict())
    got = by_name(model, images, ["0", "1", "2", "3", "5"])

    mean, spread = (t.reshape(1, 3, 1, 1) for t in (model[1].running_mean, model[1].running_var))
    torch.testing.assert_close(got["1"], (got["0"] - mean) / (spread + 1e-5).sqrt(), rtol=0, atol=1e-5)
    assert torch.equal(got["3"], got["2"])  # dropout lets everything through
    after = model.state_dict()
    for name, value in before.items():
        assert torch.equal(after[name], value), name  # running statistics and their count too
    assert all(module.training == is_training for module in model.modules())
    assert_no_hooks(model)


def test_each_module_gets_back_its_own_mode():
    model = with_batch_norm().train()
    model[1].eval()  # a frozen layer, as in fine-tuning
    list(capture(model, torch.randn(3, 1, 6, 6), ["5"]))
    assert [module.training for module in model] == [True, False, True, True, True, True]
    assert model.training


def test_no_gradients(x):
    model = mlp()
    with torch.enable_grad():
        for _, values in capture(model, x.requires_grad_(), ["1", "4"]):
            assert not values.requires_grad
        assert torch.is_grad_enabled()
    assert all(parameter.grad is None for parameter in model.parameters())
    assert x.grad is None


def test_values_are_copies(x):
    model = nn.Sequential(nn.Identity(), nn.Linear(6, 2))
    before = x.clone()
    for _, values in capture(model, x, ["0", "1"]):
        values.zero_()
    assert torch.equal(x, before)


class Noisy(nn.Module):
    """Adds noise in evaluation mode too."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + torch.randn_like(x)


def test_random_numbers_of_the_training_do_not_move(x):
    model = nn.Sequential(Noisy(), nn.Linear(6, 2))
    before = torch.get_rng_state()
    got = by_name(model, x, ["0", "1"])
    assert torch.equal(torch.get_rng_state(), before)
    # Every pass meets the same noise, so that layers of several passes belong together.
    assert torch.equal(by_name(model, x, ["1"], memory=1)["1"], got["1"])
    torch.testing.assert_close(model[1](got["0"]).detach(), got["1"], rtol=0, atol=FLOAT32)


class Breaks(nn.Module):
    """Works while `left` passes are left."""

    def __init__(self, left: int) -> None:
        super().__init__()
        self.left = left

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.left -= 1
        if self.left < 0:
            raise RuntimeError("out of order")
        return x


@pytest.mark.parametrize("left", [0, 2])
def test_a_forward_pass_that_raises_leaves_the_module_as_it_was(x, left):
    model = nn.Sequential(nn.Linear(6, 5), nn.Dropout(), Breaks(left), nn.Linear(5, 2)).train()
    before = torch.get_rng_state()
    with pytest.raises(ShapeError, match=r"fails on inputs of shape \(\d, 6\) and .*: out of order"):
        list(capture(model, x, ["0", "3"], batch_size=5))
    assert_no_hooks(model)
    assert all(module.training for module in model.modules())
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.is_grad_enabled()


def test_a_caller_that_stops_early_leaves_the_module_as_it_was(x):
    """Between two layers nothing is hooked: the caller may even train there."""
    model = mlp().train()
    for _ in capture(model, x, ["0", "1", "2"], memory=1):
        assert_no_hooks(model)
        assert model.training
        assert torch.is_grad_enabled()
        break
    assert_no_hooks(model)


def test_hooks_of_the_user_stay(x):
    model = mlp()
    seen = []
    model[0].register_forward_hook(lambda *_: seen.append(1))
    list(capture(model, x, ["0", "4"]))
    assert seen
    seen.clear()
    model(x)
    assert len(seen) == 1
