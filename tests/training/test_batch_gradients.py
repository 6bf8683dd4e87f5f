"""Every engine tells the same of its batches' gradients as a plain loop that keeps all of them."""

import copy
import math

import numpy as np
import pytest
import torch
from torch.nn import functional

from ibspec.training import (
    ALL,
    ENGINES,
    CompiledEngine,
    Demand,
    GeneralEngine,
    StackedEngine,
    Task,
    snapshots,
)
from ibspec.training.batch_gradients import Running, parameters_by_layer, summed_up
from ibspec.training.compiled_running import CompiledRunning
from ibspec.training.engine import order_of_epoch
from ibspec.training.snapshot import epochs_of
from tests.training import examples
from tests.training.examples import all_weights, assert_same_weights, engine, nets, task, training

DOUBLE = 1e-12
"""Sums of a hundred squares, each rounded to 1e-16, over three batches; Welford's update adds two of them."""

SINGLE = 1e-5
"""The same sums of float32, rounded to 6e-8."""

DECAYING = {"kind": "sgd", "learning_rate": 0.1, "weight_decay": 0.5}
EPOCHS = 3

each_engine = pytest.mark.parametrize("kind", ENGINES, ids=lambda kind: kind.name)


def by_hand(net, demand, work, replica, epoch):
    """Return layer -> (norm of mean, norm of standard deviation) in one epoch, of all gradients kept.

    The engine's net after the epochs before it is trained through one more, one batch after the other.
    """
    how = demand.training
    order = np.random.default_rng()
    order.bit_generator.state = epoch
    rows = order_of_epoch(how, work.train[replica], order)
    optimiser = how.optimiser.build(net.parameters())
    kept = []
    for start in range(0, len(rows), how.rows_per_step(len(rows))):
        batch = torch.from_numpy(rows[start : start + how.rows_per_step(len(rows))])
        optimiser.zero_grad()
        functional.cross_entropy(net.logits(work.x[batch]), work.y[batch]).backward()
        gradient = {name: each.grad.double().flatten().clone() for name, each in net.named_parameters()}
        if len(batch) == how.rows_per_step(len(rows)):
            kept.append(gradient)
        optimiser.step()
    layers = {**parameters_by_layer(net), ALL: tuple(kept[0])}
    table = {
        layer: torch.stack([torch.cat([gradient[name] for name in names]) for gradient in kept])
        for layer, names in layers.items()
    }
    return {
        layer: (float(rows.mean(0).norm()), float(rows.std(0, correction=0).norm()))
        for layer, rows in table.items()
    }


@each_engine
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, DOUBLE), (torch.float32, SINGLE)])
def test_as_a_loop_that_keeps_all_gradients(kind, dtype, tolerance):
    """Sgd has no memory, so that a loop can take over; its weight decay is no part of the gradient."""
    trainer = engine(training(DECAYING), replicas=2, dtype=dtype, kind=kind)
    work = task(2, dtype=dtype)
    demand = Demand(nets(2, dtype=dtype), training(DECAYING), torch.device("cpu"))
    for _ in range(EPOCHS):
        state = trainer.state()
        orders = state["orders"] if "orders" in state else [each["order"] for each in state["replicas"]]
        before = all_weights(trainer, 2)
        for report in trainer.advance(gradients=True):
            found = report.gradients
            assert (found.batch_size, found.batches) == (7, 3)  # 23 rows: two are left over
            net = demand.nets[report.replica]
            net.load_state_dict(before[report.replica])
            wanted = by_hand(net, demand, work, report.replica, orders[report.replica])
            assert list(found.norms) == ["dense1", "output", ALL]
            for layer, (mean, std) in wanted.items():
                assert found.norms[layer].mean == pytest.approx(mean, rel=tolerance), layer
                assert found.norms[layer].std == pytest.approx(std, rel=tolerance), layer
                assert mean > 0.001 < std


