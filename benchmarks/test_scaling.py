"""How time and memory grow with samples, units, replicas and layers: fitted exponents.

An exponent is the slope of log seconds (or log bytes) against log size over the upper half of the sizes,
where what a call costs anyway no longer counts.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.tables import Tables
from benchmarks.timing import peak_memory
from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels
from ibspec.estimators import Binning, Kde, Range
from ibspec.estimators.estimator import Estimator
from ibspec.models import Mlp
from ibspec.training import ENGINES, Adam, Demand, Task, Training

TIME, MEMORY = "Scaling of time, one thread", "Scaling of memory above the data"

SAMPLES = (1_000, 2_000, 4_096, 10_000, 20_000, 60_000)
UNITS = (2, 8, 32, 128, 512, 2_048)
REPLICAS = (1, 3, 10, 30, 100)
LAYERS = (1, 2, 4, 8, 16)

ESTIMATORS: dict[str, Estimator] = {
    "kde": Kde(noise_variance=0.1),
    "binning": Binning(cells=Range(low=-1, high=1, bins=30)),
}

Numbers = np.ndarray[Any, np.dtype[Any]]


def activity(samples: int, units: int) -> Numbers:
    """Rows that scatter around ten centres, as a layer's do."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(10, units))
    rows = centres[rng.integers(0, 10, samples)] + rng.normal(size=(samples, units))
    return np.tanh(rows).astype(np.float32)


def seconds_of(work: Callable[[], object]) -> float:
    """Return the best of three, or the first where that takes long."""
    best = np.inf
    for _ in range(3):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
        if best > 3:
            break
    return float(best)


def exponent(sizes: Sequence[int], values: Sequence[float]) -> float:
    """Return the slope of log value against log size over the upper half of the sizes."""
    half = len(sizes) // 2
    slope, _ = np.polyfit(np.log(sizes[half:]), np.log(values[half:]), 1)
    return float(slope)


def report(tables: Tables, title: str, what: str, sizes: Sequence[int], values: Sequence[float]) -> None:
    pairs = "; ".join(f"{size:,}: {value:.3g}" for size, value in zip(sizes, values, strict=True))
    # Less than a MiB is one page more or less: no slope.
    fits = title == TIME or min(values) > 1
    slope = round(exponent(sizes, values), 2) if fits else "too little to fit"
    tables.row(title, grows_with=what, exponent=slope, measured=pairs)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_samples(name: str, tables: Tables, benchmark: Any) -> None:
    estimator, values = ESTIMATORS[name], []
    for samples in SAMPLES:
        t, probe = activity(samples, 20), Probe(ids=np.arange(samples), y=np.arange(samples) % 10)
        estimator.estimate(t[:100], Probe(ids=np.arange(100)))
        values.append(seconds_of(lambda t=t, probe=probe: estimator.estimate(t, probe)))  # type: ignore[misc]
    report(tables, TIME, f"{name}: samples, 20 units (s)", SAMPLES, values)
    benchmark.pedantic(lambda: estimator.estimate(t, probe), rounds=1)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_units(name: str, tables: Tables, benchmark: Any) -> None:
    estimator, values = ESTIMATORS[name], []
    probe = Probe(ids=np.arange(4096), y=np.arange(4096) % 10)
    for units in UNITS:
        t = activity(4096, units)
        values.append(seconds_of(lambda t=t: estimator.estimate(t, probe)))  # type: ignore[misc]
    report(tables, TIME, f"{name}: units, 4,096 samples (s)", UNITS, values)
    benchmark.pedantic(lambda: estimator.estimate(t, probe), rounds=1)


def epoch_of(hidden: Sequence[int], replicas: int) -> Callable[[], object]:
    """Return the training of one epoch of nets on the 12-bit task, by the engine that a run would take."""
    training = Training(epochs=1, batch_size=256, optimiser=Adam(learning_rate=4e-4), replicas=replicas)
    nets = [Mlp(hidden=tuple(hidden), activation="tanh").build((12,), 2, seed) for seed in range(replicas)]
    demand = Demand(nets, training, torch.device("cpu"))
    engine = next(engine for engine in ENGINES if engine.supports(demand)[0])
    x = torch.from_numpy(symmetric_inputs()).float()
    y = torch.from_numpy(symmetric_labels()).long()
    return engine(demand, Task(x, y, [np.arange(len(x))] * replicas)).advance


def test_replicas(tables: Tables, benchmark: Any) -> None:
    values = []
    for replicas in REPLICAS:
        advance = epoch_of((10, 7, 5, 4, 3), replicas)
        advance()
        values.append(seconds_of(advance))
    report(tables, TIME, "training: replicas of 12-10-7-5-4-3-2 (s an epoch)", REPLICAS, values)
    benchmark.pedantic(advance, rounds=1)


def test_layers(tables: Tables, benchmark: Any) -> None:
    values = []
    for layers in LAYERS:
        advance = epoch_of((8,) * layers, 10)
        advance()
        values.append(seconds_of(advance))
    report(tables, TIME, "training: hidden layers of 8 units, 10 replicas (s an epoch)", LAYERS, values)
    benchmark.pedantic(advance, rounds=1)


SETUP = """
import numpy as np
from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Range
from benchmarks.test_scaling import ESTIMATORS, activity
estimator = ESTIMATORS[{name!r}]
t = activity({samples}, {units})
probe = Probe(ids=np.arange({samples}), y=np.arange({samples}) % 10)
probe.ids, probe.classes, probe.h_x, probe.h_y
estimator.estimate(t[:600], Probe(ids=np.arange(600), y=np.arange(600) % 10))
"""


@pytest.mark.parametrize("name", ESTIMATORS)
def test_memory(name: str, tables: Tables, benchmark: Any) -> None:
    for what, sizes in (("samples, 128 units", SAMPLES[2:]), ("units, 4,096 samples", UNITS[3:])):
        values = []
        for size in sizes:
            samples, units = (size, 128) if what.startswith("samples") else (4096, size)
            setup = SETUP.format(name=name, samples=samples, units=units)
            values.append(max(1, peak_memory(setup, "estimator.estimate(t, probe)")) / 2**20)
        report(tables, MEMORY, f"{name}: {what} (MiB)", sizes, values)
    benchmark.pedantic(lambda: None, rounds=1)
