"""Small differentiable networks, their gradients by the printed equations, and how they move under descent.

As in candidate-8240R-2019: z^l = a^{l-1} W^l + b^l with W_jk running from unit j to unit k, a^l = phi(z^l)
elementwise, also at the output, and a loss that is a mean over samples. All in float64.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import torch
from jaxtyping import Float64
from torch import Tensor

Parameters = tuple[Tensor, ...]
"""W^1, b^1, W^2, b^2, ..."""

Slope = Callable[[Tensor], Tensor]

ACTIVATIONS: dict[str, tuple[Slope, Slope]] = {
    "tanh": (torch.tanh, lambda z: 1 - torch.tanh(z) ** 2),
    "logistic": (torch.sigmoid, lambda z: torch.sigmoid(z) * (1 - torch.sigmoid(z))),
    "softplus": (torch.nn.functional.softplus, torch.sigmoid),
}
"""Each activation and its derivative, written out."""


@final
@dataclass(frozen=True)
class Problem:
    """A network's shape, with samples and targets: what descent works on.

    Attributes:
        x: Inputs.
        y: Targets; the loss is the mean over samples of |output - target|^2 / 2.
        activation: A name from `ACTIVATIONS`.
        start: Parameters to begin with.
    """

    x: Float64[Tensor, "samples inputs"]
    y: Float64[Tensor, "samples outputs"]
    activation: str
    start: Parameters

    @classmethod
    def random(cls, widths: tuple[int, ...], samples: int, activation: str, seed: int) -> "Problem":
        """Normal inputs, targets and parameters; weights have variance 1 / fan-in."""
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, dtype=torch.float64)

        start: list[Tensor] = []
        for below, units in pairwise(widths):
            start += [normal(below, units) / below**0.5, normal(units) / 2]
        return cls(normal(samples, widths[0]), normal(samples, widths[-1]), activation, tuple(start))

    @property
    def layers(self) -> int:
        """How many layers of weights there are."""
        return len(self.start) // 2

    def pre_activations(self, theta: Parameters, x: Tensor | None = None) -> list[Tensor]:
        """Return z^1, ..., z^L."""
        a, zs = self.x if x is None else x, []
        for weight, bias in zip(theta[::2], theta[1::2], strict=True):
            zs.append(a @ weight + bias)
            a = ACTIVATIONS[self.activation][0](zs[-1])
        return zs

    def loss(self, theta: Parameters, x: Tensor | None = None) -> Tensor:
        """Return the loss, a mean over samples."""
        output = ACTIVATIONS[self.activation][0](self.pre_activations(theta, x)[-1])
        return ((output - self.y) ** 2).sum(dim=1).mean() / 2

    def gradient(self, theta: Parameters) -> Parameters:
        """Return the derivatives of the loss by automatic differentiation."""
        theta = tuple(part.detach().requires_grad_() for part in theta)
        return torch.autograd.grad(self.loss(theta), theta)

    def gammas(self, theta: Parameters) -> list[Tensor]:
        """Return dL/dz^l of every layer, sample by sample, by automatic differentiation."""
        zs = self.pre_activations(tuple(part.detach().requires_grad_() for part in theta))
        output = ACTIVATIONS[self.activation][0](zs[-1])
        return list(torch.autograd.grad(((output - self.y) ** 2).sum(dim=1).mean() / 2, zs))


def backpropagate(problem: Problem, theta: Parameters) -> Parameters:
    """Return the gradient by the equations of candidate-8240R-2019 §2.1.6, summed over samples.

    gamma^L = dL/da^L phi'(z^L), gamma^l_j = phi'(z^l_j) sum_k W^{l+1}_jk gamma^{l+1}_k,
    dL/dW^l_jk = a^{l-1}_j gamma^l_k, dL/db^l_j = gamma^l_j.
    """
    phi, slope = ACTIVATIONS[problem.activation]
    zs = problem.pre_activations(theta)
    activities = [problem.x, *(phi(z) for z in zs)]
    gamma = (activities[-1] - problem.y) / len(problem.x) * slope(zs[-1])
    gradient: list[Tensor] = []
    for layer in range(problem.layers, 0, -1):
        gradient = [activities[layer - 1].T @ gamma, gamma.sum(dim=0), *gradient]
        if layer > 1:
            gamma = (gamma @ theta[2 * layer - 2].T) * slope(zs[layer - 2])
    return tuple(gradient)


def speeds(problem: Problem, theta: Parameters, motion: Parameters) -> list[Tensor]:
    """Return dz^l/dt of every layer, sample by sample, when the parameters move with velocity `motion`."""
    _, moving = torch.autograd.functional.jvp(
        lambda *moved: tuple(problem.pre_activations(moved)), theta, motion
    )
    return list(moving)


def loss_speed(problem: Problem, theta: Parameters, motion: Parameters) -> float:
    """Return dL/dt when the parameters move with velocity `motion`."""
    return derivative_along(lambda *moved: problem.loss(moved), theta, motion)


def derivative_along(function: Callable[..., Tensor], at: Parameters, motion: Parameters) -> float:
    """Return the derivative of a number-valued function when its arguments move with velocity `motion`."""
    return float(torch.autograd.functional.jvp(function, at, motion)[1])


def square(parts: Parameters) -> float:
    """Return the squared Euclidean norm of all parts together."""
    return float(sum((part**2).sum() for part in parts))


def dot(one: Parameters, other: Parameters) -> float:
    """Return the inner product of two lists of arrays of the same shapes."""
    return float(sum((a * b).sum() for a, b in zip(one, other, strict=True)))


def scale(factor: float, parts: Parameters) -> Parameters:
    """Return every part times a number."""
    return tuple(factor * part for part in parts)


def add(one: Parameters, other: Parameters) -> Parameters:
    """Return the sum, part by part."""
    return tuple(a + b for a, b in zip(one, other, strict=True))
