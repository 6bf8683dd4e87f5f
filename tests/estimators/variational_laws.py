"""Small budgets for variational estimators, and laws to try them on."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ibspec.core import Estimate, Probe
from ibspec.estimators.info_nce import InfoNce
from ibspec.estimators.mine import Mine
from ibspec.estimators.nwj import Nwj
from ibspec.estimators.variational import Separable, Variational

SMALL: dict[str, Any] = {"batch": 64, "steps": 300, "restarts": 2, "critic": Separable(hidden=(32, 32))}
"""Enough for a few columns; about a third of a second."""

LONGER: dict[type[Variational], dict[str, Any]] = {
    InfoNce: SMALL,
    Nwj: SMALL | {"steps": 700},
    Mine: SMALL | {"steps": 700},
}
"""How likely x and t are on their own, which InfoNCE need not know, takes the others longer to learn."""

TINY: dict[str, Any] = {"batch": 16, "steps": 30, "restarts": 2, "critic": Separable(hidden=(8,))}
"""For what does not depend on how well critics are trained."""

KINDS: tuple[type[Variational], ...] = (InfoNce, Nwj, Mine)
BOUNDS: tuple[type[Variational], ...] = (InfoNce, Nwj)

PEERS = 0.1
"""Bits by which a neural estimate may be off at moderate information: the benchmark bmi allows 0.1 nats at
N = 5,000, and the project's target for InfoNCE is 0.1 bits."""

N = 4000
SEEDS = 3


def measure(
    estimator: Variational, t: Any, *, x: Any = None, y: Any = None, seed: int | None = 5
) -> Estimate:
    rng = None if seed is None else np.random.default_rng(seed)
    ids = np.arange(len(t)) if x is None and y is None else None
    return estimator.estimate(t, Probe(x=x, y=y, ids=ids), rng=rng)


def normals(bits_each: float, columns: int, rng: np.random.Generator, n: int = N) -> tuple[Any, Any]:
    """Pairs of columns with so many bits each: I = -log2(1 - rho^2) / 2 a pair."""
    rho = math.sqrt(1 - 2 ** (-2 * bits_each))
    x, noise = rng.normal(size=(2, n, columns))
    return x, rho * x + math.sqrt(1 - rho**2) * noise


def over_seeds(one: Callable[[np.random.Generator], float], seeds: int = SEEDS) -> tuple[float, float]:
    """Mean, and four standard errors of it."""
    values = np.array([one(np.random.default_rng(seed)) for seed in range(seeds)])
    return float(values.mean()), 4 * float(values.std(ddof=1)) / math.sqrt(seeds)
