"""Gradients of single samples at weights that stand still."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import nn
from torch.func import functional_call, grad, vmap

from ibspec.dynamics.gradient import batch_gradient
from ibspec.dynamics.in_training import in_training, is_noisy
from ibspec.dynamics.layers import places
from ibspec.dynamics.statistics import Accumulated, GradientStatistics
from ibspec.training import logits_of
from ibspec.training.batch_gradients import trained_parameters
from ibspec.training.losses import Loss, loss_of

MEMORY = 2**26
"""Bytes of the gradients that are held at once."""

Gradients = Float[torch.Tensor, "rows parameters"]


def gradients_per_sample(
    net: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    y: Shaped[torch.Tensor, " samples"],
    rows: Int[np.ndarray, " rows"],
    loss: Loss,
    layers: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
) -> dict[str, GradientStatistics]:
    """Return signal and noise of the gradients of single rows, by layer and for "all".

    As `gradients_at` with batches of one row. This SNR is a fact about weights and data alone, so it is
    defined for full batches too, whose own gradients have no noise. A net with batch normalisation has no
    gradient of a single row.

    Args:
        net: Any module; left as it was.
        x: Inputs, on the net's device.
        y: Classes, or real numbers.
        rows: Which.
        loss: Whose gradient.
        layers: Names of the parameters of each layer, as `parameters_by_layer` gives them.
        seed: Of the noise inside the net.

    Raises:
        ValueError: There is no row, or a name is not that of a trained parameter.
    """
    if len(rows) == 0:
        raise ValueError("wanted the gradient of at least one row; got none")
    parts, sums = places(net, layers), Accumulated(1)
    with in_training(net, seed):
        for gradients in _gradients(net, x, y, rows, loss):
            sums.add_all(gradients)
    return sums.statistics(parts)


def _gradients(
    net: nn.Module, x: torch.Tensor, y: torch.Tensor, rows: Int[np.ndarray, " rows"], loss: Loss
) -> Iterator[Gradients]:
    """Yield the gradients, as many at a time as the memory allows."""
    if not is_noisy(net):
        size = sum(value.numel() * value.element_size() for value in trained_parameters(net).values())
        step = max(1, MEMORY // max(1, size))
        together = _all_at_once(net, loss)
        for start in range(0, len(rows), step):
            chosen = torch.from_numpy(rows[start : start + step]).to(x.device)
            try:
                found = together(x[chosen], y[chosen])
            except RuntimeError:
                # What torch cannot do for many rows together, and says so at the first, it can one by one.
                if start:
                    raise
                break
            yield found
        else:
            return
    for row in rows:
        yield batch_gradient(net, x, y, np.array([row]), loss)[None]


def _all_at_once(net: nn.Module, loss: Loss) -> Callable[[torch.Tensor, torch.Tensor], Gradients]:
    """Return what gives the gradients of many rows."""
    weights = trained_parameters(net)
    logits = _Logits(net)

    def loss_of_row(theta: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        moved = {f"net.{name}": value for name, value in theta.items()}
        return loss_of(loss, functional_call(logits, moved, (x[None],)), y[None])

    by_row = vmap(grad(loss_of_row), in_dims=(None, 0, 0), randomness="different")

    def gradients(x: torch.Tensor, y: torch.Tensor) -> Gradients:
        found = by_row({name: value.detach() for name, value in weights.items()}, x, y)
        return torch.cat([found[name].reshape(len(x), -1) for name in weights], dim=1)

    return gradients


@final
class _Logits(nn.Module):
    """A net whose forward pass ends where the loss begins."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return logits_of(self.net, x)
