"""How fast the loss falls under plain descent."""

import copy
import math
from collections.abc import Sequence
from typing import final

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Shaped
from torch import nn

from ibspec.dynamics.batches import of_one_size
from ibspec.dynamics.gradient import flat
from ibspec.dynamics.rate import Rate
from ibspec.training import logits_of
from ibspec.training.batch_gradients import trained_parameters
from ibspec.training.losses import Loss, loss_of


def loss_rate(
    net: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    y: Shaped[torch.Tensor, " samples"],
    batches: Sequence[Int[np.ndarray, " rows"]],
    loss: Loss,
    learning_rate: float,
) -> Rate:
    """Return the mean change of the loss, in nats, by one step of plain descent on one of the batches.

    L is the mean loss over all rows of the batches, g_b the gradient on batch b, mu their mean, S their
    covariance, H the second derivative of L and a the learning rate:

        predicted      -a |mu|^2
        second order   a^2/2 (mu'H mu + tr HS) = a^2/2 mean_b g_b'H g_b
        realised       mean_b L(theta - a g_b) - L(theta)

    The first two miss a term of order a^3. The law is that of descent without momentum or weight decay, and
    of a loss that is a function of the weights: dropout is off, and noise inside the net stands still. All is
    computed in float64, since the change may be a small part of the loss, with about 4 B^2 passes for B
    batches.

    Args:
        net: Any module; left as it was.
        x: Inputs, on the net's device.
        y: Classes, or real numbers.
        batches: Rows of each; a short last one is left out (`of_one_size`).
        loss: Cross-entropy comes out in nats, squared error in its own unit.
        learning_rate: a.

    Raises:
        ValueError: No batch has a row.

    Source:
        candidate-8240R-2019 §3.2.1 for the first order; claim `loss.second-order` for the second.
    """
    bent = _Bend(net, x, y, of_one_size(batches), loss)
    gradients = [flat(bent.gradient(batch), bent.parameters) for batch in bent.batches]
    mean = torch.stack(gradients).mean(dim=0)
    before = bent.loss_after(None)
    changes = [bent.loss_after(-learning_rate * each) - before for each in gradients]
    return Rate(
        predicted=-learning_rate * float(mean @ mean),
        second_order=learning_rate**2 / 2 * bent.curvature(gradients),
        realised=sum(changes) / len(changes),
        contracting=math.nan,
    )


@final
class _Bend:
    """The loss over all batches, and how it bends, in float64; the net is a copy."""

    def __init__(
        self,
        net: nn.Module,
        x: torch.Tensor,
        y: torch.Tensor,
        batches: Sequence[Int[np.ndarray, " rows"]],
        loss: Loss,
    ) -> None:
        self._net = copy.deepcopy(net).double().eval()
        self._x, self._y, self._loss, self.batches = x, y, loss, batches
        self.parameters = list(trained_parameters(self._net).values())
        self._start = [parameter.detach().clone() for parameter in self.parameters]

    def gradient(
        self, batch: Int[np.ndarray, " rows"], *, bends: bool = False
    ) -> tuple[torch.Tensor | None, ...]:
        """Return the gradient on a batch, ready to be differentiated again if it bends."""
        with torch.enable_grad():
            value = self._on(batch)
            return torch.autograd.grad(value, self.parameters, create_graph=bends, allow_unused=True)

    def loss_after(self, step: Float64[torch.Tensor, " parameters"] | None) -> float:
        """Return the loss over all batches, that many equal terms, a step away from the start."""
        with torch.no_grad():
            if step is not None:
                for parameter, part in zip(self.parameters, self._parts(step), strict=True):
                    parameter.add_(part)
            total = sum(float(self._on(batch)) for batch in self.batches)
            for parameter, value in zip(self.parameters, self._start, strict=True):
                parameter.copy_(value)
        return total / len(self.batches)

    def curvature(self, directions: Sequence[Float64[torch.Tensor, " parameters"]]) -> float:
        """Return the mean of d'Hd over directions d, H being that of the loss over all batches."""
        total = 0.0
        for batch in self.batches:
            gradient = self.gradient(batch, bends=True)
            with torch.enable_grad():
                whole = flat(gradient, self.parameters)
            if not whole.requires_grad:  # a loss linear in all weights
                continue
            for direction in directions:
                along = torch.autograd.grad(
                    whole, self.parameters, direction, retain_graph=True, allow_unused=True
                )
                total += float(flat(along, self.parameters) @ direction)
        return total / (len(self.batches) * len(directions))

    def _on(self, batch: Int[np.ndarray, " rows"]) -> torch.Tensor:
        rows = torch.from_numpy(batch).to(self._x.device)
        return loss_of(self._loss, logits_of(self._net, self._x[rows].double()), self._y[rows])

    def _parts(self, step: torch.Tensor) -> list[torch.Tensor]:
        sizes = [parameter.numel() for parameter in self.parameters]
        pieces = torch.split(step, sizes)
        return [piece.view(p.shape) for piece, p in zip(pieces, self.parameters, strict=True)]
