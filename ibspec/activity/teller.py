"""What a net knows of a layer beside its values: codes if it is quantised, fresh draws if it is noisy."""

import math
from collections.abc import Callable
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Shaped
from torch import nn

from ibspec.activity.capture import capture
from ibspec.activity.views import View, channels, pooled_units
from ibspec.core import Activity, Noise

Draw = Callable[[np.random.Generator], torch.Tensor]


@final
class Teller:
    """Makes a layer's values an `Activity` with all that the net can say about it.

    Any module may offer `layer_codes(layer, values)`, and `noisy_layers(layer)` together with `noise_from`,
    as `LayeredNet` does; of others there are only values.

    Args:
        model: The net whose layers were captured.
        x: What it was fed.
    """

    def __init__(self, model: nn.Module, x: Shaped[torch.Tensor, "samples ..."]) -> None:
        self._model, self._x = model, x

    def parts(
        self, values: Shaped[torch.Tensor, "samples ..."], layer: str, view: View, epoch: int
    ) -> list[Activity]:
        """Return the activities whose information the view averages or keeps apart.

        A pooled layer has no codes: a mean of levels is none of them. What pooling makes of independent
        noise in each unit is noise of its own, 1/sqrt(units) as wide.

        Args:
            values: What `capture` gave of the layer.
            layer: Its name.
            view: How to look at channels.
            epoch: Epochs of training done.
        """
        pooled = pooled_units(tuple(values.shape[1:]), view)
        offers_codes = None if pooled > 1 else self._offer("layer_codes")
        codes = None if offers_codes is None else offers_codes(layer, values)
        all_codes = None if codes is None else list(channels(codes, view))
        resample, noise = self._fresh(layer)
        return [
            Activity(
                part,
                layer,
                view,
                epoch,
                None if all_codes is None else all_codes[number],
                None if resample is None else _of_part(resample, view, number),
                None
                if noise is None
                else Noise(noise[0] / math.sqrt(pooled), noise[1], _of_part(noise[2], view, number)),
            )
            for number, part in enumerate(channels(values, view))
        ]

    def _fresh(self, layer: str) -> tuple[Draw | None, tuple[float, bool, Draw] | None]:
        """Return how to draw the layer again, and its own noise as `Noise` has it."""
        noisy_layers = self._offer("noisy_layers")
        sigmas: dict[str, float] = {} if noisy_layers is None else noisy_layers(layer)
        if not sigmas:
            return None, None
        if layer not in sigmas:
            return self._draw(layer), None
        return self._draw(layer), (sigmas[layer], len(sigmas) == 1, self._draw(f"{layer}.activation"))

    def _draw(self, layer: str) -> Draw:
        def draw(rng: np.random.Generator) -> torch.Tensor:
            def generator(_name: str) -> np.random.Generator:
                return np.random.default_rng(rng.integers(2**63))

            ((_, values),) = capture(self._model, self._x, [layer], noise=generator)
            return values

        return draw

    def _offer(self, name: str) -> Callable[..., Any] | None:
        found = getattr(self._model, name, None)
        return found if callable(found) and not isinstance(found, nn.Module) else None


def _of_part(draw: Draw, view: View, number: int) -> Draw:
    """Draw the whole layer, and return one of its parts."""
    return lambda rng: list(channels(draw(rng), view))[number]