@each_engine
@pytest.mark.parametrize("optimiser", examples.OPTIMISERS, ids=["sgd", "momentum", "adam", "ada"])
def test_looking_does_not_change_training_by_a_bit(kind, optimiser):
    looked, blind = (engine(training(optimiser), replicas=3, kind=kind) for _ in range(2))
    for _ in range(EPOCHS):
        seen, unseen = looked.advance(gradients=True), blind.advance()
        assert [(r.loss, r.accuracy) for r in seen] == [(r.loss, r.accuracy) for r in unseen]
        assert all(report.gradients is None for report in unseen)
    for one, other in zip(all_weights(looked, 3), all_weights(blind, 3), strict=True):
        assert_same_weights(one, other)


@each_engine
def test_it_does_not_depend_on_when_it_is_asked_for(kind):
    always, once = (engine(training(examples.ADAM), kind=kind) for _ in range(2))
    for epoch in range(1, 4):
        wanted, found = always.advance(gradients=True), once.advance(gradients=epoch == 3)
    assert found == wanted


@each_engine
@pytest.mark.parametrize("batch_size", ["full", 23, 100])
def test_one_batch_has_no_spread(kind, batch_size):
    """It is used though it is smaller than a batch."""
    (report,) = engine(training(batch_size=batch_size), kind=kind).advance(gradients=True)
    assert (report.gradients.batch_size, report.gradients.batches) == (23, 1)
    assert {norms.std for norms in report.gradients.norms.values()} == {0.0}
    assert min(norms.mean for norms in report.gradients.norms.values()) > 0


def test_all_weights_are_the_layers_together():
    for kind in ENGINES:
        (report,) = engine(training(), kind=kind).advance(gradients=True)
        *layers, everything = report.gradients.norms.values()
        assert everything.mean == pytest.approx(math.hypot(*(each.mean for each in layers)), rel=1e-14)
        assert everything.std == pytest.approx(math.hypot(*(each.std for each in layers)), rel=1e-14)


def test_layers_of_convolutional_nets_and_dropout():
    """Noise of the forward pass stays what it was; layers without weights have no gradients."""
    looked, blind = (engine(training(), images=True) for _ in range(2))
    (report,) = looked.advance(gradients=True)
    blind.advance()
    assert list(report.gradients.norms) == ["conv1", "dense1", "output", ALL]
    assert_same_weights(looked.weights(0), blind.weights(0))


def test_the_stack_loses_a_member():
    modules = nets(3)
    with torch.no_grad():
        next(modules[1].parameters()).fill_(math.nan)
    trainer = engine(training(), modules, kind=StackedEngine)
    alone = engine(training(), nets(3), kind=GeneralEngine)
    for _ in range(2):
        reports = {r.replica: r.gradients for r in trainer.advance(gradients=True)}
        wanted = alone.advance(gradients=True)
    assert list(reports) == [0, 2]
    for replica, found in reports.items():
        for layer, norms in wanted[replica].gradients.norms.items():
            assert found.norms[layer].std == pytest.approx(norms.std, rel=SINGLE)


def test_frozen_and_unused_parameters():
    """Frozen ones are not trained; a parameter that no batch reaches has a gradient of nothing."""
    (net,) = nets()
    net.dense1.transform.weight.requires_grad_(False)
    net.register_parameter("loose", torch.nn.Parameter(torch.ones(3)))
    (report,) = engine(training(), [net]).advance(gradients=True)
    (whole,) = engine(training(), nets()).advance(gradients=True)
    assert list(report.gradients.norms) == ["dense1", "output", ALL]
    assert 0 < report.gradients.norms["dense1"].mean < whole.gradients.norms["dense1"].mean
    assert report.gradients.norms[ALL].mean == pytest.approx(
        math.hypot(report.gradients.norms["dense1"].mean, report.gradients.norms["output"].mean)
    )


