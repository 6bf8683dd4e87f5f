"""Time of an epoch of every training engine beside eager torch, in one process, turn by turn.

    python -m pytest benchmarks/test_training.py --benchmark-columns=median,stddev

Two baselines train one net after the other. "DataLoader" is what most programs do: torch's DataLoader over
single rows, autograd, Adam or SGD as they come. "eager" is our general engine: batches cut out of one tensor,
fused optimisers. One thread; torch is warm. Ratios are of the time for one epoch of one net.
"""

from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from benchmarks.tables import Tables
from benchmarks.timing import Ways, interleaved, medians, times_as_long
from ibspec.models import Mlp
from ibspec.training import (
    Adam,
    AnyOptimiser,
    CompiledEngine,
    Demand,
    GeneralEngine,
    Sgd,
    StackedEngine,
    Task,
    Training,
)

TITLE = "Training, an epoch of all replicas"
CPU = torch.device("cpu")

TISHBY = {"hidden": (10, 7, 5, 4, 3), "inputs": 12, "classes": 2, "samples": 4096, "rows": 3277, "batch": 256}
DIGITS = {"hidden": (32, 16, 8), "inputs": 64, "classes": 10, "samples": 1797, "rows": 1437, "batch": 64}
MNIST = {
    "hidden": (1024, 20, 20, 20),
    "inputs": 784,
    "classes": 10,
    "samples": 5000,
    "rows": 4000,
    "batch": 128,
}
LIMIT = {"hidden": (34, 34, 34), "inputs": 34, "classes": 10, "samples": 2048, "rows": 2048, "batch": 64}

ADAM, SGD = Adam(learning_rate=4e-4), Sgd(learning_rate=1e-3)


def prepare(sizes: dict[str, Any], replicas: int, optimiser: AnyOptimiser) -> tuple[Demand, Task]:
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(sizes["samples"], sizes["inputs"], generator=generator)
    y = torch.randint(0, sizes["classes"], (sizes["samples"],), generator=generator)
    model = Mlp(hidden=sizes["hidden"], activation="tanh")
    nets = [model.build((sizes["inputs"],), sizes["classes"], seed=replica) for replica in range(replicas)]
    how = Training(epochs=1, batch_size=sizes["batch"], optimiser=optimiser, replicas=replicas)
    rows = [np.random.default_rng(r).permutation(sizes["samples"])[: sizes["rows"]] for r in range(replicas)]
    return Demand(nets, how, CPU), Task(x, y, rows)


def with_data_loader(demand: Demand, task: Task) -> Any:
    """One epoch of the first net alone, as most programs train."""
    net: nn.Module = demand.nets[0]
    rows = torch.from_numpy(task.train[0])
    size = demand.training.rows_per_step(len(rows))
    loader = DataLoader(TensorDataset(task.x[rows], task.y[rows]), batch_size=size, shuffle=True)
    rate = demand.training.optimiser.learning_rate
    is_adam = isinstance(demand.training.optimiser, Adam)
    optimiser = (
        torch.optim.Adam(net.parameters(), rate) if is_adam else torch.optim.SGD(net.parameters(), rate)
    )

    def epoch() -> None:
        for x, y in loader:
            optimiser.zero_grad()
            functional.cross_entropy(net.logits(x), y).backward()  # type: ignore[operator]
            optimiser.step()

    return epoch


CASES = {
    "12-10-7-5-4-3-2, 50 replicas": (TISHBY, 50, ADAM),
    "12-10-7-5-4-3-2, 1 replica": (TISHBY, 1, ADAM),
    "64-32-16-8-10, 2 replicas": (DIGITS, 2, ADAM),
    "34-34-34-34-10, 1 replica": (LIMIT, 1, ADAM),
    "34-34-34-34-10, 20 replicas": (LIMIT, 20, ADAM),
    "784-1024-20-20-20-10, 1 replica": (MNIST, 1, SGD),
}


@pytest.mark.parametrize("name", CASES)
def test_epoch(benchmark: Any, tables: Tables, name: str) -> None:
    sizes, replicas, optimiser = CASES[name]
    ways: Ways = {}
    for kind in (CompiledEngine, StackedEngine, GeneralEngine):
        demand, task = prepare(sizes, replicas, optimiser)
        if kind.supports(demand)[0]:
            ways[kind.name] = kind(demand, task).advance
    # Of the eager ways, one net: they train nets one by one, so that many take as many times as long.
    one = prepare(sizes, 1, optimiser)
    if replicas > 1:
        ways["general"] = GeneralEngine(*one).advance
    ways["DataLoader"] = with_data_loader(*prepare(sizes, 1, optimiser))
    seconds = interleaved(ways, rounds=5)
    for eager in ("general", "DataLoader"):
        seconds[eager] = [replicas * s for s in seconds[eager]]
    milliseconds = {f"{way} ms": 1e3 * s for way, s in medians(seconds).items()}
    ours = next(iter(ways))  # the engine that a run would choose
    ratios = {f"{way}, x {ours}": r for way, r in times_as_long(seconds, ours).items()}
    to_stacked = times_as_long(seconds, "stacked")
    ratios |= {f"{way}, x stacked": to_stacked[way] for way in ("general", "DataLoader")}
    benchmark.extra_info.update({"net": name, **milliseconds, **ratios})
    benchmark.pedantic(ways[ours], rounds=3)
    tables.rows(TITLE, [{"net": name, "engine chosen": ours, **milliseconds, **ratios}])


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(benchmark: Any, tables: Tables, threads: int) -> None:
    """What 50 replicas of the net on the 12-bit task would take for all of their 8,000 epochs."""
    torch.set_num_threads(threads)
    ways: Ways = {}
    for kind in (CompiledEngine, StackedEngine):
        ways[kind.name] = kind(*prepare(TISHBY, 50, ADAM)).advance
    seconds = medians(interleaved(ways, rounds=9))
    minutes = {f"{way}, minutes": 8000 * s / 60 for way, s in seconds.items()}
    benchmark.extra_info.update({"threads": threads, **minutes})
    benchmark.pedantic(ways["compiled"], rounds=3)
    title = "Training 50 replicas of 12-10-7-5-4-3-2 for 8,000 epochs, from the time of one epoch"
    tables.rows(title, [{"threads": threads, **minutes}])
