"""Convolutional nets from a list of layers."""

from abc import ABC, abstractmethod
from collections import Counter
from typing import Annotated, ClassVar, Literal, final

import torch
from pydantic import Field, PositiveInt, model_validator
from torch import nn

from ibspec.core import Frozen, Many, SpecError
from ibspec.models.activations import ActivationName, HiddenActivationName, activation
from ibspec.models.layered import Block, LayeredNet
from ibspec.models.model import Architecture, refuse_monsters, units_of

Shape = tuple[int, ...]


class Layer(Frozen, ABC):
    """One layer of a convolutional net."""

    stem: ClassVar[str]
    """What the layer is called, before its number."""

    @abstractmethod
    def module(self, shape: Shape, key: str) -> nn.Module:
        """Lay the layer out for inputs of that shape (without the sample axis)."""


@final
class Conv(Layer):
    """A 2-D cross-correlation and its activation."""

    stem: ClassVar[str] = "conv"

    kind: Literal["conv"]
    channels: PositiveInt
    kernel: PositiveInt = Field(description="Side of the square kernel.")
    stride: PositiveInt = 1
    padding: Literal["valid", "same"] = "valid"
    activation: HiddenActivationName

    @model_validator(mode="after")
    def _same_needs_stride_1(self) -> "Conv":
        if self.padding == "same" and self.stride != 1:
            raise ValueError(f"padding 'same' needs stride 1; got stride {self.stride}")
        return self

    def module(self, shape: Shape, key: str) -> nn.Module:
        """Lay the layer out."""
        _require_images("conv", shape, key)
        refuse_monsters(shape[0] * self.kernel**2, f"{key}.kernel")
        refuse_monsters(self.channels * shape[0] * self.kernel**2, f"{key}.channels")
        refuse_monsters(self.channels * shape[1] * shape[2], f"{key}.channels")
        transform = nn.Conv2d(shape[0], self.channels, self.kernel, self.stride, self.padding)
        return Block(transform, activation(self.activation))


@final
class MaxPool(Layer):
    """The maximum over squares of `size` pixels; what is left over at the border is dropped."""

    stem: ClassVar[str] = "pool"

    kind: Literal["max-pool"]
    size: PositiveInt

    def module(self, shape: Shape, key: str) -> nn.Module:
        """Lay the layer out."""
        _require_images("max-pool", shape, key)
        return nn.MaxPool2d(self.size)


@final
class Flatten(Layer):
    """All units in one row."""

    stem: ClassVar[str] = "flatten"

    kind: Literal["flatten"]

    def module(self, shape: Shape, key: str) -> nn.Module:
        """Lay the layer out."""
        return nn.Flatten()


@final
class Dropout(Layer):
    """Units set to zero at random while training; off while measuring."""

    stem: ClassVar[str] = "dropout"

    kind: Literal["dropout"]
    rate: float = Field(ge=0, lt=1, description="Share of units set to zero.")

    def module(self, shape: Shape, key: str) -> nn.Module:
        """Lay the layer out."""
        return nn.Dropout(self.rate)


@final
class Dense(Layer):
    """A fully connected layer and its activation."""

    stem: ClassVar[str] = "dense"

    kind: Literal["dense"]
    units: PositiveInt
    activation: ActivationName

    def module(self, shape: Shape, key: str) -> nn.Module:
        """Lay the layer out."""
        if len(shape) != 1:
            raise SpecError(
                f"{key}: a dense layer needs one row of units; it gets {shape}. Add a flatten layer"
            )
        refuse_monsters(units_of(shape) * self.units, f"{key}.units")
        return Block(nn.Linear(shape[0], self.units), activation(self.activation))


AnyLayer = Annotated[Conv | MaxPool | Flatten | Dropout | Dense, Field(discriminator="kind")]
"""The layers that a spec can list, told apart by `kind`."""


@final
class Cnn(Architecture):
    """Layers in the order listed, named `conv1`, `conv2`, `pool`, `flatten`, `dense1`, ..., `output`.

    Convolutions, dense and dropout layers are numbered; pooling and flattening only if there are several.
    The last layer is called `output`: dense, one unit a class, softmax or linear.
    """

    own_size_key: ClassVar[str] = "layers"

    kind: Literal["cnn"] = "cnn"
    layers: Many[AnyLayer] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends_in_an_output(self) -> "Cnn":
        last = self.layers[-1]
        if not isinstance(last, Dense) or last.activation not in ("softmax", "linear"):
            raise ValueError("the last of layers must be dense with activation softmax or linear")
        early = [index for index, layer in enumerate(self.layers[:-1]) if _is_softmax(layer)]
        if early:
            raise ValueError(f"softmax belongs to the last layer only; layers[{early[0]}] has it too")
        return self

    def names(self) -> list[str]:
        """Return the name of each layer."""
        stems = [layer.stem for layer in self.layers[:-1]]
        total = Counter(stems)
        seen: Counter[str] = Counter()
        names = []
        for stem in stems:
            seen[stem] += 1
            is_alone = stem in ("pool", "flatten") and total[stem] == 1
            names.append(stem if is_alone else f"{stem}{seen[stem]}")
        return [*names, "output"]

    def lay_out(self, input_shape: Shape, classes: int | None, key: str = "model") -> LayeredNet:
        """Lay the net out without memory."""
        last, place = self.layers[-1], f"{key}.layers[{len(self.layers) - 1}]"
        if isinstance(last, Dense) and classes is None and (last.units != 1 or last.activation != "linear"):
            raise SpecError(
                f"{place}: the labels are real numbers, so the output needs 1 unit and the activation "
                f"linear; got {last.units} and {last.activation}"
            )
        if isinstance(last, Dense) and classes is not None and last.units != classes:
            raise SpecError(
                f"{place}.units: the data have {classes} classes, "
                f"so the output needs {classes} units; got {last.units}"
            )
        layers: list[tuple[str, nn.Module]] = []
        shape = input_shape
        with torch.device("meta"):
            for index, (name, layer) in enumerate(zip(self.names(), self.layers, strict=True)):
                own_key = f"{key}.layers[{index}]"
                module = layer.module(shape, own_key)
                try:
                    shape = tuple(module(torch.empty(1, *shape)).shape[1:])
                except (RuntimeError, TypeError, ValueError) as error:
                    reason = str(error).partition("\n")[0]  # torch may add a trace of its own
                    raise SpecError(f"{own_key} ({name}) does not fit its input {shape}: {reason}") from None
                layers.append((name, module))
        return LayeredNet(layers, input_shape)


def _require_images(kind: str, shape: Shape, key: str) -> None:
    if len(shape) != 3:
        raise SpecError(f"{key}: a {kind} layer needs images (channels, height, width); it gets {shape}")


def _is_softmax(layer: Layer) -> bool:
    return isinstance(layer, Dense) and layer.activation == "softmax"
