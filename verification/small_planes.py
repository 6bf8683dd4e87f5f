"""Information planes of small nets that are trained here and now, many seeds at once."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Literal, final

import numpy as np
import torch
from jaxtyping import Float, Int

from ibspec.core import Probe
from ibspec.estimators import Binning, Range
from verification.networks import binary_words

WIDTHS = (10, 8, 6, 4, 2)
"""Input, three hidden layers, two outputs."""

LAYERS = ("hidden 1", "hidden 2", "hidden 3", "output")

LAST_HIDDEN, OUTPUT = 2, 3

Activation = Literal["tanh", "relu"]

CELLS = {
    "tanh": Binning(cells=Range(low=-1, high=1, bins=30)),
    "relu": Binning(cells=Range(low=0, high=2, bins=30)),
}
"""Edges that stay, and for both 30 cells; what ReLU gives beyond 2 is in an end cell."""

DECAYS = 0.9, 0.999
"""Of Adam's two averages, as published."""


@final
@dataclass(frozen=True)
class Planes:
    """What was measured of each net, layer and epoch; information in bits.

    Attributes:
        epochs: Measured ones.
        i_xt: Of the hidden layers and the output, on all words.
        i_ty: Likewise.
        last: Activity of the last hidden layer on every fourth word.
        loss: Of the training rows, nats.
        snr: Norm of the mean over that of the standard deviation of four batch gradients of the epoch,
            weights standing still, all weights together; infinite with one batch.
        accuracy: On the rows that were not trained on, in the end.
        rates: Learning rates.
    """

    epochs: Int[np.ndarray, " epochs"]
    i_xt: Float[np.ndarray, "seeds layers epochs"]
    i_ty: Float[np.ndarray, "seeds layers epochs"]
    last: Float[np.ndarray, "seeds epochs words units"]
    loss: Float[np.ndarray, "seeds epochs"]
    snr: Float[np.ndarray, "seeds epochs"]
    accuracy: Float[np.ndarray, " seeds"]
    rates: Float[np.ndarray, " seeds"]


