"""How near estimators were asked to come to the truth: bits, N = 10,000, the mean over seeds.

Four standard errors over five seeds lie beside what was asked; the goals themselves are for twenty seeds
(`python -m tests.estimators.test_accuracy 20`). What is exact on enumerable laws is in `tests/truths.py`.
"""

import math
import sys
from dataclasses import dataclass
from typing import final

import numpy as np
import pytest
import torch

from ibspec.core import Probe
from ibspec.estimators import (
    Estimator,
    Gaussian,
    GaussianCopula,
    InfoNce,
    Ksg,
    Lnn,
    SamplePropagation,
)
from tests.estimators.neighbour_laws import LN2, Law, half_cube, normals, uniform
from tests.sampled_laws import asinh, bent, signs, wiggly

N = 10_000


@final
@dataclass(frozen=True)
class Goal:
    """A law, an estimator, and bits by which the mean may be off."""

    law: Law
    estimator: Estimator
    asked: float
    samples: int = N
    seeds: int = 5
    truth: float | None = None

    @property
    def name(self) -> str:
        """Estimator and law."""
        return f"{self.estimator.label}-{self.law.name}-{self.samples}"

    def errors(self, seeds: int) -> list[float]:
        """Estimate minus truth, by seed."""
        truth = self.law.bits if self.truth is None else self.truth
        return [self._one(np.random.default_rng([seed, 6])) - truth for seed in range(seeds)]

    def _one(self, rng: np.random.Generator) -> float:
        first, second = self.law.draw(rng, self.samples)
        if isinstance(self.estimator, SamplePropagation):  # of both signs equally often, and their noise
            means = np.repeat([-1.0, 1.0], self.samples // 2)[:, None]
            found = self.estimator.estimate(means, Probe(x=means), rng=rng)
        else:
            found = self.estimator.estimate(second, Probe(x=first), rng=rng)
        assert found.i_xt is not None
        return found.i_xt


PAIR = normals(1.0, 1)

GOALS: tuple[Goal, ...] = (
    *(Goal(normals(bits, pairs), Ksg(), 0.02) for pairs in (1, 2) for bits in (0.0, 0.5, 1.0, 1.5, 2.0)),
    *(Goal(normals(bits, pairs), Gaussian(), 0.01) for pairs in (1, 2, 5) for bits in (0.0, 1.0, 2.0)),
    *(
        Goal(bent(law, of_x, of_t), GaussianCopula(), 0.02)
        for law in (PAIR, normals(2.0, 2))
        for of_x, of_t in ((uniform, half_cube), (asinh, wiggly))
    ),
    *(Goal(signs(noise), SamplePropagation(sigma=noise), 0.0, samples=400) for noise in (0.25, 0.5, 1.0)),
    # 3.83 (.17) nats printed for 100 rows of correlation 0.9999; .17 / sqrt(20) is its own error.
    Goal(
        normals(-0.5 * math.log2(1 - 0.9999**2)),
        Lnn(),
        (4 * 0.17 / math.sqrt(20) + 0.005) / LN2,
        samples=100,
        seeds=20,
        truth=3.83 / LN2,
    ),
    Goal(normals(2.0, 5), InfoNce(), 0.1, seeds=2),
)


@pytest.fixture(autouse=True)
def _one_thread(threads: None) -> None:
    torch.set_num_threads(1)


@pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.name)
def test_goal(goal: Goal) -> None:
    errors = goal.errors(goal.seeds)
    error = float(np.std(errors, ddof=1)) / math.sqrt(len(errors))
    assert abs(float(np.mean(errors))) <= goal.asked + 4 * error


def main(seeds: int) -> None:
    """Print all goals and what came out."""
    for goal in GOALS:
        errors = goal.errors(max(seeds, goal.seeds))
        error = float(np.std(errors, ddof=1)) / math.sqrt(len(errors))
        print(f"{goal.name:60} asked {goal.asked:.3f}  mean error {np.mean(errors):+.4f} ± {error:.4f}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
