"""Gradients of batches at weights that stand still."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import nn

from ibspec.dynamics.batches import of_one_size
from ibspec.dynamics.gradient import batch_gradient
from ibspec.dynamics.in_training import in_training
from ibspec.dynamics.layers import places
from ibspec.dynamics.statistics import Accumulated, GradientStatistics
from ibspec.training.losses import Loss


def gradients_at(
    net: nn.Module,
    x: Float[torch.Tensor, "samples ..."],
    y: Shaped[torch.Tensor, " samples"],
    batches: Sequence[Int[np.ndarray, " rows"]],
    loss: Loss,
    layers: Mapping[str, Sequence[str]],
    *,
    seed: int = 0,
) -> dict[str, GradientStatistics]:
    """Return signal and noise of the batches' gradients at the net's weights, by layer and for "all".

    The net is as in training: dropout and other noise are on (`in_training`), and so part of the gradients'
    noise. A short last batch is left out (`of_one_size`).

    Args:
        net: Any module; left as it was.
        x: Inputs, on the net's device.
        y: Classes, or real numbers.
        batches: Rows of each.
        loss: Whose gradient.
        layers: Names of the parameters of each layer, as `parameters_by_layer` gives them.
        seed: Of the noise inside the net.

    Raises:
        ValueError: No batch has a row, or a name is not that of a trained parameter.
    """
    parts, batches = places(net, layers), of_one_size(batches)
    sums = Accumulated(len(batches[0]))
    with in_training(net, seed):
        for batch in batches:
            sums.add(batch_gradient(net, x, y, batch, loss))
    return sums.statistics(parts)