@final
class Nets:
    """Nets of one shape side by side: each has its own weights, and nothing connects them."""

    def __init__(self, seeds: int, activation: Activation, generator: torch.Generator) -> None:
        self.bend = torch.tanh if activation == "tanh" else torch.relu
        shapes = list(pairwise(WIDTHS))
        self.weights = [torch.randn(seeds, a, b, generator=generator) / a**0.5 for a, b in shapes]
        self.weights += [torch.zeros(seeds, 1, b) for _, b in shapes]
        for weight in self.weights:
            weight.requires_grad_()
        self.averages = [[torch.zeros_like(weight) for weight in self.weights] for _ in DECAYS]
        self.steps = 0

    def layers(self, t: torch.Tensor) -> list[torch.Tensor]:
        """Activity of the hidden layers, then the logits."""
        found, depth = [], len(WIDTHS) - 1
        for layer, (matrix, bias) in enumerate(zip(self.weights[:depth], self.weights[depth:], strict=True)):
            t = torch.baddbmm(bias, t, matrix)
            t = t if layer == depth - 1 else self.bend(t)
            found.append(t)
        return found

    def losses(self, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Cross-entropy of each net on its own rows, nats."""
        logits = self.layers(x)[-1].flatten(0, 1)
        each = torch.nn.functional.cross_entropy(logits, y.flatten(), reduction="none")
        return each.view(y.shape).mean(dim=1)

    def slopes(self, x: torch.Tensor, y: torch.Tensor) -> list[torch.Tensor]:
        """Gradient of each net's loss by its weights."""
        return list(torch.autograd.grad(self.losses(x, y).sum(), self.weights))

    @torch.no_grad()
    def step(self, slopes: list[torch.Tensor], rates: torch.Tensor) -> None:
        """One step of Adam, each net at its own rate."""
        self.steps += 1
        means, squares = self.averages
        torch._foreach_lerp_(means, slopes, 1 - DECAYS[0])
        torch._foreach_lerp_(squares, torch._foreach_mul(slopes, slopes), 1 - DECAYS[1])
        scale = (1 - DECAYS[1] ** self.steps) ** 0.5 / (1 - DECAYS[0] ** self.steps)
        for weight, mean, square in zip(self.weights, means, squares, strict=True):
            weight -= rates * scale * mean / (square.sqrt() + 1e-8)


def task() -> tuple[torch.Tensor, torch.Tensor]:
    """All words of ten bits, and a rule of weighted votes that half of them pass."""
    x = torch.from_numpy(2.0 * binary_words(10) - 1.0).float()
    votes = x @ torch.arange(1.0, 11.0) + 4 * x[:, 0] * x[:, 9] - 6 * x[:, 3] * x[:, 7]
    return x, (votes + 0.01 * x @ (2.0 ** -torch.arange(10.0)) > 0).long()


@lru_cache(maxsize=8)
def small_planes(
    activation: Activation = "tanh",
    *,
    seeds: int = 20,
    epochs: int = 100,
    batch: int | None = 205,
    rows: int = 820,
) -> Planes:
    """Train nets with Adam, their rates spread evenly in the logarithm from 0.01 to 0.04, and measure them.

    Measured are epochs 0 to 20 and every fifth after them, all words of the task.

    Args:
        activation: Of the hidden layers; the output is a softmax.
        seeds: Nets, each with its own weights, training rows and order.
        epochs: Trained.
        batch: Rows in a batch; None for all training rows.
        rows: Trained on.
    """
    generator = torch.Generator().manual_seed(rows + seeds)
    x, y = task()
    nets = Nets(seeds, activation, generator)
    rates = torch.logspace(-2, -1.4, seeds)[torch.randperm(seeds, generator=generator)][:, None, None]
    split = torch.stack([torch.randperm(len(x), generator=generator) for _ in range(seeds)])
    trained, held = split[:, :rows], split[:, rows:]
    when = [epoch for epoch in range(epochs + 1) if epoch <= 20 or epoch % 5 == 0]
    activities, losses, ratios = [], [], []
    for epoch in range(epochs + 1):
        order = torch.stack([torch.randperm(rows, generator=generator) for _ in range(seeds)])
        batches = trained.gather(1, order).split(batch or rows, dim=1)
        if epoch in when:
            ratios.append(signal_to_noise(nets, x, y, batches[:4]))
            with torch.no_grad():
                losses.append(nets.losses(x[trained], y[trained]).numpy())
                found = nets.layers(x.expand(seeds, -1, -1))
                activities.append([t.numpy() for t in (*found[:-1], found[-1].softmax(dim=2))])
        for places in batches if epoch < epochs else ():
            nets.step(nets.slopes(x[places], y[places]), rates)
    right = torch.from_numpy(activities[-1][-1]).argmax(dim=2) == y
    i_xt, i_ty = points(activities, y.numpy(), activation)
    return Planes(
        epochs=np.array(when),
        i_xt=i_xt,
        i_ty=i_ty,
        last=np.stack([each[LAST_HIDDEN][:, ::4] for each in activities], axis=1).astype(np.float64),
        loss=np.array(losses).T.astype(np.float64),
        snr=np.array(ratios).T,
        accuracy=right.gather(1, held).double().mean(dim=1).numpy(),
        rates=rates.flatten().double().numpy(),
    )


def signal_to_noise(nets: Nets, x, y, batches) -> Float[np.ndarray, " seeds"]:
    """Of the gradients of batches at the weights of now."""
    drawn = []
    for places in batches:
        slopes = nets.slopes(x[places], y[places])
        drawn.append(torch.cat([slope.flatten(1) for slope in slopes], dim=1).double())
    gradients = torch.stack(drawn)
    spread = gradients.std(dim=0, correction=0).norm(dim=1)
    return (gradients.mean(dim=0).norm(dim=1) / spread).numpy()


def points(activities, y, activation) -> tuple[np.ndarray, np.ndarray]:
    """I(X;T) and I(T;Y) of each net, layer and epoch, in fixed cells."""
    probe = Probe(x=binary_words(10), y=y)
    shape = len(activities[0][0]), len(LAYERS), len(activities)
    i_xt, i_ty = np.empty(shape), np.empty(shape)
    for place, layers in enumerate(activities):
        for layer, nets in enumerate(layers):
            cells = CELLS["tanh" if layer == OUTPUT else activation]
            for seed, t in enumerate(nets):
                found = cells.estimate(t, probe)
                i_xt[seed, layer, place], i_ty[seed, layer, place] = found.i_xt, found.i_ty
    return i_xt, i_ty
