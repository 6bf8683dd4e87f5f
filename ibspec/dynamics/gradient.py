"""The gradient of a batch in one row."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import nn

from ibspec.training import logits_of
from ibspec.training.batch_gradients import trained_parameters
from ibspec.training.losses import Loss, loss_of


def batch_loss(
    net: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    y: Shaped[torch.Tensor, " samples"],
    batch: Int[np.ndarray, " rows"],
    loss: Loss,
) -> Float[torch.Tensor, ""]:
    """Return the mean loss over a batch."""
    rows = torch.from_numpy(batch).to(x.device)
    return loss_of(loss, logits_of(net, x[rows]), y[rows])


def batch_gradient(
    net: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    y: Shaped[torch.Tensor, " samples"],
    batch: Int[np.ndarray, " rows"],
    loss: Loss,
) -> Float[torch.Tensor, " parameters"]:
    """Return the gradient of the mean loss over a batch, by all parameters that training moves."""
    parameters = list(trained_parameters(net).values())
    value = batch_loss(net, x, y, batch, loss)
    return flat(torch.autograd.grad(value, parameters, allow_unused=True), parameters)


def flat(
    gradients: Sequence[torch.Tensor | None], parameters: Sequence[torch.Tensor]
) -> Float[torch.Tensor, " parameters"]:
    """Return gradients one behind the other, 0 for a parameter that has no part in the loss."""
    parts = [
        torch.zeros_like(parameter).reshape(-1) if gradient is None else gradient.reshape(-1)
        for gradient, parameter in zip(gradients, parameters, strict=True)
    ]
    return torch.cat(parts)
