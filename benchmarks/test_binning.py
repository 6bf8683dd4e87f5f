"""Time and memory of binning beside three other ways to count cells, in one process, turn by turn.

    python -m pytest benchmarks/test_binning.py --benchmark-columns=median,stddev

The ratios are printed at the end, and kept in `extra_info` of `--benchmark-json=FILE`; `int64, void` is
the literature's way. One thread; every way gives H(T), and H(T|Y) of ten classes.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.tables import Tables
from benchmarks.timing import interleaved, medians, peak_memory, times_as_long
from ibspec.core import Probe, conditional_entropy_bits, entropy_bits
from ibspec.estimators import Binning, Range, Width

Numbers = np.ndarray[Any, np.dtype[Any]]

TIME, MEMORY = "Binning: time", "Binning: memory above the data"
CLASSES = 10
RANGE = Range(low=-1, high=1, bins=30)
CUTS = {"width": Width(0.07), "range": RANGE}
MEMORY_ROWS, MEMORY_UNITS = 60_000, 1024


def by_bytes(cells: Numbers) -> Numbers:
    """Number rows by sorting them as strings of bytes."""
    rows = np.ascontiguousarray(cells)
    key = np.dtype((np.void, rows.dtype.itemsize * rows.shape[1]))
    return np.unique(rows.view(key).ravel(), return_inverse=True)[1]


def bins_of(t: Numbers, cells: Width | Range) -> Numbers:
    """int64 cells, by NumPy."""
    if isinstance(cells, Width):
        return np.floor(t / t.dtype.type(cells.width)).astype(np.int64)
    edges = np.linspace(cells.low, cells.high, cells.bins).astype(np.float32)
    return np.digitize(t, edges)


def digitize_and_void(t: Numbers, cells: Width | Range) -> Numbers:
    """The way of the literature's programs."""
    return by_bytes(bins_of(t, cells))


def unique_rows(t: Numbers, cells: Width | Range) -> Numbers:
    """As a person would write it today."""
    return np.unique(bins_of(t, cells), axis=0, return_inverse=True)[1].ravel()


def bytes_and_void(t: Numbers, cells: Width | Range) -> Numbers:
    """NumPy at its best: arithmetic instead of bisection (it misplaces edges), one byte a cell."""
    if isinstance(cells, Width):
        return by_bytes(np.floor(t * t.dtype.type(1 / cells.width)).astype(np.int8))
    scale = t.dtype.type((cells.bins - 1) / (cells.high - cells.low))
    return by_bytes(((t - t.dtype.type(cells.low)) * scale).astype(np.uint8))


BASELINES: dict[str, Callable[[Numbers, Width | Range], Numbers]] = {
    "int64, void": digitize_and_void,
    "int64, unique axis=0": unique_rows,
    "uint8, void": bytes_and_void,
}


@pytest.mark.parametrize("dtype", [np.float64, np.float32], ids=["float64", "float32"])
@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize(("samples", "units"), [(4096, 10), (10_000, 20), (10_000, 128), (10_000, 1024)])
@pytest.mark.parametrize("twins", [False, True], ids=["distinct", "twins"])
def test_binning(
    benchmark: Any,
    tables: Tables,
    samples: int,
    units: int,
    cut: str,
    dtype: Any,
    twins: bool,
) -> None:
    cells = CUTS[cut]
    """`twins`: half of the rows come twice, to be recognised; else all cells are different ones."""
    rng = np.random.default_rng(0)
    t = np.tanh(rng.normal(size=(samples, units))).astype(dtype)
    if twins:
        t[samples // 2 :] = t[: samples - samples // 2]
    probe = Probe(x=np.arange(samples), y=rng.integers(0, CLASSES, samples))
    estimator, classes = Binning(cells=cells), probe.classes
    assert probe.h_x > 0  # found once for a probe, so not timed
    assert classes is not None

    def ours() -> tuple[float | None, ...]:
        estimate = estimator.estimate(t, probe)
        return estimate.h_t, estimate.i_ty

    def other(number: Callable[[Numbers, Width | Range], Numbers]) -> tuple[float, ...]:
        numbers = number(t, cells)
        h_t = entropy_bits(numbers)
        return h_t, h_t - conditional_entropy_bits(numbers, classes)

    ways: dict[str, Callable[[], object]] = {"ours": ours}
    ways |= {name: lambda number=number: other(number) for name, number in BASELINES.items()}
    for name in BASELINES:
        # No value lies on an edge, so that all ways agree but for the rounding of sums.
        assert ways[name]() == pytest.approx(ours(), abs=1e-9), name
    rounds = 5 if units > 100 else 15
    seconds = interleaved(ways, rounds)
    ratios = {f"x ours: {name}": round(ratio, 2) for name, ratio in times_as_long(seconds, "ours").items()}
    benchmark.extra_info.update({"samples": samples, "units": units, **ratios})
    benchmark.pedantic(ours, rounds=rounds)
    case = {
        "samples": samples,
        "units": units,
        "cells": cut,
        "precision": dtype.__name__,
        "twins": str(twins),
    }
    tables.rows(TIME, [case | {"ours, ms": medians(seconds)["ours"] * 1e3} | ratios])


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32], ids=["float64", "float32"])
def test_memory(benchmark: Any, tables: Tables, dtype: torch.dtype) -> None:
    setup = f"""
import torch
from ibspec.core import Probe
from ibspec.estimators import Binning, Width
make = torch.Generator().manual_seed(0)
t = torch.empty(({MEMORY_ROWS}, {MEMORY_UNITS}), dtype={dtype}).uniform_(-1, 1, generator=make)
probe = Probe(y=torch.arange({MEMORY_ROWS}) % {CLASSES})
ids, h_x, classes = probe.ids, probe.h_x, probe.classes
estimator = Binning(cells=Width(0.07))
estimator.estimate(t[:100], Probe(y=torch.arange(100) % {CLASSES}))
"""
    peak: list[int] = []
    benchmark.pedantic(lambda: peak.append(peak_memory(setup, "estimator.estimate(t, probe)")), rounds=1)
    share = peak[0] / (MEMORY_ROWS * MEMORY_UNITS * dtype.itemsize)
    benchmark.extra_info.update({"peak MiB": round(peak[0] / 2**20, 1), "of the data": share})
    tables.row(
        MEMORY,
        samples=MEMORY_ROWS,
        units=MEMORY_UNITS,
        precision=str(dtype),
        MiB=peak[0] / 2**20,
        share=share,
    )
