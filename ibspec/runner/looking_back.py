"""Measuring what must have seen more than one net: weights of measured epochs are put back into a net."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from torch import nn

from ibspec.core import child_generator
from ibspec.estimators import AsIfRandom, Estimator, Reach
from ibspec.recorder import Recorder
from ibspec.results import Measurement, Weights, WeightStore
from ibspec.runner.clock import ALL
from ibspec.runner.dynamics import steps_of_epoch
from ibspec.runner.motion import Motion, is_even
from ibspec.runner.preparation import Prepared, looks_back
from ibspec.schedules import Every
from ibspec.training import Task, one_step_away

Tell = Callable[[Sequence[str]], None]
"""Told which layers are looked at next."""

PLACE = ("replica", "epoch", "depth", "layer", "view", "estimator", "n", "channel")
"""Where a row stands, without what was found."""

Shown = Iterable[tuple[int, Weights]]
"""Nets by epoch, in the order in which they are looked at."""


def look_back(
    prepared: Prepared, task: Task, kept: WeightStore, replica: int, tell: Tell
) -> Iterator[Measurement]:
    """Yield the rows of the estimators that look at several states of one replica.

    Layers are looked at one after the other where an estimator lets them, so that the activities of one
    layer only, if of all measured epochs, are held at once.

    Args:
        prepared: The experiment.
        task: What is trained on, for steps of training.
        kept: Weights of the measured epochs.
        replica: Which net.
        tell: Told which layers are looked at next.
    """
    everything, net = list(prepared.layers), prepared.build_net(0).to(prepared.device)
    look = partial(_look, prepared, net, replica, tell)
    motion = Motion(kept, replica, [name for name, _ in net.named_parameters()], prepared.spec.training.seed)
    for layer in everything:
        rows = list(look([layer], _of_reach(prepared, "layer"), partial(_trained, kept, replica)))
        for estimator in _of_reach(prepared, "layer"):
            if isinstance(estimator, AsIfRandom):
                rows = _beside_windows(rows, estimator, motion, partial(look, [layer]))
        yield from rows
    yield from look(everything, _of_reach(prepared, "net"), partial(_trained, kept, replica))
    for estimator in _of_reach(prepared, "steps"):
        assert isinstance(estimator, AsIfRandom)
        yield from look(everything, [estimator], partial(_steps, prepared, task, kept, replica, estimator))


def look_at_all(prepared: Prepared, kept: WeightStore, tell: Tell) -> Iterator[Measurement]:
    """Yield the rows of the estimators that look at all replicas together; their replica is `ALL`."""
    net = prepared.build_net(0).to(prepared.device)
    for layer in prepared.layers:
        together = _of_reach(prepared, "replicas")
        rows = _look(prepared, net, ALL, tell, [layer], together, partial(_replicas, prepared, kept))
        yield from (_of_company(row, prepared.spec.training.replicas) for row in rows)


def _of_company(row: Measurement, replicas: int) -> Measurement:
    """Return a row about all replicas, marked where some of them were not there.

    With an adaptive schedule, or after a replica has diverged, fewer nets are measured at some epochs than at
    others, and a window of fewer of them has another law.
    """
    nets = json.loads(row.extras).get("window", replicas) if row.status == "ok" else replicas
    if nets == replicas:
        return row
    if nets > 1:
        return replace(row, warnings=" ".join(sorted({*row.warnings.split(), "partial-window"})))
    reason = f"one net of {replicas} was measured here, and by itself says nothing about a law of nets"
    place = {name: getattr(row, name) for name in PLACE}
    return Measurement(**place, status="invalid", reason=reason)


def _look(
    prepared: Prepared,
    net: nn.Module,
    replica: int,
    tell: Tell,
    layers: Sequence[str],
    estimators: Sequence[Estimator],
    shown: Callable[[], Shown],
) -> Iterator[Measurement]:
    """Show nets to the estimators; yield their answers, and what could not be measured."""
    if not estimators:
        return
    tell(layers)
    depths = {layer: depth for depth, layer in enumerate(prepared.layers)}
    measure, seed = prepared.spec.measure, prepared.spec.training.seed
    recorder = Recorder(
        net,
        prepared.probe,
        layers,
        estimators,
        Every(),
        view=measure.view,
        replica=replica,
        seed=seed,
    )
    lost: dict[tuple[int, str, int | None, str], Measurement] = {}
    for epoch, weights in shown():
        net.load_state_dict(weights)
        for row in recorder.record(epoch):
            lost.setdefault(_place(row), row)
    # Of several nets at one epoch some may have been measured: an answer without the others is none.
    found = [row for row in recorder.finish() if _place(row) not in lost]
    yield from (replace(row, depth=depths[row.layer]) for row in (*lost.values(), *found))


def _beside_windows(
    rows: Sequence[Measurement],
    estimator: AsIfRandom,
    motion: Motion,
    look: Callable[[Sequence[Estimator], Callable[[], Shown]], Iterator[Measurement]],
) -> list[Measurement]:
    """Return the rows with, beside the estimates of windows, how the weights moved and what a walk gives."""
    last = estimator.model_copy(update={"windows": "last"})
    beside = {window[-1]: window for window in motion.windows(estimator)}
    walks: dict[tuple[int, ...], list[Measurement]] = {}
    found = []
    for row in rows:
        window = beside.get(row.epoch)
        if window is None or row.estimator != estimator.label or row.status != "ok":
            found.append(row)
        elif not is_even(window):
            warnings = " ".join(sorted({*row.warnings.split(), "uneven-window"}))
            found.append(replace(row, warnings=warnings))
        else:
            extras = json.loads(row.extras) | motion.numbers(window)
            if window not in walks:
                walks[window] = list(look([last], partial(motion.walk, window)))
            for walked in walks[window]:
                # Where a layer of the walk could not be measured there is no such number.
                if walked.channel == row.channel and walked.status == "ok":
                    walk = {"null_i_xt": walked.i_xt, "null_i_ty": walked.i_ty}
                    extras |= {name: value for name, value in walk.items() if value is not None}
            found.append(replace(row, extras=json.dumps(extras, sort_keys=True)))
    return found


def _place(row: Measurement) -> tuple[int, str, int | None, str]:
    return row.epoch, row.layer, row.channel, row.estimator


def _trained(kept: WeightStore, replica: int) -> Shown:
    return ((epoch, kept.get(replica, epoch)) for epoch in kept.epochs(replica))


def _replicas(prepared: Prepared, kept: WeightStore) -> Shown:
    """All replicas that were measured at an epoch, and then those of the next."""
    measured = {each: set(kept.epochs(each)) for each in range(prepared.spec.training.replicas)}
    for epoch in sorted(set().union(*measured.values())):
        for replica, epochs in measured.items():
            if epoch in epochs:
                yield epoch, kept.get(replica, epoch)


def _steps(prepared: Prepared, task: Task, kept: WeightStore, replica: int, estimator: AsIfRandom) -> Shown:
    """Nets a step of training away from each measured epoch."""
    training, net = prepared.spec.training, prepared.build_net(0).to(prepared.device)
    steps = steps_of_epoch(prepared, replica)
    assert estimator.window is not None, "only replicas have no window"
    for epoch in kept.epochs(replica):
        rng = child_generator(training.seed, "one-step", replica, epoch)
        start = kept.get(replica, epoch)
        for weights in one_step_away(
            net, start, training, task, replica, estimator.window, rng, steps_done=epoch * steps
        ):
            yield epoch, weights


def _of_reach(prepared: Prepared, reach: Reach) -> list[Estimator]:
    return [each for each in looks_back(prepared.spec.measure.estimators) if each.reach == reach]
