"""Training of a net with one hidden layer, written out in NumPy from the papers."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

Weights = list[np.ndarray]
"""W1, b1, W2, b2; a row of W holds the weights into one unit."""


def forward(weights: Weights, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the hidden activity and the probabilities."""
    w1, b1, w2, b2 = weights
    hidden = np.tanh(x @ w1.T + b1)
    logits = hidden @ w2.T + b2
    unscaled = np.exp(logits - logits.max(axis=1, keepdims=True))
    return hidden, unscaled / unscaled.sum(axis=1, keepdims=True)


def gradients(weights: Weights, x: np.ndarray, y: np.ndarray) -> tuple[float, int, Weights]:
    """Return the mean cross-entropy in nats, the right answers and the gradients, by the chain rule."""
    hidden, p = forward(weights, x)
    rows = np.arange(len(y))
    loss = float(-np.log(p[rows, y]).mean())
    error = p.copy()
    error[rows, y] -= 1.0
    error /= len(y)
    back = (error @ weights[2]) * (1.0 - hidden**2)
    right = int((p.argmax(axis=1) == y).sum())
    return loss, right, [back.T @ x, back.sum(axis=0), error.T @ hidden, error.sum(axis=0)]


@dataclass
class Rule:
    """A step of one array of weights: `step(g, memory, t, rate)` is subtracted, t = 1, 2, ..."""

    rate: float
    step: Callable[[np.ndarray, dict, int, float], np.ndarray]
    decay: float = 0.0
    weight_decay: float = 0.0
    memories: list[dict] = field(default_factory=lambda: [{} for _ in range(4)])
    t: int = 0

    def apply(self, weights: Weights, gradient: Weights) -> Weights:
        rate = self.rate / (1.0 + self.decay * self.t)
        self.t += 1
        return [
            w - self.step(g + self.weight_decay * w, memory, self.t, rate)
            for w, g, memory in zip(weights, gradient, self.memories, strict=True)
        ]


def sgd(momentum: float = 0.0, nesterov: bool = False):
    """Polyak's momentum, v = m v + g, w -= rate v; Nesterov's looks one step ahead."""

    def step(g: np.ndarray, memory: dict, t: int, rate: float) -> np.ndarray:
        memory["v"] = momentum * memory.get("v", 0.0) + g
        return rate * (g + momentum * memory["v"] if nesterov else memory["v"])

    return step


def adam(beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-7):
    """Kingma & Ba (2015), Algorithm 1."""

    def step(g: np.ndarray, memory: dict, t: int, rate: float) -> np.ndarray:
        memory["m"] = beta1 * memory.get("m", 0.0) + (1 - beta1) * g
        memory["v"] = beta2 * memory.get("v", 0.0) + (1 - beta2) * g**2
        m = memory["m"] / (1 - beta1**t)
        v = memory["v"] / (1 - beta2**t)
        return rate * m / (np.sqrt(v) + eps)

    return step


def adadelta(rho: float = 0.95, eps: float = 1e-7):
    """Zeiler (2012), Algorithm 1; the step is multiplied by the rate."""

    def step(g: np.ndarray, memory: dict, t: int, rate: float) -> np.ndarray:
        memory["g2"] = rho * memory.get("g2", 0.0) + (1 - rho) * g**2
        before = memory.get("d2", np.zeros_like(g))
        delta = np.sqrt(before + eps) / np.sqrt(memory["g2"] + eps) * g
        memory["d2"] = rho * before + (1 - rho) * delta**2
        return rate * delta

    return step


def batches(rows: np.ndarray, size: int | None, order: np.random.Generator) -> Iterator[np.ndarray]:
    """One epoch: a fresh order, cut into steps, the last taking what is left; None is all rows at once."""
    if size is None:
        yield rows
        return
    shuffled = order.permutation(rows)
    for start in range(0, len(shuffled), size):
        yield shuffled[start : start + size]


def train_epoch(
    weights: Weights, x: np.ndarray, y: np.ndarray, steps: Iterable[np.ndarray], rule: Rule
) -> tuple[Weights, float, float]:
    """Return the weights, and the mean loss and the accuracy over the samples of the epoch."""
    losses: list[float] = []
    right = 0
    for rows in steps:
        loss, hits, gradient = gradients(weights, x[rows], y[rows])
        weights = rule.apply(weights, gradient)
        losses += [loss] * len(rows)
        right += hits
    return weights, float(np.mean(losses)), right / len(losses)
