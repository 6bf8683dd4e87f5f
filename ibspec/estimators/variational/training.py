"""Training of critics on one part of the rows, and their value on the other."""

import math
from dataclasses import dataclass
from typing import Final, final

import numpy as np
import torch
from jaxtyping import Float64, Int

from ibspec.estimators.variational.critics import Critic, Index
from ibspec.estimators.variational.networks import Flat
from ibspec.estimators.variational.objectives import Objective

MEAN_DECAY, SQUARE_DECAY, TINY = 0.9, 0.999, 1e-8
"""Adam's constants as its paper has them."""

FIRST_CHECK: Final = 10
"""Steps before critics are judged for the first time (untrained ones apart)."""

CHECK_GROWTH: Final = 1.2
"""Later checks: each after so many times the steps of the one before; critics learn fastest at first."""

MIN_BLOCKS: Final = 3
"""Batches that a sample must have: two held out, one to train on."""


@final
@dataclass(frozen=True)
class Trained:
    """What the restarts came to.

    Attributes:
        nats: Value of each restart on rows that neither trained its critic nor chose its step.
        step: Mean of the steps chosen.
    """

    nats: Float64[np.ndarray, " restarts"]
    step: float


@final
@dataclass(frozen=True)
class Course:
    """How critics are trained.

    Attributes:
        held: Batches held out, at least two.
    """

    batch: int
    steps: int
    learning_rate: float
    weight_decay: float
    restarts: int
    held: int


def held_batches(samples: int, batch: int, share: float) -> int:
    """Return how many batches come nearest to `share` of the rows: two or more, one left to train on."""
    return min(max(round(share * samples / batch), 2), samples // batch - 1)


def train(
    critic: Critic,
    objective: Objective,
    samples: int,
    course: Course,
    rng: np.random.Generator,
    device: torch.device,
) -> Trained:
    """Train all restarts, each on rows of its own choice, and judge them on the rows that it held out.

    The held-out rows are halved. Each half chooses the step whose critic does best on it, and the other
    half gives that critic's value, so that no row vouches for a choice that it made. The two are averaged.
    """
    parts = rng.permuted(np.tile(np.arange(samples), (course.restarts, 1)), axis=1)
    held_rows = course.held * course.batch
    held = torch.from_numpy(parts[:, :held_rows]).to(device)
    shares = critic.log_shares(course.batch, with_partner=objective.with_partner).to(device)
    flat = critic.draw(course.restarts, rng).to(device)
    batches = _Batches(parts[:, held_rows:], course.batch, rng)
    adam = _Adam(torch.zeros_like(flat), torch.zeros_like(flat), torch.zeros_like(flat))
    weigh = objective.weigher()
    checks = check_steps(course.steps)
    values = [_values(critic, objective, flat, held, shares, course)]
    for step in range(1, course.steps + 1):
        index = batches.next().to(device)
        scores, kept = critic.scores(flat, index)
        partners = critic.partners(index)
        push = weigh(scores.add_(shares)).div_(-course.batch)
        pull = push.scatter_add_(2, partners, torch.full_like(push[:, :, :1], 1.0 / course.batch))
        critic.backward(flat, adam.gradient, kept, pull)
        rate = course.learning_rate * (1.0 - (step - 1) / course.steps)
        adam.climb(flat, step, rate, course.weight_decay)
        if step in checks:
            values.append(_values(critic, objective, flat, held, shares, course))
    return _chosen(torch.stack(values).cpu().numpy(), np.array([0, *sorted(checks)]))


def check_steps(steps: int) -> frozenset[int]:
    """Return after which steps critics are judged; the last one is always among them."""
    found, step = {steps}, float(FIRST_CHECK)
    while step < steps:
        found.add(round(step))
        step *= CHECK_GROWTH
    return frozenset(found)


def _values(
    critic: Critic, objective: Objective, flat: Flat, held: Index, shares: torch.Tensor, course: Course
) -> Float64[torch.Tensor, "halves restarts"]:
    """Value of each critic on either half of the rows held out, a batch at a time."""
    own, others = [], []
    for index in torch.split(held, course.batch, dim=1):
        scores = critic.scores(flat, index)[0]
        own.append(scores.gather(2, critic.partners(index))[:, :, 0].double())
        others.append(scores.add_(shares).logsumexp(dim=2).double())
    half = course.held // 2
    halves = (slice(None, half), slice(half, None))
    return torch.stack(
        [objective.value(torch.cat(own[part], dim=1), torch.cat(others[part], dim=1)) for part in halves]
    )


def _chosen(
    values: Float64[np.ndarray, "checks halves restarts"], steps: Int[np.ndarray, " checks"]
) -> Trained:
    """Choose by one half, report by the other; what is not finite is never chosen."""
    judged = np.where(np.isfinite(values), values, -math.inf)
    best = judged.argmax(axis=0)
    restarts = np.arange(values.shape[2])
    nats = (values[best[0], 1, restarts] + values[best[1], 0, restarts]) / 2
    return Trained(nats, float(steps[best].mean()))


@final
class _Batches:
    """Rows to train on, each once before any comes again (but for those that fill no batch)."""

    def __init__(
        self, rows: Int[np.ndarray, "restarts training"], batch: int, rng: np.random.Generator
    ) -> None:
        self._rows, self._batch, self._rng = rows, batch, rng
        self._left: list[np.ndarray] = []

    def next(self) -> Index:
        """The next batch of every restart."""
        if not self._left:
            whole = self._rows.shape[1] // self._batch
            mixed = self._rng.permuted(self._rows, axis=1)[:, : whole * self._batch]
            self._left = np.split(mixed, whole, axis=1)
        return torch.from_numpy(np.ascontiguousarray(self._left.pop()))


@final
@dataclass(frozen=True)
class _Adam:
    """Adam with weight decay apart from the gradient, over flat parameters; it climbs.

    Source:
        Kingma & Ba (2015), arXiv:1412.6980, Algorithm 1; Loshchilov & Hutter (2019), arXiv:1711.05101.
    """

    gradient: Flat
    mean: Flat
    square: Flat

    def climb(self, flat: Flat, step: int, rate: float, decay: float) -> None:
        """Move the parameters; `step` counts from 1."""
        self.mean.lerp_(self.gradient, 1 - MEAN_DECAY)
        self.square.mul_(SQUARE_DECAY).addcmul_(self.gradient, self.gradient, value=1 - SQUARE_DECAY)
        size = (self.square / (1 - SQUARE_DECAY**step)).sqrt_().add_(TINY)
        flat.mul_(1 - rate * decay).addcdiv_(self.mean, size, value=rate / (1 - MEAN_DECAY**step))
