"""Activation functions by name."""

from typing import Literal

from torch import nn

ActivationName = Literal["tanh", "relu", "leaky-relu", "sigmoid", "softsign", "softplus", "linear", "softmax"]
"""Names that a spec can use; `softmax` is for the last layer."""

HiddenActivationName = Literal["tanh", "relu", "leaky-relu", "sigmoid", "softsign", "softplus", "linear"]
"""Activations that act on each unit alone."""

LEAKY_SLOPE = 0.01


def activation(name: ActivationName) -> nn.Module:
    """Return the activation of that name; the leaky slope is 0.01."""
    match name:
        case "tanh":
            return nn.Tanh()
        case "relu":
            return nn.ReLU()
        case "leaky-relu":
            return nn.LeakyReLU(LEAKY_SLOPE)
        case "sigmoid":
            return nn.Sigmoid()
        case "softsign":
            return nn.Softsign()
        case "softplus":
            return nn.Softplus()
        case "linear":
            return nn.Identity()
        case "softmax":
            return nn.Softmax(dim=1)
