"""What looking at a convolutional net costs in each view, beside an epoch of training it, turn by turn.

    python -m pytest benchmarks/test_views.py --benchmark-columns=median,stddev

mnist_cnn_mean as it is shipped: 4,000 training images, a probe of 1,000, six layers. Kernel bounds in every
view that merges or separates channels, matrix-based information in the one that relates them to each other.
Forward passes and evaluation of the net count as measuring.
"""

from pathlib import Path
from typing import Any

import torch

from benchmarks.tables import Cell, Tables
from benchmarks.timing import Ways, interleaved, medians, times_as_long
from ibspec.estimators import Estimator, Kde, Renyi
from ibspec.recorder import Recorder
from ibspec.runner import prepare
from ibspec.spec import read_spec
from ibspec.training import Demand, Task, choose_engine

TITLE = "Measuring six layers of a CNN once, beside training it for an epoch"

SPEC = Path(__file__).parents[1] / "specs" / "mnist_cnn_mean.json"

BY_KERNELS = Kde(noise_variance=0.0735)

VIEWS: dict[str, Estimator] = {
    "concat": BY_KERNELS,
    "mean": BY_KERNELS,
    "channels": BY_KERNELS,
    "pooled": BY_KERNELS,
    "multivariate": Renyi(channels="multivariate"),
}


def test_views(benchmark: Any, tables: Tables) -> None:
    prepared = prepare(read_spec(SPEC), device="cpu")
    x, y = torch.from_numpy(prepared.dataset.x), torch.from_numpy(prepared.dataset.y)
    net = prepared.build_net(0)
    demand = Demand([net], prepared.spec.training, prepared.device)
    engine = choose_engine(demand)[0](demand, Task(x, y, [prepared.splits[0].train]))

    def look(view: str, estimator: Estimator) -> None:
        recorder = Recorder(net, prepared.probe, list(prepared.layers), [estimator], view=view)  # type: ignore[arg-type]
        assert {row.status for row in recorder.record(0)} == {"ok"}

    ways: Ways = {"training": engine.advance}
    ways |= {view: lambda v=view, e=estimator: look(v, e) for view, estimator in VIEWS.items()}  # type: ignore[misc]
    seconds = interleaved(ways, rounds=3)
    # How many times as long training takes: above 1, measuring costs less than the epoch.
    ratios = {view: times_as_long(seconds, view)["training"] for view in VIEWS}
    rows: list[dict[str, Cell]] = [
        {"view": view, "seconds": medians(seconds)[view], "x training the epoch": ratios[view]}
        for view in VIEWS
    ]
    benchmark.extra_info.update({row["view"]: row["x training the epoch"] for row in rows})
    benchmark.pedantic(ways["mean"], rounds=1)
    tables.rows(TITLE, [{"view": "training", "seconds": medians(seconds)["training"]}, *rows])
