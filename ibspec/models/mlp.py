"""Fully connected nets of any widths."""

from typing import ClassVar, Literal, final

import torch
from pydantic import Field, PositiveInt
from torch import nn

from ibspec.core import Many
from ibspec.models.activations import ActivationName, HiddenActivationName, activation
from ibspec.models.layered import Block, LayeredNet
from ibspec.models.model import Architecture, refuse_monsters, units_of


@final
class Mlp(Architecture):
    """Hidden layers `dense1`, `dense2`, ... of one activation, then `output`, a softmax over the classes.

    Where labels are real numbers, the output is one linear unit.

    Inputs with more than one axis are flattened first.
    """

    own_size_key: ClassVar[str] = "hidden"

    kind: Literal["mlp"] = "mlp"
    hidden: Many[PositiveInt] = Field(description="Units of each hidden layer, from the input on.")
    activation: HiddenActivationName

    def lay_out(self, input_shape: tuple[int, ...], classes: int | None, key: str = "model") -> LayeredNet:
        """Lay the net out without memory."""
        layers: list[tuple[str, nn.Module]] = []
        units = units_of(input_shape)
        last: ActivationName = "linear" if classes is None else "softmax"
        for index, width in enumerate((*self.hidden, classes or 1)):
            is_output = index == len(self.hidden)
            # Of an output too large, the last hidden layer can be changed; classes come from the data.
            refuse_monsters(units * width, f"{key}.hidden[{index - is_output}]")
            with torch.device("meta"):
                transform = nn.Linear(units, width)
            name = "output" if is_output else f"dense{index + 1}"
            layers.append((name, Block(transform, activation(last if is_output else self.activation))))
            units = width
        return LayeredNet(layers, input_shape, flattens_input=True)
