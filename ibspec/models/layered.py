"""A feed-forward chain of named layers: what all of ibspec's own models are."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import cast, final

import numpy as np
import torch
from torch import nn
from torch.func import functional_call

from ibspec.models.gaussian_noise import GaussianNoise
from ibspec.models.initialisation import Initialisation
from ibspec.models.quantiser import Quantiser


@final
class Block(nn.Module):
    """A transform and its activation: one layer as people count layers.

    Attributes:
        after: What the activity goes through last, a quantiser or noise; mostly None.
    """

    def __init__(self, transform: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.transform = transform
        self.activation = activation
        self.after: Quantiser | GaussianNoise | None = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the layer's activity."""
        if self.after is None:
            return cast(torch.Tensor, self.activation(self.transform(x)))
        if isinstance(self.after, Quantiser) and not self.training:
            return cast(torch.Tensor, self.after(self._precisely(x))).to(x.dtype)
        return cast(torch.Tensor, self.after(self.activation(self.transform(x))))

    def _precisely(self, x: torch.Tensor) -> torch.Tensor:
        """Return the activity before it is quantised, in float64.

        Equal rows may come out of a matrix product different in the last place, by where they stand in their
        batch. In float32 a few of a run's codes then differ, and a layer is no function of the one before.
        """
        weights = {name: weight.double() for name, weight in self.transform.named_parameters()}
        return cast(torch.Tensor, self.activation(functional_call(self.transform, weights, (x.double(),))))


@final
class LayeredNet(nn.Module):
    """Layers by name, each fed by the one before; the last one ends in a softmax or is linear.

    `forward` returns the activity of the last layer, `logits` what stands before its softmax.

    Attributes:
        is_deterministic: Nothing in it draws from torch's generators while measured, that is with dropout
            off; noise inside the net has generators of its own then (see `noise_from`).
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
        if isinstance(output, Block):  # never quantised: the loss sees the numbers themselves
            logits = output.transform(x)
            is_softmax = isinstance(output.activation, nn.Softmax)
            return cast(torch.Tensor, logits if is_softmax else output.activation(logits))
        return cast(torch.Tensor, output(x))

    @property
    def blocks(self) -> dict[str, Block]:
        """The layers that have weights, by name; the last one is the output."""
        return {name: layer for name, layer in self._modules.items() if isinstance(layer, Block)}

    def layer_codes(self, layer: str, values: torch.Tensor) -> torch.Tensor | None:
        """Return the codes, 0 to levels - 1 in 8 bits, of a quantised layer's activity; None of others.

        Pooling and flattening hand on levels of the layer before them, and so codes.

        Args:
            layer: Name of a layer of this net.
            values: Its activity, of any shape, as the net gave it.

        Raises:
            ValueError: A value is none of the layer's levels.
        """
        quantiser = self._quantiser(layer)
        return None if quantiser is None else quantiser.codes_of(values)

    def has_codes(self, layer: str) -> bool:
        """Whether `layer_codes` knows the codes of this layer's activity."""
        return self._quantiser(layer) is not None

    def _quantiser(self, layer: str) -> Quantiser | None:
        if layer not in self._modules:
            return None
        up_to = self.layer_names[: self.layer_names.index(layer) + 1]
        before = [block for name, block in self.blocks.items() if name in up_to]
        quantiser = before[-1].after if before else None
        return quantiser if isinstance(quantiser, Quantiser) else None

    def noisy_layers(self, layer: str) -> dict[str, float]:
        """Return sigma of the layers whose noise is in the activity of this one, or of this part of one."""
        own, _, part = layer.partition(".")
        place = self.layer_names.index(own) + (part in ("", "after"))
        return {
            name: block.after.sigma
            for name, block in self.blocks.items()
            if isinstance(block.after, GaussianNoise) and name in self.layer_names[:place]
        }

    @contextmanager
    def noise_from(self, generators: Callable[[str], np.random.Generator]) -> Iterator[None]:
        """Let each noisy layer draw from a generator of its own while measured, made from its name.

        Rows are drawn for one after the other: noise does not depend on how rows are put into batches.
        """
        noises = {name: b.after for name, b in self.blocks.items() if isinstance(b.after, GaussianNoise)}
        for name, noise in noises.items():
            noise.source = generators(name)
        try:
            yield
        finally:
            for noise in noises.values():
                noise.source = None

    def initialise(self, law: Initialisation, generator: torch.Generator) -> "LayeredNet":
        """Give a net that was laid out without memory its memory and first weights; return it."""
        # Convolutions run over channels last about twice as fast; nets without them are not touched.
        self.to_empty(device="cpu").to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        blocks = list(self.blocks.values())
        with torch.no_grad():
            for block in blocks:
                for name, parameter in block.transform.named_parameters():
                    if name == "bias":
                        parameter.zero_()
                    else:
                        law.draw(parameter, generator, is_output=block is blocks[-1])
        return self
