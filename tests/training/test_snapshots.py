"""The stream of snapshots: which epochs, in which order, and copies of the weights."""

import math

import pytest
import torch

from ibspec.schedules import Every, Listed
from ibspec.training import Snapshot, snapshots
from tests.training import examples
from tests.training.examples import advance, assert_same_weights, engine, training


def always(epoch: int) -> bool:
    return True


def test_epochs_and_replicas_come_in_order():
    stream = snapshots(engine(training(), replicas=3), 4, always)
    assert [(s.epoch, s.replica) for s in stream] == [(e, r) for e in range(5) for r in range(3)]


def test_epoch_0_is_the_untrained_net():
    first, *_, last = snapshots(engine(training(), replicas=1), 2, always)
    assert (first.epoch, first.loss, first.accuracy, first.diverged) == (0, None, None, None)
    assert first.weights is not None
    assert_same_weights(first.weights, examples.nets(1)[0].state_dict())
    assert last.weights is not None
    assert_same_weights(last.weights, advance(engine(training()), 2).weights(0))


def test_no_epochs_measure_the_untrained_net_alone():
    assert [s.epoch for s in snapshots(engine(training(), replicas=2), 0, always)] == [0, 0]


def test_snapshots_are_lazy():
    """Measuring happens between epochs, so the stream must not run ahead."""
    trainer = engine(training())
    for snapshot in snapshots(trainer, 3, always):
        assert trainer.epoch == snapshot.epoch


def test_weights_are_there_only_where_they_are_due():
    schedule = Listed(epochs=(0, 2, 5))
    for s in snapshots(engine(training(), replicas=2), 5, set(schedule.planned(5)).__contains__):
        assert (s.weights is not None) == (s.epoch in (0, 2, 5))
        assert (s.loss is None) == (s.epoch == 0)


def test_weights_are_copies():
    trainer = engine(training(examples.ADAM), images=True)
    kept: list[Snapshot] = []
    copies = []
    for snapshot in snapshots(trainer, 3, always):
        assert snapshot.weights is not None
        kept.append(snapshot)
        copies.append({name: value.clone() for name, value in snapshot.weights.items()})
    for snapshot, copy in zip(kept, copies, strict=True):
        assert snapshot.weights is not None
        assert_same_weights(snapshot.weights, copy)  # training went on and did not change them
    assert kept[-1].weights is not None
    for value in kept[-1].weights.values():
        value.zero_()  # nor does changing them change training
        assert not value.requires_grad
    assert any(bool(value.any()) for value in trainer.weights(0).values())


def test_asking_for_weights_does_not_change_training():
    often, never = engine(training(examples.ADAM), images=True), engine(training(examples.ADAM), images=True)
    losses = [
        [s.loss for s in snapshots(trainer, 4, Every(epochs=n).is_due)]
        for trainer, n in ((often, 1), (never, 99))
    ]
    assert losses[0] == losses[1]
    assert_same_weights(often.weights(0), never.weights(0))


def test_a_stream_goes_on_from_a_state():
    trainer = engine(training(examples.ADAM), images=True)
    whole = list(snapshots(trainer, 4, always))
    resumed = engine(training(examples.ADAM), images=True)
    resumed.load(advance(engine(training(examples.ADAM), images=True), 2).state())
    rest = list(snapshots(resumed, 4, always))
    assert [s.epoch for s in rest] == [3, 4]  # no second epoch 0
    for a, b in zip(rest, whole[3:], strict=True):
        assert (a.loss, a.accuracy) == (b.loss, b.accuracy)
        assert a.weights is not None
        assert b.weights is not None
        assert_same_weights(a.weights, b.weights)


def test_a_replica_that_diverges_says_so_once_and_the_others_go_on():
    modules = examples.nets(3)
    with torch.no_grad():
        next(modules[1].parameters()).fill_(math.nan)
    stream = list(snapshots(engine(training(), modules), 3, always))
    of_1 = [s for s in stream if s.replica == 1]
    assert [s.epoch for s in of_1] == [0, 1]
    assert of_1[1].diverged == "training loss was nan in epoch 1"
    assert of_1[1].weights is None  # nothing to measure
    for replica in (0, 2):
        own = [s for s in stream if s.replica == replica]
        assert [s.epoch for s in own] == [0, 1, 2, 3]
        assert all(s.diverged is None and s.weights is not None for s in own)


def test_the_stream_ends_when_all_have_diverged():
    how = training({"kind": "sgd", "learning_rate": 1e60})
    stream = list(snapshots(engine(how, replicas=2), 1000, always))
    assert stream[-1].epoch < 10
    assert {s.replica for s in stream if s.diverged} == {0, 1}


def test_the_running_loss_is_the_mean_over_samples():
    """With 7, 7, 7 and 2 rows a step, a mean over steps would weigh the last rows more. A rate of almost
    nothing leaves the weights where they are, so the mean is known."""
    how = training({"kind": "sgd", "learning_rate": 1e-30})
    *_, last = snapshots(engine(how, dtype=torch.float64), 1, always)
    (module,), task = examples.nets(dtype=torch.float64), examples.task(dtype=torch.float64)
    rows = torch.from_numpy(examples.TRAIN)
    losses = torch.nn.functional.cross_entropy(
        module.logits(task.x[rows]),
        task.y[rows],
        reduction="none",  # type: ignore[operator]
    )
    assert last.loss == pytest.approx(losses.mean().item(), abs=1e-14)
    right = (module(task.x[rows]).argmax(dim=1) == task.y[rows]).double().mean().item()
    assert last.accuracy == pytest.approx(right, abs=1e-14)
