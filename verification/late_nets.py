"""Small ReLU nets late in training: all their weights, epoch by epoch, and what their layers do."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float

from ibspec.core import Activity, Probe
from ibspec.estimators import AsIfRandom, Binning, Width

SPECS = Path(__file__).parents[1] / "specs"

SGD = {"kind": "sgd", "learning_rate": 0.1}

ADAM = {"kind": "adam", "learning_rate": 0.002, "eps": 1e-07}

Weights = Float[np.ndarray, " parameters"]


@final
@dataclass(frozen=True)
class LateNets:
    """Nets of one shape on one probe.

    Attributes:
        paths: (nets, epochs, parameters), float64.
        shapes: Of the matrices and biases that a row of parameters holds one after the other.
        probe: Words of the 12-bit task.
        accuracy: Of each net on its training rows in the last epoch.
    """

    paths: Float[np.ndarray, "nets epochs parameters"]
    shapes: tuple[tuple[int, ...], ...]
    probe: Probe
    accuracy: tuple[float, ...]

    def hidden(self, weights: Weights) -> list[Float[np.ndarray, "rows units"]]:
        """Activity of the hidden layers."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes])
        parts = [
            each.reshape(shape) for each, shape in zip(np.split(weights, ends[:-1]), self.shapes, strict=True)
        ]
        t, found = np.asarray(self.probe.x, dtype=float), []
        for matrix, bias in zip(parts[:-2:2], parts[1:-2:2], strict=True):
            t = np.maximum(t @ matrix.T + bias, 0)
            found.append(t)
        return found


@lru_cache(maxsize=4)
def late_nets(optimiser: str, nets: int, before: int, late: int) -> LateNets:
    """Train ReLU nets 12-10-7-5-4-3-2 on the 12-bit task; keep the weights of the last epochs.

    Args:
        optimiser: In JSON.
        nets: Each with its own first weights, split and order.
        before: Epochs that are not kept.
        late: Epochs after these; one moment more is kept.
    """
    from ibspec.runner import prepare
    from ibspec.spec import read_spec
    from ibspec.training import Demand, Task, choose_engine

    changes = (
        f"training.epochs={before + late}",
        f"training.replicas={nets}",
        f"training.optimiser={optimiser}",
        "model.activation=relu",
        'model.init={"kind": "he-normal"}',
        "measure.probe.size=128",
    )
    spec = read_spec(SPECS / "tishby_tanh.json", changes)
    prepared = prepare(spec, device="cpu")
    x, y = (torch.from_numpy(each) for each in (prepared.dataset.x, prepared.dataset.y))
    demand = Demand([prepared.build_net(net) for net in range(nets)], spec.training, prepared.device)
    engine = choose_engine(demand)[0](demand, Task(x, y, [split.train for split in prepared.splits]))
    paths: list[list[Weights]] = [[] for _ in range(nets)]
    shapes: tuple[tuple[int, ...], ...] = ()
    for epoch in range(before + late + 1):
        reports = engine.advance() if epoch else []
        for net in range(nets if epoch >= before else 0):
            weights = engine.weights(net).values()
            shapes = tuple(tuple(each.shape) for each in weights)
            paths[net].append(torch.cat([each.ravel() for each in weights]).double().numpy())
    return LateNets(np.array(paths), shapes, prepared.probe, tuple(report.accuracy for report in reports))


def pooled(nets: LateNets, path: Sequence[Weights], width: float) -> Float[np.ndarray, "2 layers"]:
    """I(X;T) of each hidden layer over a window, and the mean of its single epochs."""
    estimator = AsIfRandom(under=Binning(cells=Width(width)), window=len(path))
    layers: list[Any] = [nets.hidden(weights) for weights in path]
    found = []
    for depth in range(len(layers[0])):
        session = estimator.session("layer", nets.probe)
        for epoch, hidden in enumerate(layers):
            session.add(Activity(torch.from_numpy(hidden[depth]), "layer", epoch=epoch))
        (dated,) = session.finish()
        found.append((dated.estimate.i_xt, dated.estimate.extras["i_xt_single_mean"]))
    return np.array(found).T


def spelled(optimiser: dict[str, Any]) -> str:
    """An optimiser as `late_nets` takes it."""
    return json.dumps(optimiser)
