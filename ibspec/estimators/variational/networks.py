"""Small nets, all restarts at once, with their parameters in one flat tensor."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias, final

import numpy as np
import torch
from jaxtyping import Float32

Batch: TypeAlias = Float32[torch.Tensor, "restarts rows _"]
"""One batch for each restart."""

Flat: TypeAlias = Float32[torch.Tensor, "restarts _"]
"""All parameters of a net, or what is asked of them, for each restart."""


@final
@dataclass(frozen=True)
class Network:
    """A multilayer perceptron with tanh between its layers, one copy a restart.

    The derivative is written out: there is no tape, so nothing depends on the caller's gradient mode.

    Attributes:
        sizes: Columns in, hidden widths, columns out.
    """

    sizes: tuple[int, ...]

    @property
    def parameters(self) -> int:
        """Numbers that one copy has."""
        return sum((above + 1) * below for above, below in pairwise(self.sizes))

    def draw(self, restarts: int, rng: np.random.Generator, *, silent: bool) -> Flat:
        """Draw weights of variance 1 / columns, biases 0; if `silent`, the last layer's weights are 0 too."""
        parts = []
        for layer, (above, below) in enumerate(pairwise(self.sizes), start=2):
            scale = 0.0 if silent and layer == len(self.sizes) else 1.0 / math.sqrt(above)
            parts += [scale * rng.standard_normal((restarts, above * below)), np.zeros((restarts, below))]
        return torch.from_numpy(np.concatenate(parts, axis=1).astype(np.float32))

    def forward(self, flat: Flat, rows: Batch) -> list[Batch]:
        """Return the activity of every layer, from the rows themselves to the outputs."""
        activity = [rows]
        for weights, biases in self._views(flat):
            if len(activity) > 1:
                activity[-1].tanh_()
            activity.append(torch.baddbmm(biases, activity[-1], weights))
        return activity

    def backward(self, flat: Flat, gradient: Flat, activity: Sequence[Batch], pull: Batch) -> Batch:
        """Write into `gradient` what `pull` on the outputs asks of the parameters.

        Returns:
            What it asks of the first layer's outputs; through that layer's weights, it asks it of the rows.
        """
        views, slots = self._views(flat), self._views(gradient)
        for layer in reversed(range(len(views))):
            weights, biases = slots[layer]
            torch.bmm(activity[layer].mT, pull, out=weights)
            torch.sum(pull, dim=1, keepdim=True, out=biases)
            if layer > 0:
                slope = activity[layer].square().neg_().add_(1.0)  # of tanh
                pull = torch.bmm(pull, views[layer][0].mT).mul_(slope)
        return pull

    def first_weights(self, flat: Flat) -> Batch:
        """Weights of the first layer, (restarts, columns in, columns out)."""
        return self._views(flat)[0][0]

    def _views(self, flat: Flat) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Weights (restarts, above, below) and biases (restarts, 1, below) of each layer."""
        views, start = [], 0
        for above, below in pairwise(self.sizes):
            middle, end = start + above * below, start + (above + 1) * below
            views.append((flat[:, start:middle].view(-1, above, below), flat[:, None, middle:end]))
            start = end
        return views
