"""Time and memory of the kernel bounds beside other ways to compute them, in one process, turn by turn.

    python -m pytest benchmarks/test_kde.py --benchmark-columns=median,stddev

Times drift between machines and hours; the ratios do not. They go to docs/benchmarks.md and to
`extra_info` of `--benchmark-json=FILE`: `x clamped` = how many times as long the clamped baseline takes. Not
part of `pytest` (see `testpaths`). One thread, both bounds, all rows and each of ten classes.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.kde_baselines import BASELINES, Numbers, all_bounds
from benchmarks.tables import Tables
from benchmarks.timing import interleaved, matrix_product_limit, medians, peak_memory, times_as_long
from ibspec.core import Probe
from ibspec.estimators import Kde
from ibspec.estimators.pairwise import duplicates
from ibspec.estimators.pairwise import sums as pairwise

NOISE = 0.1
CLASSES = 10
ROUNDS = 3

FLOAT32 = 1e-4
"""Bits: float32 loses about 6e-8 |t|^2 / v by cancellation, and |t|^2 / v is at most 1280 here."""

PROMISE = 1e-9
"""Bits by which we may differ from a direct float64 computation."""


def layer(samples: int, units: int) -> tuple[torch.Tensor, Numbers]:
    """Ten clusters that a tanh has squashed, as float32, and their labels."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, CLASSES, samples)
    centres = rng.normal(size=(CLASSES, units))
    rows = np.tanh(centres[labels] + rng.normal(size=(samples, units)))
    return torch.from_numpy(rows).float(), labels


def ours(rows: torch.Tensor, labels: Numbers, noise: float = NOISE) -> tuple[Any, ...]:
    estimate = Kde(noise_variance=noise).estimate(rows, Probe(y=labels))
    lower, upper = estimate.i_xt_bounds or (math.nan, math.nan)
    return upper, lower, estimate.i_ty, estimate.extras["saxe_i_ty_lower"]


def plain(rows: torch.Tensor, labels: Numbers) -> tuple[Any, ...]:
    """Our plain torch, which serves GPUs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairwise, "is_compiled", lambda rows: False)
        return ours(rows, labels)


def speed(samples: int, units: int, seconds: float) -> dict[str, float]:
    """Time, and 2 N^2 d operations in that time, which multiplying all rows with all rows would be."""
    rate = 2.0 * samples**2 * units / seconds
    share = rate / matrix_product_limit()
    return {"ms": round(seconds * 1e3, 1), "GFLOP/s": round(rate / 1e9), "of dgemm's": round(share, 2)}


@pytest.mark.parametrize("units", [2, 20, 128])
@pytest.mark.parametrize("samples", [1000, 4096])
def test_kde(benchmark: Any, tables: Tables, samples: int, units: int) -> None:
    rows, labels = layer(samples, units)
    ways: dict[str, Callable[[], Any]] = {
        "compiled": lambda: ours(rows, labels),
        "plain torch": lambda: plain(rows, labels),
    }
    ways |= {name: lambda f=f: all_bounds(f, rows, labels, NOISE) for name, f in BASELINES.items()}
    exact = ways["scipy"]()
    for name, way in ways.items():
        exactly = name in ("compiled", "plain torch", "scipy")
        assert way() == pytest.approx(exact, abs=PROMISE if exactly else FLOAT32, rel=0), name
    # Wide rows are far apart for NOISE; how exact we are shows where kernels are of all sizes.
    noise = max(NOISE, units / 40)
    exact = all_bounds(BASELINES["scipy"], rows, labels, noise)
    off = max(abs(a - b) for a, b in zip(ours(rows, labels, noise), exact, strict=True))
    assert off <= PROMISE
    seconds = interleaved(ways, ROUNDS)
    ratios = {f"x {name}": round(ratio, 1) for name, ratio in times_as_long(seconds, "compiled").items()}
    row = {"N": samples, "d": units, **speed(samples, units, medians(seconds)["compiled"])}
    benchmark.extra_info.update(row | ratios)
    benchmark.pedantic(ways["compiled"], rounds=ROUNDS)
    tables.rows("Kernel bounds: times as long as compiled", [row | ratios | {"off by, bits": f"{off:.0e}"}])


@pytest.mark.parametrize("units", [2, 20, 128])
def test_noise(benchmark: Any, tables: Tables, units: int) -> None:
    """The answer may depend on the noise, the time should not."""
    rows, labels = layer(4096, units)
    ways = {str(v): lambda v=v: ours(rows, labels, v) for v in (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)}
    seconds = interleaved(ways, 7)
    # Ratios within a round: a slow moment of the machine is no property of a variance.
    longer = {"0.1": 1.0} | times_as_long(seconds, "0.1")
    shown = {v: round(ratio, 2) for v, ratio in longer.items()}
    spread = max(longer.values()) / min(longer.values())
    benchmark.extra_info.update({"units": units, "spread": round(spread, 2)})
    benchmark.pedantic(ways["0.1"], rounds=1)
    tables.rows(
        "Kernel bounds: times as long at other noise variances",
        [
            {
                "d": units,
                "ms at 0.1": round(medians(seconds)["0.1"] * 1e3, 1),
                **shown,
                "spread": round(spread, 2),
            }
        ],
    )


@pytest.mark.parametrize(
    ("matrices", "samples", "units"),
    [(1, 1000, 21_632), (64, 1000, 676)],
    ids=["convolution whole", "each channel"],
)
def test_wide(benchmark: Any, tables: Tables, matrices: int, samples: int, units: int) -> None:
    """The first convolution of the reference's net on 1000 images: as one vector, and channel by channel."""
    rng = np.random.default_rng(0)
    activity = np.maximum(rng.normal(size=(samples, matrices, units)), 0).astype(np.float32)
    rows, labels = torch.from_numpy(activity), rng.integers(0, CLASSES, samples)
    noise = 1e-3 * units
    shown = min(matrices, 8)  # of the baselines
    ways: dict[str, Callable[[], Any]] = {
        "compiled": lambda: [ours(rows[:, k], labels, noise) for k in range(shown)],
        "clamped": lambda: [
            all_bounds(BASELINES["clamped"], rows[:, k], labels, noise) for k in range(shown)
        ],
    }
    seconds = interleaved(ways, ROUNDS)
    per_matrix = medians(seconds)["compiled"] / shown
    row = {"matrices": matrices, "N": samples, "d": units, **speed(samples, units, per_matrix)}
    row["ms, all"] = round(per_matrix * matrices * 1e3)
    row["x clamped"] = round(times_as_long(seconds, "compiled")["clamped"], 1)
    benchmark.extra_info.update(row)
    benchmark.pedantic(ways["compiled"], rounds=1)
    tables.rows("Kernel bounds of a convolution", [row])


