"""One place at which snapshots are measured, one after the other."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

import torch

from ibspec.recorder import Recorder
from ibspec.results import GradientRow, Measurement, RateRow
from ibspec.runner.dynamics import Dynamics
from ibspec.runner.preparation import Prepared
from ibspec.schedules import Every
from ibspec.training import Snapshot, Task, evaluate, weight_norms


@final
@dataclass(frozen=True)
class Findings:
    """What a snapshot led to.

    Attributes:
        rows: Measurements, a row for each layer and estimator.
        evaluated: Loss in nats and accuracy on the training and test rows.
        weight_norms: Of each layer.
        seconds: By stage.
        gradients, rates: Where the spec asks for them.
    """

    rows: Sequence[Measurement]
    evaluated: dict[str, float]
    weight_norms: dict[str, float]
    seconds: dict[str, float]
    gradients: Sequence[GradientRow] = ()
    rates: Sequence[RateRow] = ()


@final
class Bench:
    """A net of its own, into which snapshots' weights are put: what is measured is not what is trained."""

    def __init__(self, prepared: Prepared, task: Task) -> None:
        self._prepared, self._task = prepared, task
        self._net = prepared.build_net(0).to(prepared.device)
        self._estimators = [each for each in prepared.spec.measure.estimators if each.reach == "snapshot"]
        self._recorders: dict[int, Recorder] = {}
        is_asked = prepared.spec.measure.gradients is not None
        self._dynamics = Dynamics(prepared, task, self._net) if is_asked else None

    def measure(self, snapshot: Snapshot, on_layer: Callable[[str], None] | None = None) -> Findings:
        """Evaluate and measure one replica as it stood.

        Args:
            snapshot: One with weights.
            on_layer: Called with each layer's name before it is measured.
        """
        assert snapshot.weights is not None
        self._net.load_state_dict(snapshot.weights)
        start = time.monotonic()
        evaluated, norms = self._evaluate(snapshot.replica), weight_norms(self._net)
        between = time.monotonic()
        rows: list[Measurement] = []
        estimating = 0.0
        if self._estimators:
            recorder = self._recorder(snapshot.replica)
            rows = recorder.record(snapshot.epoch, on_layer)
            estimating = recorder.seconds_estimating
        seconds = {
            "evaluation": between - start,
            "activity": time.monotonic() - between - estimating,
            "estimating": estimating,
        }
        if self._dynamics is None:
            return Findings(rows, evaluated, norms, seconds)
        start = time.monotonic()
        gradients, rates = self._dynamics.rows(snapshot, norms), self._dynamics.rates(snapshot)
        seconds["gradients"] = time.monotonic() - start
        return Findings(rows, evaluated, norms, seconds, gradients, rates)

    def _recorder(self, replica: int) -> Recorder:
        if replica not in self._recorders:
            measure, training = self._prepared.spec.measure, self._prepared.spec.training
            self._recorders[replica] = Recorder(
                self._net,
                self._prepared.probe,
                measure.layers,
                self._estimators,
                Every(),  # what comes here is to be measured
                view=measure.view,
                replica=replica,
                seed=training.seed,
                last=training.epochs,
            )
        return self._recorders[replica]

    def _evaluate(self, replica: int) -> dict[str, float]:
        split = self._prepared.splits[replica]
        values: dict[str, float] = {}
        for name, rows in (("train", split.train), ("test", split.test)):
            chosen = torch.from_numpy(rows).to(self._prepared.device)
            loss, accuracy = evaluate(
                self._net, self._task.x, self._task.y, chosen, loss=self._prepared.spec.training.loss
            )
            values |= {f"{name}_loss": loss, f"{name}_accuracy": accuracy}
        return values
