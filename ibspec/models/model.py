"""The one contract of all architectures."""

import math
from abc import ABC, abstractmethod
from decimal import Decimal

import torch

from ibspec.core import Frozen, SpecError
from ibspec.models.initialisation import AnyInitialisation, NamedInitialisation
from ibspec.models.layered import LayeredNet

LARGEST_NET = 2**40
"""More weights than this (4 TiB) are a slip of the pen; sizes near it overflow inside torch."""


class Model(Frozen, ABC):
    """An architecture and the law of its first weights."""

    init: AnyInitialisation = NamedInitialisation(kind="glorot-uniform")

    @abstractmethod
    def lay_out(self, input_shape: tuple[int, ...], classes: int) -> LayeredNet:
        """Lay the net out on torch's `meta` device: shapes and names, but no memory.

        Raises:
            SpecError: The layers do not fit the data.
        """

    def build(self, input_shape: tuple[int, ...], classes: int, seed: int) -> LayeredNet:
        """Return a net with its first weights, drawn from `seed` alone."""
        generator = torch.Generator().manual_seed(seed)
        return self.lay_out(input_shape, classes).initialise(self.init, generator)


def refuse_monsters(weights: int, key: str) -> None:
    """Refuse layer sizes that no machine holds, before torch overflows on them."""
    if weights > LARGEST_NET:
        raise SpecError(f"{key}: a layer with {Decimal(weights):.3g} weights; lower its size")


def units_of(shape: tuple[int, ...]) -> int:
    """Return the number of units in an activity shape without its sample axis."""
    return math.prod(shape)
