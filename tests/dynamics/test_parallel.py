"""Nets from the same start, each for ever on a batch of its own."""

import pytest
import torch

from ibspec.dynamics import ParallelNets, gradients_at
from ibspec.training import parameters_by_layer
from ibspec.training.losses import loss_of
from tests.training.examples import ADAM, MOMENTUM, OPTIMISERS, SGD, TRAIN, nets, task, training

F64 = torch.float64

ROUNDING = 1e-9
"""Relative: a few dozen steps in float64, each of a few hundred terms, by another program."""

BATCHES = [TRAIN[start : start + 7] for start in range(0, len(TRAIN), 7)]


def parallel(optimiser=SGD, *, images=False, dtype=F64, batches=BATCHES, **more):
    net, of = nets(images=images, dtype=dtype)[0], task(images=images, dtype=dtype)
    how = training(optimiser, **more)
    start = {name: value.clone() for name, value in net.state_dict().items()}
    return net, of, ParallelNets(net, start, of.x, of.y, batches, how)


def test_at_the_start_they_are_one_net():
    """To the last bit: the same gradients, and the short batch left out."""
    net, of, together = parallel()
    layers = parameters_by_layer(net)
    assert together.statistics(layers) == gradients_at(net, of.x, of.y, BATCHES, "cross-entropy", layers)
    assert together.statistics(layers)["all"].batches == 3


@pytest.mark.parametrize("optimiser", [*OPTIMISERS, {**SGD, "weight_decay": 0.1}, {**ADAM, "decay": 0.1}])
def test_each_net_is_trained_on_its_batch_alone(optimiser):
    """As torch does it, net by net."""
    steps = 12
    net, of, together = parallel(optimiser)
    together.advance_to(5)
    together.advance_to(steps)
    how, gradients = training(optimiser).optimiser, []
    for batch in BATCHES[:3]:
        alone = nets(dtype=F64)[0]
        descent = how.build(alone.parameters())
        for step in range(steps + 1):
            descent.param_groups[0]["lr"] = how.rate(step)
            descent.zero_grad()
            loss_of("cross-entropy", alone.logits(of.x[batch]), of.y[batch]).backward()
            if step < steps:
                descent.step()
        gradients.append(torch.cat([parameter.grad.reshape(-1) for parameter in alone.parameters()]))
    wanted = torch.stack(gradients)
    found = together.statistics(parameters_by_layer(net))["all"]
    assert together.steps == steps
    assert found.mean_norm == pytest.approx(float(wanted.mean(0).norm()), rel=ROUNDING)
    assert found.std_norm == pytest.approx(float(wanted.std(0, correction=0).norm()), rel=ROUNDING)


def test_the_net_and_its_weights_stay():
    net, _, together = parallel()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    together.advance_to(3)
    together.statistics(parameters_by_layer(net))
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_they_begin_where_they_are_told():
    """Not where the net stands."""
    net, of, _ = parallel()
    start = {name: value + 0.1 for name, value in net.state_dict().items()}
    together = ParallelNets(net, start, of.x, of.y, BATCHES, training())
    layers = parameters_by_layer(net)
    net.load_state_dict(start)
    assert together.statistics(layers) == gradients_at(net, of.x, of.y, BATCHES, "cross-entropy", layers)


@pytest.mark.parametrize("images", [False, True])
def test_they_go_on_from_a_state(images):
    """Bit for bit, dropout included."""
    net, _, undisturbed = parallel(MOMENTUM, images=images)
    layers = parameters_by_layer(net)
    undisturbed.advance_to(4)
    state = undisturbed.state()
    undisturbed.advance_to(9)
    _, _, resumed = parallel(MOMENTUM, images=images)
    resumed.load(state)
    assert resumed.steps == 4
    resumed.advance_to(9)
    assert resumed.statistics(layers) == undisturbed.statistics(layers)


def test_dropout_moves_each_net_its_own_way():
    """Nets on one and the same batch part ways by noise alone, and nobody else's generator moves."""
    state = torch.get_rng_state()
    net, _, together = parallel(images=True, batches=[BATCHES[0]] * 3)
    layers = parameters_by_layer(net)
    assert together.statistics(layers)["all"].status == "noiseless"
    together.advance_to(2)
    assert together.statistics(layers)["all"].status == "ok"
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("batch_size", [3, "full"])
def test_the_batch_size_of_the_run_has_no_part(batch_size):
    """A step is a step on the whole of a net's batch."""
    found = []
    for size in (7, batch_size):
        net, _, together = parallel(batch_size=size)
        together.advance_to(3)
        found.append(together.statistics(parameters_by_layer(net)))
    assert found[0] == found[1]


def test_diverged_nets_say_so():
    net, _, together = parallel({"kind": "sgd", "learning_rate": 1e300, "weight_decay": 1e300})
    together.advance_to(20)
    found = together.statistics(parameters_by_layer(net))["all"]
    assert found.status == "not-finite"


def test_there_is_no_way_back():
    _, _, together = parallel()
    together.advance_to(3)
    with pytest.raises(ValueError, match="wanted 2 steps; the nets have made 3"):
        together.advance_to(2)
