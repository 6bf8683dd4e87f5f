"""What a run will take, found out by trying a little of it."""

import math
import time
from dataclasses import dataclass
from typing import final

import numpy as np
import torch

from ibspec.activity import row_channels
from ibspec.core import Probe
from ibspec.recorder import Recorder
from ibspec.runner.gradient_trial import seconds_of_gradients
from ibspec.runner.preparation import Prepared
from ibspec.training import Demand, Task, choose_engine, evaluate

TRIAL_ROWS = 500
"""Rows of the trial measurement; pairwise estimators are scaled up by the square, others in proportion."""

PATIENCE = 10.0
"""Seconds that measuring all rows once may take, by that reckoning, for it to be tried for real."""

TRIAL_STEPS = 10

TRIAL_REPLICAS = 8
"""Enough for an engine that trains replicas together to show it."""

BYTES_PER_ROW = 60
"""A row of a large measurement table in compressed Parquet, generously."""


@final
@dataclass(frozen=True)
class Plan:
    """The size of a run.

    Attributes:
        epochs_measured: Of every replica.
        measurements: Rows of the table.
        seconds_training, seconds_measuring: Extrapolated from a trial on this machine.
        memory: Bytes beside the data, roughly and from above.
        disk: Bytes of the tables.
        seconds_gradients: Of what is asked about gradients, but for what is gathered while training.
    """

    epochs_measured: int
    measurements: int
    seconds_training: float
    seconds_measuring: float
    memory: int
    disk: int
    seconds_gradients: float = 0.0

    @property
    def seconds(self) -> float:
        """Everything together."""
        return self.seconds_training + self.seconds_measuring + self.seconds_gradients


def plan(prepared: Prepared) -> Plan:
    """Return what the run will take, from a few training steps and a measurement or two."""
    spec = prepared.spec
    training, measure = spec.training, spec.measure
    due = len(measure.when.planned(training.epochs))
    curves = sum(len(row_channels(shape, measure.view)) for shape in prepared.layers.values())
    cells = curves * sum(estimator.answers(due, training.replicas) for estimator in measure.estimators)
    steps = math.ceil(len(prepared.splits[0].train) / training.rows_per_step(len(prepared.splits[0].train)))
    per_step, per_evaluation = _try_training(prepared)
    return Plan(
        epochs_measured=due,
        measurements=cells,
        seconds_training=training.replicas * training.epochs * steps * per_step,
        seconds_measuring=training.replicas
        * due
        * (_try_measuring(prepared) + per_evaluation)
        / max(1, prepared.workers),
        memory=sum(need.size for need in prepared.needs),
        disk=cells * BYTES_PER_ROW + training.replicas * (training.epochs + 1) * BYTES_PER_ROW,
        seconds_gradients=seconds_of_gradients(prepared, per_step),
    )


def _try_training(prepared: Prepared) -> tuple[float, float]:
    """Return the seconds of one training step of one replica, and of one evaluation of all rows."""
    x, y = torch.from_numpy(prepared.dataset.x), torch.from_numpy(prepared.dataset.y)
    x, y = x.to(prepared.device), y.to(prepared.device)
    training, asked = prepared.spec.training, prepared.spec.measure.gradients
    training_is_watched = asked is not None and "moving" in asked.readings
    split = prepared.splits[0]
    size = training.rows_per_step(len(split.train))
    rows = split.train[: min(len(split.train), size * TRIAL_STEPS)]
    nets = [prepared.build_net(replica) for replica in range(min(training.replicas, TRIAL_REPLICAS))]
    engine, _ = choose_engine(Demand(nets, training, prepared.device))
    trial = engine(Demand(nets, training, prepared.device), Task(x, y, [rows] * len(nets)))
    trial.advance()  # compiles, and touches memory for the first time
    start = time.perf_counter()
    trial.advance(gradients=training_is_watched)
    per_step = (time.perf_counter() - start) / math.ceil(len(rows) / size) / len(nets)
    some = torch.from_numpy(rows[: min(len(rows), 1000)]).to(prepared.device)
    start = time.perf_counter()
    evaluate(nets[0], x, y, some, loss=training.loss)
    per_row = (time.perf_counter() - start) / len(some)
    return per_step, per_row * (len(split.train) + len(split.test))


def _try_measuring(prepared: Prepared) -> float:
    """Return the seconds of measuring all layers of one net once."""
    seconds = _measure_rows(prepared, min(prepared.probe.samples, TRIAL_ROWS))
    if prepared.probe.samples > TRIAL_ROWS and seconds < PATIENCE:
        return _measure_rows(prepared, prepared.probe.samples)
    return seconds


def _measure_rows(prepared: Prepared, count: int) -> float:
    """Measure on some of the probe's rows, and scale the seconds up to all of them, rather too far."""
    probe, measure = prepared.probe, prepared.spec.measure
    assert probe.x is not None
    assert probe.y is not None
    rows = np.linspace(0, probe.samples - 1, count).astype(np.int64)
    small = Probe(x=probe.x[rows], y=probe.y[rows])
    net = prepared.build_net(0).to(prepared.device)
    growth = probe.samples / count
    total = 0.0
    for estimator in measure.estimators:
        tried, times = estimator.tried_as(prepared.spec.training.replicas)
        recorder = Recorder(net, small, measure.layers, [tried], view=measure.view)
        start = time.perf_counter()
        recorder.record(0)
        recorder.finish()
        seconds = time.perf_counter() - start
        total += times * (growth**2 if tried.pairwise else growth) * seconds
    return total
