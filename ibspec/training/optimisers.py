"""Optimisers by name, with the constants that papers state."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Annotated, Literal, final

import torch
from pydantic import Field, model_validator

from ibspec.core import Frozen


class Optimiser(Frozen, ABC):
    """A rule that turns gradients into steps.

    Attributes:
        learning_rate: Step size at the first step.
        decay: Falls the step size to learning_rate / (1 + decay * steps done), as Keras' `decay` does.
        weight_decay: Adds this times the weight to each gradient (an L2 penalty of half of it).
    """

    learning_rate: float = Field(gt=0)
    decay: float = Field(default=0.0, ge=0)
    weight_decay: float = Field(default=0.0, ge=0)

    @abstractmethod
    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return torch's optimiser over these parameters."""

    def rate(self, steps: int) -> float:
        """Return the learning rate after so many steps."""
        return self.learning_rate / (1.0 + self.decay * steps)


@final
class Sgd(Optimiser):
    """Plain descent, or with momentum.

    The momentum gathers gradients and is then multiplied by the learning rate, as torch does it; Keras
    gathers gradients times learning rates. The two differ only where momentum and `decay` are both used.
    """

    kind: Literal["sgd"] = "sgd"
    momentum: float = Field(default=0.0, ge=0, lt=1)
    nesterov: bool = False

    @model_validator(mode="after")
    def _nesterov_has_momentum(self) -> "Sgd":
        if self.nesterov and self.momentum == 0:
            raise ValueError("nesterov needs momentum above 0")
        return self

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return torch's SGD."""
        return torch.optim.SGD(
            parameters,
            lr=self.learning_rate,
            momentum=self.momentum,
            nesterov=self.nesterov,
            weight_decay=self.weight_decay,
            fused=True,
        )


@final
class Adam(Optimiser):
    """Adam.

    Source:
        Kingma & Ba (2015), Algorithm 1. `eps` is added to the bias-corrected root.
    """

    kind: Literal["adam"] = "adam"
    beta1: float = Field(default=0.9, ge=0, lt=1)
    beta2: float = Field(default=0.999, ge=0, lt=1)
    eps: float = Field(default=1e-7, gt=0)

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return torch's Adam."""
        return torch.optim.Adam(
            parameters,
            lr=self.learning_rate,
            betas=(self.beta1, self.beta2),
            eps=self.eps,
            weight_decay=self.weight_decay,
            fused=True,
        )


@final
class Adadelta(Optimiser):
    """Adadelta, its step multiplied by the learning rate.

    Source:
        Zeiler (2012), arXiv:1212.5701, Algorithm 1 (learning rate 1).
    """

    kind: Literal["adadelta"] = "adadelta"
    rho: float = Field(default=0.95, ge=0, lt=1)
    eps: float = Field(default=1e-7, gt=0)

    def build(self, parameters: Iterable[torch.nn.Parameter]) -> torch.optim.Optimizer:
        """Return torch's Adadelta."""
        return torch.optim.Adadelta(
            parameters, lr=self.learning_rate, rho=self.rho, eps=self.eps, weight_decay=self.weight_decay
        )


AnyOptimiser = Annotated[Sgd | Adam | Adadelta, Field(discriminator="kind")]
"""The optimisers that a spec can name, told apart by `kind`."""
