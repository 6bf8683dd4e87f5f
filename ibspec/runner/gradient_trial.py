"""How long gradients will take, found out by trying a little of it."""

import time
from dataclasses import replace

import torch

from ibspec.runner.dynamics import Dynamics, steps_of_epoch
from ibspec.runner.preparation import Prepared
from ibspec.training import Snapshot, Task

TRIAL_BATCHES = 2
"""Batches of the trial: gradients grow with their number, the second order of the loss with its square."""

PATIENCE = 10.0
"""Seconds that a trial may take for it to be made twice."""


def seconds_of_gradients(prepared: Prepared, per_step: float) -> float:
    """Return about how many seconds a run spends on gradients, beside training and measuring.

    Args:
        prepared: The experiment.
        per_step: Seconds of one training step of one net; the reading `parallel` consists of such steps.
    """
    spec = prepared.spec
    asked, training = spec.measure.gradients, spec.training
    if asked is None:
        return 0.0
    rows = len(prepared.splits[0].train)
    batches = asked.batches or rows // training.rows_per_step(rows)
    few = {"batches": min(TRIAL_BATCHES, batches)}
    nothing = {"readings": (), "per_sample": False, "loss_rate": False, "information_rate": False, **few}
    growth = batches / few["batches"]
    at_once = 0.0
    for change, times in (
        ({"readings": asked.readings, "per_sample": asked.per_sample}, growth),
        ({"loss_rate": asked.loss_rate}, growth**2),
        ({"information_rate": asked.information_rate}, 1.0),
    ):
        changed = asked.model_copy(update={**nothing, **change})
        measure = spec.measure.model_copy(update={"gradients": changed})
        at_once += times * _try(replace(prepared, spec=spec.model_copy(update={"measure": measure})))
    snapshots = training.replicas * len(spec.measure.when.planned(training.epochs))
    nets = asked.nets if "parallel" in asked.readings else 0
    steps = training.epochs * steps_of_epoch(prepared, 0)
    return snapshots * at_once + training.replicas * nets * steps * per_step


def _try(prepared: Prepared) -> float:
    """Return the seconds of looking at an untrained net once."""
    x, y = (torch.from_numpy(each).to(prepared.device) for each in (prepared.dataset.x, prepared.dataset.y))
    net = prepared.build_net(0).to(prepared.device)
    dynamics = Dynamics(prepared, Task(x, y, [split.train for split in prepared.splits]), net)
    weights = {name: value.clone() for name, value in net.state_dict().items()}
    snapshot = Snapshot(0, 0, None, None, weights, before=weights)
    seconds = _time(dynamics, snapshot)
    # What torch loads at its first derivatives is no part of the time of the others.
    return min(seconds, _time(dynamics, snapshot)) if seconds < PATIENCE else seconds


def _time(dynamics: Dynamics, snapshot: Snapshot) -> float:
    start = time.perf_counter()
    dynamics.rows(snapshot, {})
    dynamics.rates(snapshot)
    return time.perf_counter() - start
