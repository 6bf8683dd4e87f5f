"""Loss and accuracy of a net as it stands, and the size of its weights."""

import math
from typing import cast

import torch
from jaxtyping import Float, Int, Shaped
from torch import nn

from ibspec.training.losses import Loss, loss_of, right_answers


def logits_of(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return what the loss is computed from: `model.logits(x)` where that is a method, else `model(x)`."""
    logits = getattr(model, "logits", None)
    # A layer may bear the name too; it does not speak for the whole model.
    if logits is None or isinstance(logits, nn.Module):
        return cast(torch.Tensor, model(x))
    return cast(torch.Tensor, logits(x))


@torch.no_grad()
def evaluate(
    model: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    y: Shaped[torch.Tensor, " samples"],
    rows: Int[torch.Tensor, " chosen"],
    batch_size: int = 1024,
    loss: Loss = "cross-entropy",
) -> tuple[float, float]:
    """Return the mean loss (cross-entropy in nats) and the accuracy on some rows, dropout off.

    The accuracy is NaN for real-valued labels; an empty choice of rows gives NaN twice.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    total, right = 0.0, 0
    for start in range(0, len(rows), batch_size):
        batch = rows[start : start + batch_size]
        outputs = logits_of(model, x[batch])
        total += float(loss_of(loss, outputs, y[batch], "sum"))
        right += int(right_answers(outputs, y[batch]))
    for module, mode in modes:
        module.training = mode
    count = len(rows)
    if not count:
        return math.nan, math.nan
    return total / count, right / count if loss == "cross-entropy" else math.nan


@torch.no_grad()
def weight_norms(model: nn.Module) -> dict[str, float]:
    """Return the Euclidean norm of the weights, biases left out, of each direct child that has some."""
    norms = {}
    for name, child in model.named_children():
        squares = [
            float(parameter.double().square().sum())
            for key, parameter in child.named_parameters()
            if not key.endswith("bias")
        ]
        if squares:
            norms[name] = sum(squares) ** 0.5
    return norms
