"""Layers and inputs that cannot be captured, and what the message says of them."""

import pytest
import torch
from torch import nn

from ibspec.activity import capture
from ibspec.core import ShapeError, SpecError
from tests.activity.examples import FLOAT32, assert_no_hooks, by_name, mlp


class Odd(nn.Module):
    """Layers that are used twice, never, or that say something other than one tensor a sample."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(6, 6)
        self.shared = nn.Tanh()
        self.unused = nn.Linear(6, 6)
        self.recurrent = nn.GRU(6, 4, batch_first=True)
        self.total = Total()
        self.last = nn.Linear(6, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.shared(self.first(x))
        self.recurrent(x[:, None])
        self.total(x)
        return self.last(self.shared(x))


class Total(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.sum()


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        (["first", "unused", "last"], "the forward pass never reaches unused"),
        (["shared"], "layer 'shared' is used more than once"),
        (["first", "shared", "last"], "layer 'shared' is used more than once"),
        (["recurrent"], "layer 'recurrent' returns tuple, not one tensor; name a layer inside it"),
        (
            ["first", "total"],
            r"layer 'total' gives shape \(\) for 2 samples; its first axis must be the samples",
        ),
    ],
)
@pytest.mark.parametrize("memory", [1, 2**30])
def test_layers_that_cannot_be_captured(x, layers, message, memory):
    model = Odd()
    with pytest.raises(SpecError, match=message):
        list(capture(model, x, layers, memory=memory))
    assert_no_hooks(model)


def test_the_other_layers_of_such_a_model_can(x):
    model = Odd()
    got = by_name(model, x, ["last", "first"])
    torch.testing.assert_close(got["last"], model(x).detach(), rtol=0, atol=FLOAT32)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (
            torch.zeros(9, 7),
            r"fails on inputs of shape \(2, 7\) and type torch\.float32: .*multipl",
        ),
        (torch.zeros(9, 6, dtype=torch.uint8), r"of shape \(2, 6\) and type torch\.uint8: .*dtype"),
        (torch.zeros(9, 6, dtype=torch.float64), r"of shape \(2, 6\) and type torch\.float64: .*dtype"),
    ],
)
def test_inputs_that_the_model_does_not_take(inputs, message):
    with pytest.raises(ShapeError, match=message):
        list(capture(mlp(), inputs, ["0"]))
