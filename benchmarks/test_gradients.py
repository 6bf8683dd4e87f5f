"""What looking at the gradients of batches costs, beside the same epochs without looking, turn by turn.

    python -m pytest benchmarks/test_gradients.py --benchmark-columns=median,stddev

"moving" gathers mean and deviation while an engine trains (the default of `measure.gradients`); "fixed" goes
through all batches of the epoch once more, the weights standing still; "single rows" looks at the gradient of
each row; "keeping all" is what a plain program does: it copies every batch's gradient and takes mean and
deviation at the end. Ratios are to an epoch of training by the engine that a run would choose.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from benchmarks.tables import Tables
from benchmarks.test_training import ADAM, CPU, MNIST, SGD, TISHBY, prepare
from benchmarks.timing import Ways, interleaved, medians
from ibspec.dynamics import gradients_at, gradients_per_sample
from ibspec.models import Cnn
from ibspec.training import Adadelta, Demand, Task, Training, choose_engine, parameters_by_layer

TITLE = "Gradients of an epoch's batches, beside training it"

LAYERS = [
    {"kind": "conv", "channels": 32, "kernel": 3, "activation": "relu"},
    {"kind": "conv", "channels": 64, "kernel": 3, "activation": "relu"},
    {"kind": "max-pool", "size": 2},
    {"kind": "flatten"},
    {"kind": "dense", "units": 128, "activation": "relu"},
    {"kind": "dense", "units": 10, "activation": "softmax"},
]


def prepare_cnn() -> tuple[Demand, Task]:
    """The net of mnist_cnn_mean on 1,280 rows: ten batches."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(1280, 1, 28, 28, generator=generator)
    y = torch.randint(0, 10, (1280,), generator=generator)
    net = Cnn.model_validate({"kind": "cnn", "layers": LAYERS}).build((1, 28, 28), 10, seed=0)
    how = Training(epochs=1, batch_size=128, optimiser=Adadelta(learning_rate=1.0))
    return Demand([net], how, CPU), Task(x, y, [np.arange(1280)])


CASES: dict[str, Callable[[], tuple[Demand, Task]]] = {
    "12-10-7-5-4-3-2, 1 replica": lambda: prepare(TISHBY, 1, ADAM),
    "12-10-7-5-4-3-2, 20 replicas": lambda: prepare(TISHBY, 20, ADAM),
    "784-1024-20-20-20-10, 1 replica": lambda: prepare(MNIST, 1, SGD),
    "CNN of mnist_cnn_mean, 1 replica": prepare_cnn,
}


def keeping_all(demand: Demand, task: Task) -> Callable[[], None]:
    """One epoch of the first net by torch, with a copy of every gradient."""
    net: Any = demand.nets[0]
    optimiser = demand.training.optimiser.build(net.parameters())
    size = demand.training.rows_per_step(len(task.train[0]))

    def epoch() -> None:
        kept = []
        for rows in torch.split(torch.from_numpy(task.train[0]), size):
            optimiser.zero_grad()
            functional.cross_entropy(net.logits(task.x[rows]), task.y[rows]).backward()  # type: ignore[no-untyped-call]
            kept.append(torch.cat([each.grad.flatten() for each in net.parameters()]))
            optimiser.step()
        stacked = torch.stack(kept)
        stacked.mean(dim=0).norm(), stacked.std(dim=0, correction=0).norm()

    return epoch


@pytest.mark.parametrize("name", CASES)
def test_cost(benchmark: Any, tables: Tables, name: str) -> None:
    demand, task = CASES[name]()
    engine, _ = choose_engine(demand)
    blind, looking = engine(demand, task), engine(*CASES[name]())
    net, rows = CASES[name]()[0].nets[0], task.train[0]
    size, layers = demand.training.rows_per_step(len(rows)), parameters_by_layer(net)
    some = rows[:16]
    batches = [rows[start : start + size] for start in range(0, len(rows) - size + 1, size)]
    ways: Ways = {
        "training": blind.advance,
        "moving": lambda: looking.advance(gradients=True),
        "fixed": lambda: gradients_at(net, task.x, task.y, batches, "cross-entropy", layers),
        "single rows": lambda: gradients_per_sample(net, task.x, task.y, some, "cross-entropy", layers),
        "keeping all": keeping_all(*CASES[name]()),
    }
    seconds = interleaved(ways, rounds=5)
    # Of these one net is tried, and of single rows few: all of them take as many times as long.
    times = {"fixed": 1.0, "single rows": len(rows) / len(some), "keeping all": 1.0}
    for way, factor in times.items():
        seconds[way] = [len(demand.nets) * factor * s for s in seconds[way]]
    milliseconds = {f"{way} ms": 1e3 * s for way, s in medians(seconds).items()}
    # The quickest of each is what the machine's neighbours disturbed least.
    shares = {f"{way}, x training": min(s) / min(seconds["training"]) for way, s in seconds.items()}
    benchmark.extra_info.update({"net": name, "engine": blind.name, **milliseconds, **shares})
    benchmark.pedantic(ways["moving"], rounds=3)
    tables.rows(TITLE, [{"net": name, "engine": blind.name, **milliseconds, **shares}])
