"""What the tests of capturing share."""

import torch
from torch import nn

from ibspec.activity import capture

FLOAT32 = 1e-6
"""Rows in batches of another size go through other matrix kernels: some units in the last place of numbers
near 1, each 6e-8."""


def rows() -> torch.Tensor:
    return torch.randn(23, 6, generator=torch.Generator().manual_seed(0))


def mlp() -> nn.Sequential:
    torch.manual_seed(7)
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 4), nn.Tanh(), nn.Linear(4, 3))


def by_name(model: nn.Module, x: torch.Tensor, layers: list[str], **how: int) -> dict[str, torch.Tensor]:
    return dict(capture(model, x, layers, **how))


def assert_no_hooks(model: nn.Module) -> None:
    assert not any(module._forward_hooks for module in model.modules())
