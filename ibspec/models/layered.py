"""A feed-forward chain of named layers: what all of ibspec's own models are."""

from collections.abc import Iterable
from typing import cast, final

import torch
from torch import nn

from ibspec.models.initialisation import Initialisation


@final
class Block(nn.Module):
    """A transform and its activation: one layer as people count layers."""

    def __init__(self, transform: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.transform = transform
        self.activation = activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the layer's activity."""
        return cast(torch.Tensor, self.activation(self.transform(x)))


@final
class LayeredNet(nn.Module):
    """Layers by name, each fed by the one before; the last one ends in a softmax or is linear.

    `forward` returns the activity of the last layer, `logits` what stands before its softmax.

    Attributes:
        is_deterministic: Nothing in it draws random numbers while measured, that is with dropout off.
    """

    is_deterministic = True

    def __init__(
        self,
        layers: Iterable[tuple[str, nn.Module]],
        input_shape: tuple[int, ...],
        *,
        flattens_input: bool = False,
    ) -> None:
        super().__init__()
        for name, layer in layers:
            self.add_module(name, layer)
        self.input_shape = input_shape
        self.flattens_input = flattens_input

    @property
    def layer_names(self) -> tuple[str, ...]:
        """Names of all layers, from the input on."""
        return tuple(self._modules)

    @property
    def measurable_layers(self) -> tuple[str, ...]:
        """The layers measured by default: all but dropout, which does nothing while measuring."""
        return tuple(name for name, layer in self._modules.items() if not isinstance(layer, nn.Dropout))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the activity of the last layer, (samples, units)."""
        x = x.flatten(1) if self.flattens_input else x
        for layer in self.children():
            x = layer(x)
        return x

    def logits(self, x: torch.Tensor) -> torch.Tensor:
        """Return the last layer's activity before its softmax, (samples, units)."""
        *hidden, output = self.children()
        x = x.flatten(1) if self.flattens_input else x
        for layer in hidden:
            x = layer(x)
        if isinstance(output, Block) and isinstance(output.activation, nn.Softmax):
            return cast(torch.Tensor, output.transform(x))
        return cast(torch.Tensor, output(x))

    def initialise(self, law: Initialisation, generator: torch.Generator) -> "LayeredNet":
        """Give a net that was laid out without memory its memory and first weights; return it."""
        # Convolutions run over channels last about twice as fast; nets without them are not touched.
        self.to_empty(device="cpu").to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        blocks = [layer for layer in self.children() if isinstance(layer, Block)]
        with torch.no_grad():
            for block in blocks:
                for name, parameter in block.transform.named_parameters():
                    if name == "bias":
                        parameter.zero_()
                    else:
                        law.draw(parameter, generator, is_output=block is blocks[-1])
        return self
