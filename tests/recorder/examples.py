"""Estimators that do what a test needs, and a small net with a probe."""

from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from ibspec import Activity, Probe
from ibspec.core import Estimate, as_rows
from ibspec.estimators import Binning, Estimator, Kde, Width
from ibspec.results import Measurement

KDE = Kde(noise_variance=0.1)
BINNING = Binning(cells=Width(0.07))


class Total(Estimator):
    """Returns the sum of the activity, and what it was told."""

    kind: Literal["total"] = "total"
    name: str = "total"

    @property
    def label(self) -> str:
        return self.name

    def estimate(self, t: Activity, probe: Probe, *, rng: np.random.Generator | None = None) -> Estimate:
        return Estimate(i_xt=float(as_rows(t, probe.samples).double().sum()), i_ty=float(t.epoch))


class Dice(Estimator):
    """Returns a random number."""

    kind: Literal["dice"] = "dice"
    name: str = "dice"

    @property
    def label(self) -> str:
        return self.name

    def estimate(self, t: Activity, probe: Probe, *, rng: np.random.Generator | None = None) -> Estimate:
        assert rng is not None
        return Estimate(i_xt=float(rng.random()), i_ty=float(rng.random()))


class Broken(Estimator):
    """Raises as it is told."""

    kind: str = "broken"
    how: str = "ValueError"

    @property
    def label(self) -> str:
        return f"broken({self.how})"

    def estimate(self, t: Any, probe: Probe, *, rng: np.random.Generator | None = None) -> Estimate:
        errors = {each.__name__: each for each in (ValueError, TypeError, KeyError, IndexError, MemoryError)}
        raise errors[self.how]("something inside")


def rows_of(rows: list[Measurement], estimator: Estimator) -> list[Measurement]:
    return [row for row in rows if row.estimator == estimator.label]


def net() -> nn.Sequential:
    torch.manual_seed(4)
    return nn.Sequential(nn.Linear(6, 5), nn.Tanh(), nn.Dropout(0.5), nn.Linear(5, 3))


def images_net() -> nn.Sequential:
    torch.manual_seed(4)
    return nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(), nn.Flatten(), nn.Linear(48, 2))


def inputs(*shape: int) -> np.ndarray:
    return np.random.default_rng(3).normal(size=shape or (40, 6)).astype(np.float32)


def probe(*shape: int) -> Probe:
    x = inputs(*shape)
    return Probe(x=x, y=np.arange(len(x)) % 3)
