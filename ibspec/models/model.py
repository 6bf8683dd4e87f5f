"""The one contract of all architectures."""

import math
from abc import ABC, abstractmethod
from decimal import Decimal
from typing import ClassVar

import torch

from ibspec.core import Frozen, SpecError
from ibspec.models.initialisation import AnyInitialisation, Initialisation, NamedInitialisation
from ibspec.models.layered import LayeredNet

LARGEST_NET = 2**40
"""More weights than this (4 TiB) are a slip of the pen; sizes near it overflow inside torch."""


class Model(Frozen, ABC):
    """An architecture and the law of its first weights."""

    @property
    @abstractmethod
    def size_key(self) -> str:
        """The key, below `model`, to change where a net is too large."""

    @abstractmethod
    def lay_out(self, input_shape: tuple[int, ...], classes: int | None, key: str = "model") -> LayeredNet:
        """Lay the net out on torch's `meta` device: shapes and names, but no memory.

        Args:
            input_shape: Of one sample.
            classes: Units of the output; None makes one linear unit, for real-valued labels.
            key: Where the model stands in the spec, for messages.

        Raises:
            SpecError: The layers do not fit the data.
        """

    @abstractmethod
    def build(self, input_shape: tuple[int, ...], classes: int | None, seed: int) -> LayeredNet:
        """Return a net with its first weights, drawn from `seed` alone."""


class Architecture(Model):
    """A model of its own, that others may wrap."""

    own_size_key: ClassVar[str]

    init: AnyInitialisation = NamedInitialisation(kind="glorot-uniform")

    @property
    def size_key(self) -> str:
        """The key, below `model`, to change where a net is too large."""
        return self.own_size_key

    def build(self, input_shape: tuple[int, ...], classes: int | None, seed: int) -> LayeredNet:
        """Return a net with its first weights, drawn from `seed` alone."""
        return with_first_weights(self.lay_out(input_shape, classes), self.init, seed)


def with_first_weights(net: LayeredNet, law: Initialisation, seed: int) -> LayeredNet:
    """Give a net its first weights, drawn from `seed` alone; return it."""
    return net.initialise(law, torch.Generator().manual_seed(seed))


def refuse_monsters(weights: int, key: str) -> None:
    """Refuse layer sizes that no machine holds, before torch overflows on them."""
    if weights > LARGEST_NET:
        raise SpecError(f"{key}: a layer with {Decimal(weights):.3g} weights; lower its size")


def units_of(shape: tuple[int, ...]) -> int:
    """Return the number of units in an activity shape without its sample axis."""
    return math.prod(shape)
