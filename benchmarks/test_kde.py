"""Time of the kernel bounds beside four other ways to compute them, in one process, turn by turn.

    python -m pytest benchmarks/test_kde.py --benchmark-columns=median,stddev

Times drift between machines and hours; the ratios do not. They are printed, and kept in `extra_info` of
`--benchmark-json=FILE`: `x reference` = how many times longer the reference's way takes. Not part of
`pytest` (see `testpaths`). One thread, both bounds, all rows and each of ten classes.
"""

import math
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from ibspec.core import Probe
from ibspec.estimators import Kde

Numbers = np.ndarray[Any, np.dtype[Any]]
Bound = Callable[[Any, float], float]

NOISE = 0.1
CLASSES = 10
ROUNDS = 3


def _squared_distances(rows: torch.Tensor) -> torch.Tensor:
    norms = rows.square().sum(dim=1)
    return norms[:, None] + norms[None, :] - 2.0 * rows @ rows.T


def reference(rows: torch.Tensor, variance: float) -> float:
    """N x N in float32, as the literature's program does: most kernels underflow, which is slow."""
    exponents = -_squared_distances(rows) / (2.0 * variance)
    return math.log(len(rows)) - float(torch.logsumexp(exponents, dim=1).mean())


def clamped(rows: torch.Tensor, variance: float) -> float:
    """The same with exponents clamped at -80: no underflow, the fair baseline."""
    exponents = (-_squared_distances(rows) / (2.0 * variance)).clamp(-80.0, 0.0)
    return math.log(len(rows)) - float(exponents.exp().sum(dim=1).log().mean())


def chunked(rows: torch.Tensor, variance: float) -> float:
    """float32 in blocks of 512 rows: no N x N matrix."""
    norms = rows.square().sum(dim=1)
    total = 0.0
    for start in range(0, len(rows), 512):
        block = rows[start : start + 512]
        distances = norms[start : start + 512, None] + norms[None, :] - 2.0 * block @ rows.T
        total += float(torch.logsumexp(-distances / (2.0 * variance), dim=1).sum())
    return math.log(len(rows)) - total / len(rows)


def differences(rows: torch.Tensor, variance: float) -> float:
    """SciPy's pairwise differences in float64: exact and slow."""
    array = rows.double().numpy()
    exponents = -cdist(array, array, "sqeuclidean") / (2.0 * variance)
    return float(math.log(len(array)) - logsumexp(exponents, axis=1).mean())


BASELINES: dict[str, Bound] = {
    "reference": reference,
    "clamped": clamped,
    "chunked": chunked,
    "scipy": differences,
}


def all_bounds(f: Bound, rows: torch.Tensor, labels: Numbers) -> tuple[float, ...]:
    """Bits: both bounds of all rows, and of all rows less each class, every class on its own."""
    upper, lower = f(rows, NOISE), f(rows, 4.0 * NOISE)
    upper_y = lower_y = 0.0
    for label in range(CLASSES):
        own = rows[torch.from_numpy(labels == label)]
        upper_y += len(own) / len(rows) * f(own, NOISE)
        lower_y += len(own) / len(rows) * f(own, 4.0 * NOISE)
    return tuple(nats / math.log(2.0) for nats in (upper, lower, upper - upper_y, lower - lower_y))


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("units", [2, 20, 128])
@pytest.mark.parametrize("samples", [1000, 4096])
def test_kde(benchmark: Any, capsys: pytest.CaptureFixture[str], samples: int, units: int) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, samples)
    centres = rng.normal(size=(CLASSES, units))
    rows = torch.from_numpy(np.tanh(centres[labels] + rng.normal(size=(samples, units))))
    single, probe = rows.float(), Probe(y=labels)
    kde = Kde(noise_variance=NOISE)

    def ours() -> tuple[Any, ...]:
        estimate = kde.estimate(single, probe)
        lower, upper = estimate.i_xt_bounds or (math.nan, math.nan)
        return upper, lower, estimate.i_ty, estimate.extras["saxe_i_ty_lower"]

    ways: dict[str, Callable[[], Any]] = {"ours": ours}
    ways |= {name: lambda f=f: all_bounds(f, single, labels) for name, f in BASELINES.items()}
    for name, way in ways.items():
        # float32 loses about 6e-8 |t|^2 / v by cancellation, and |t|^2 / v is at most 1280 here.
        assert way() == pytest.approx(ours(), abs=1e-4), name
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    ratios = {f"x {name}": round(medians[name] / medians["ours"], 1) for name in BASELINES}
    benchmark.extra_info.update({"samples": samples, "units": units, **ratios})
    benchmark.pedantic(ours, rounds=ROUNDS)
    with capsys.disabled():
        print(f"\nN={samples} d={units}: ours {medians['ours'] * 1e3:.1f} ms; times as long: {ratios}")
