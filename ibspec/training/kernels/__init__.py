"""Compiled code that trains a small fully connected net; plain arrays and numbers, nothing of torch."""

from ibspec.training.kernels.activations import (
    LEAKY_RELU,
    LINEAR,
    RELU,
    SIGMOID,
    SOFTPLUS,
    SOFTSIGN,
    TANH,
    activate,
)
from ibspec.training.kernels.epoch import train_epoch
from ibspec.training.kernels.gathering import gather
from ibspec.training.kernels.steps import ADADELTA, ADAM, SGD

__all__ = [
    "ADADELTA",
    "ADAM",
    "LEAKY_RELU",
    "LINEAR",
    "RELU",
    "SGD",
    "SIGMOID",
    "SOFTPLUS",
    "SOFTSIGN",
    "TANH",
    "activate",
    "gather",
    "train_epoch",
]