def test_a_spread_far_below_the_mean_is_not_lost():
    """Sums of squares would leave nothing of it: 1e8 squared and 1 differ by 16 digits."""
    rng = np.random.default_rng(0)
    values = 1e8 + rng.standard_normal((50, 4))
    running = Running([torch.zeros(4, dtype=torch.float64)])
    for row in values:
        running.add([torch.from_numpy(row)])
    wanted = values.var(axis=0).sum()
    assert float(running.spreads()) / 50 == pytest.approx(wanted, rel=1e-6)
    assert float(running.means()) == pytest.approx((values.mean(axis=0) ** 2).sum(), rel=1e-14)


def test_the_mean_of_squares_is_the_squared_mean_and_the_variance():
    """E||g||^2 = ||mu||^2 + ||sigma||^2, exactly."""
    values = np.random.default_rng(1).standard_normal((9, 5)) + 0.3
    running = Running([torch.zeros(5, dtype=torch.float64)])
    for row in values:
        running.add([torch.from_numpy(row)])
    (norms,) = {
        *summed_up(["a"], running.means()[0].tolist(), running.spreads()[0].tolist(), 1, 9).norms.values()
    }
    assert norms.mean**2 + norms.std**2 == pytest.approx((values**2).sum() / 9, rel=1e-14)


def test_snapshots_carry_what_was_asked_for():
    trainer = engine(training(examples.ADAM), replicas=2)
    other = engine(training(examples.ADAM), replicas=2)
    before = {}
    for epoch, of_epoch in enumerate(
        epochs_of(
            trainer,
            3,
            lambda replica, epoch: epoch > 1,
            gathers=lambda epoch: epoch == 2,
            remembers=lambda epoch: epoch == 3,
        )
    ):
        for snapshot in of_epoch:
            assert (snapshot.gradients is not None) == (epoch == 2)
            assert (snapshot.before is not None) == (epoch == 3)
            if epoch == 3:
                assert_same_weights(snapshot.before, before[snapshot.replica])
        before = {replica: copy.deepcopy(trainer.weights(replica)) for replica in range(2)}
    for snapshot in snapshots(other, 3, lambda epoch: True):
        assert snapshot.gradients is snapshot.before is None
    assert_same_weights(trainer.weights(1), other.weights(1))


def test_compiled_gradients_do_not_depend_on_threads():
    before = torch.get_num_threads()
    found = []
    for count in (1, 3):
        torch.set_num_threads(count)
        trainer = engine(training(), replicas=5, kind=CompiledEngine)
        found.append(trainer.advance(gradients=True))
    torch.set_num_threads(before)
    assert found[0] == found[1]


def test_replicas_of_different_rows():
    """Stacks are made of replicas with equally many rows."""
    work = task(3)
    uneven = Task(work.x, work.y, [work.train[0], work.train[0][:15]])
    reports = []
    for kind in ENGINES:
        demand = Demand(nets(2), training(), torch.device("cpu"))
        reports.append(kind(demand, uneven).advance(gradients=True))
    for told in reports:
        assert [report.gradients.batches for report in told] == [3, 2]
        assert told[1].gradients.norms[ALL].std == pytest.approx(
            reports[-1][1].gradients.norms[ALL].std, rel=SINGLE
        )


def test_flat_gradients_on_the_cpu_and_elsewhere_are_gathered_alike():
    """The stacked engine has a kernel on the CPU and torch's operations on other devices."""
    flat = torch.randn(6, 2, 3000, generator=torch.Generator().manual_seed(4), dtype=torch.float64) + 0.5
    sizes = [1500, 1030, 470]
    compiled = CompiledRunning(flat[0], sizes)
    plain = Running([flat[0]], lambda tensors: list(torch.split(tensors[0], sizes, dim=1)))
    for each in flat:
        compiled.add([each])
        plain.add([each])
    assert compiled.count == plain.count == 6
    assert torch.allclose(compiled.means(), plain.means(), rtol=1e-12, atol=0)
    assert torch.allclose(compiled.spreads(), plain.spreads(), rtol=1e-12, atol=0)
    wanted = flat.var(dim=0, correction=0)[:, :1500].sum(dim=1)
    assert torch.allclose(compiled.spreads()[:, 0] / 6, wanted, rtol=1e-12, atol=0)