@pytest.mark.parametrize("distinct", [16, 409, 2048, 3500, 4096])
@pytest.mark.parametrize("units", [3, 128])
def test_duplicates(
    benchmark: Any, tables: Tables, monkeypatch: pytest.MonkeyPatch, units: int, distinct: int
) -> None:
    """Of 4096 rows so many are distinct: counted once, and not looked for."""
    rows, labels = layer(distinct, units)
    copies = torch.arange(4096) % distinct
    rows, labels = rows[copies], labels[copies.numpy()]

    def without() -> tuple[Any, ...]:
        monkeypatch.setattr(duplicates, "FEWEST", 10**9)
        try:
            return ours(rows, labels)
        finally:
            monkeypatch.undo()

    ways = {"once": lambda: ours(rows, labels), "each": without}
    assert ways["once"]() == pytest.approx(without(), abs=1e-10, rel=0)  # added in another order
    seconds = interleaved(ways, 7)
    ratio = round(times_as_long(seconds, "once")["each"], 2)
    row = {"d": units, "N": 4096, "distinct": distinct, "ms": round(medians(seconds)["once"] * 1e3, 1)}
    benchmark.extra_info.update(row | {"x each on its own": ratio})
    benchmark.pedantic(ways["once"], rounds=1)
    tables.rows("Kernel bounds of rows that repeat, counted once", [row | {"x each on its own": ratio}])


def test_large(benchmark: Any, tables: Tables) -> None:
    """N=60,000, d=128: time, and the peak of a fresh process above what it held with the rows in it."""
    setup = """
import numpy as np
from ibspec.core import Probe
from ibspec.estimators import Kde
rng = np.random.default_rng(0)
rows, labels = torch.from_numpy(rng.normal(size=(60_000, 128))).float(), rng.integers(0, 10, 60_000)
kde = Kde(noise_variance=0.1 * 128)
kde.estimate(rows[:2000], Probe(y=labels[:2000]))
"""
    try:
        peak = peak_memory(setup, "kde.estimate(rows, Probe(y=labels))")
    except OSError as error:
        pytest.skip(str(error))
    rows, labels = layer(60_000, 128)
    took = interleaved({"compiled": lambda: ours(rows, labels, 0.1 * 128)}, 1)["compiled"][0]
    counted = Kde(noise_variance=1.0).working_memory(60_000, 128)
    row = {"N": 60_000, "d": 128, **speed(60_000, 128, took)}
    row |= {"MiB above the rows": peak // 2**20, "MiB, we say at most": counted // 2**20}
    benchmark.extra_info.update(row)
    benchmark.pedantic(lambda: None, rounds=1)
    tables.rows("Kernel bounds of many rows", [row])
