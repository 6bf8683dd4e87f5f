"""Laws of the first weights, by name. Biases start at zero."""

from abc import ABC, abstractmethod
from typing import Annotated, Literal, final

import torch
from pydantic import Field
from torch import nn

from ibspec.core import Frozen


class Initialisation(Frozen, ABC):
    """The law from which a layer's first weights are drawn."""

    @abstractmethod
    def draw(self, weight: torch.Tensor, generator: torch.Generator, *, is_output: bool) -> None:
        """Fill the weights of one layer; `is_output` tells the last layer."""


@final
class NamedInitialisation(Initialisation):
    """The standard laws. Fans of a convolution count its kernel, as in Keras and torch.

    Source:
        Glorot & Bengio (2010); He et al. (2015); LeCun et al. (1998).
    """

    kind: Literal["glorot-uniform", "glorot-normal", "he-uniform", "he-normal", "lecun-normal"]

    def draw(self, weight: torch.Tensor, generator: torch.Generator, *, is_output: bool) -> None:
        """Fill the weights of one layer."""
        match self.kind:
            case "glorot-uniform":
                nn.init.xavier_uniform_(weight, generator=generator)
            case "glorot-normal":
                nn.init.xavier_normal_(weight, generator=generator)
            case "he-uniform":
                nn.init.kaiming_uniform_(weight, nonlinearity="relu", generator=generator)
            case "he-normal":
                nn.init.kaiming_normal_(weight, nonlinearity="relu", generator=generator)
            case "lecun-normal":
                nn.init.kaiming_normal_(weight, nonlinearity="linear", generator=generator)


@final
class NormalInitialisation(Initialisation):
    """Independent normal weights of one standard deviation in every layer."""

    kind: Literal["normal"]
    std: float = Field(gt=0, description="Standard deviation of each weight.")

    def draw(self, weight: torch.Tensor, generator: torch.Generator, *, is_output: bool) -> None:
        """Fill the weights of one layer."""
        nn.init.normal_(weight, std=self.std, generator=generator)


@final
class SaxeInitialisation(Initialisation):
    """The reference program's: normal of sd 1/sqrt(units of the layer itself), cut at two sd; Glorot last.

    The cut shrinks the standard deviation to 0.88 of the stated one; as in Keras, it is not restored.

    Source:
        Saxe et al. (2018), ICLR, published notebooks for the 12-bit task.
    """

    kind: Literal["saxe-truncated-normal"]

    def draw(self, weight: torch.Tensor, generator: torch.Generator, *, is_output: bool) -> None:
        """Fill the weights of one layer."""
        if is_output:
            nn.init.xavier_uniform_(weight, generator=generator)
            return
        std = weight.shape[0] ** -0.5
        nn.init.trunc_normal_(weight, std=std, a=-2 * std, b=2 * std, generator=generator)


AnyInitialisation = Annotated[
    NamedInitialisation | NormalInitialisation | SaxeInitialisation, Field(discriminator="kind")
]
"""The laws that a spec can name, told apart by `kind`."""
