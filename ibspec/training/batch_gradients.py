"""Mean and spread of the gradients of an epoch's batches, gathered while the weights move."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import final

import torch
from jaxtyping import Float
from torch import nn

ALL = "all"
"""Stands for all weights of a net together."""


@final
@dataclass(frozen=True)
class Norms:
    """Euclidean norms over weights and biases, of a layer or of all.

    Attributes:
        mean: Of the mean over batches of the gradient.
        std: Of its standard deviation over batches, the divisor being the number of batches.
    """

    mean: float
    std: float


@final
@dataclass(frozen=True)
class BatchGradients:
    """What the gradients of one replica's batches were like in one epoch, each at the weights of its moment.

    Gradients are those of the mean loss over a batch, before weight decay. A last batch that is smaller than
    the others is left out: its noise is another.

    Attributes:
        batch_size: Rows of a batch.
        batches: Batches that count.
        norms: By layer, and of all weights as `ALL`.

    Source:
        candidate-8240R-2019 §2.3.3, as the reference program gathers it (along the epoch).
    """

    batch_size: int
    batches: int
    norms: Mapping[str, Norms]


def trained_parameters(net: nn.Module) -> dict[str, nn.Parameter]:
    """Return the parameters that training moves, by name."""
    return {name: each for name, each in net.named_parameters() if each.requires_grad}


def layer_of(parameter: str) -> str:
    """Return the direct child of the net that a parameter belongs to, or "" for the net's own."""
    child, dot, _ = parameter.partition(".")
    return child if dot else ""


def parameters_by_layer(net: nn.Module) -> dict[str, tuple[str, ...]]:
    """Return the names of the trained parameters, biases too, of each direct child that has some."""
    layers: dict[str, tuple[str, ...]] = {}
    for name in trained_parameters(net):
        if layer := layer_of(name):
            layers[layer] = (*layers.get(layer, ()), name)
    return layers


def summed_up(
    layers: Sequence[str],
    means: Sequence[float],
    spreads: Sequence[float],
    batch_size: int,
    batches: int,
) -> BatchGradients:
    """Return the statistics from those of pieces of the gradient.

    Args:
        layers: To which each piece belongs; a layer may have several, "" belongs to none.
        means: Squared norm of each piece's mean.
        spreads: Sum over batches of squared distances from it.
        batch_size: Rows of a batch.
        batches: How many.
    """
    norms: dict[str, Norms] = {}
    for layer in (*dict.fromkeys(filter(None, layers)), ALL):
        of = [place for place, name in enumerate(layers) if layer in (name, ALL)]
        mean, spread = sum(means[place] for place in of), sum(spreads[place] for place in of)
        norms[layer] = Norms(mean**0.5, (spread / batches) ** 0.5)
    return BatchGradients(batch_size, batches, norms)


Cut = Callable[[Sequence[torch.Tensor]], list[torch.Tensor]]


def _whole(tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    return [each[None] for each in tensors]


@final
class Running:
    """The mean of tensors that come one after the other, and their squared distances from it.

    Only norms are wanted, so that the squared distances are summed up as they come instead of being kept for
    each number: one array less to go through at every step.

    Args:
        like: What will come: shapes and types.
        cut: Returns the pieces of such tensors whose norms are wanted, as views; their first axis is kept.

    Source:
        Welford (1962), Technometrics 4, 419: no sum of squares, whose difference would cancel.
    """

    def __init__(self, like: Sequence[torch.Tensor], cut: Cut = _whole) -> None:
        self.count = 0
        self._means = [torch.zeros_like(each) for each in like]
        self._distances = [torch.zeros_like(each) for each in like]
        self._mean_pieces, self._pieces = cut(self._means), cut(self._distances)
        self._spreads = [piece.new_zeros(len(piece), dtype=torch.float64) for piece in self._pieces]

    @torch.no_grad()
    def add(self, tensors: Sequence[torch.Tensor | None]) -> None:
        """Take in the next ones; None is zero throughout."""
        self.count += 1
        for tensor, mean, distance in zip(tensors, self._means, self._distances, strict=True):
            if tensor is None:
                torch.neg(mean, out=distance)
            else:
                torch.sub(tensor, mean, out=distance)
            mean.add_(distance, alpha=1.0 / self.count)
        for spread, piece in zip(self._spreads, self._pieces, strict=True):
            spread.add_(_squares(piece), alpha=(self.count - 1) / self.count)

    def means(self) -> Float[torch.Tensor, "rows pieces"]:
        """Return the squared norm of the mean of each piece."""
        return torch.stack([_squares(piece) for piece in self._mean_pieces], dim=1).cpu()

    def spreads(self) -> Float[torch.Tensor, "rows pieces"]:
        """Return the summed squared distances of each piece from its mean."""
        return torch.stack(self._spreads, dim=1).cpu()


def _squares(piece: torch.Tensor) -> Float[torch.Tensor, " rows"]:
    """Sum squares over all axes but the first."""
    norms: torch.Tensor = torch.linalg.vector_norm(piece, dim=tuple(range(1, piece.ndim)))
    return norms.double().square()
