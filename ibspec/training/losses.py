"""What training makes small."""

from typing import Literal

import torch
from jaxtyping import Float, Shaped
from torch.nn import functional

Loss = Literal["cross-entropy", "squared-error"]
"""`cross-entropy` of a softmax with the class, in nats; `squared-error` of one output with a real label."""


def loss_of(
    loss: Loss,
    outputs: Float[torch.Tensor, "rows units"],
    y: Shaped[torch.Tensor, " rows"],
    reduction: Literal["mean", "sum"] = "mean",
) -> torch.Tensor:
    """Return the mean, or the sum, over rows: of -log softmax(outputs)[y], or of (output - y)^2.

    Args:
        loss: Which.
        outputs: Of the last layer; before its softmax for cross-entropy, one unit for squared-error.
        y: Classes, or real numbers.
        reduction: Over rows.
    """
    if loss == "cross-entropy":
        return functional.cross_entropy(outputs, y, reduction=reduction)
    return functional.mse_loss(outputs[:, 0], y.to(outputs.dtype), reduction=reduction)


def right_answers(
    outputs: Float[torch.Tensor, "rows units"], y: Shaped[torch.Tensor, " rows"]
) -> torch.Tensor:
    """Count the rows whose largest output is their class."""
    return (outputs.detach().argmax(dim=1) == y).sum()
