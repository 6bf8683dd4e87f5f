"""One step of plain descent from given weights, on fresh batches."""

from itertools import combinations

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.training import Task, one_step_away
from tests.training import examples
from tests.training.examples import assert_same_weights, differ, engine, nets, task, training

F64 = torch.float64


def steps(how, count=4, *, net=None, of=None, seed=0, **more):
    net = nets(dtype=F64)[0] if net is None else net
    of = task(dtype=F64) if of is None else of
    start = {name: value.clone() for name, value in net.state_dict().items()}
    rng = np.random.default_rng(seed)
    return start, list(one_step_away(net, start, how, of, 0, count, rng, **more))


def test_all_batches_of_two_rows_by_hand():
    """T = w x + b, squared error: the gradient is 2 mean (t - y) (x, 1), and every batch is one of three."""
    net = nn.Linear(1, 1, dtype=F64)
    x, y = np.array([1.0, 2.0, -1.0]), np.array([0.5, -1.0, 2.0])
    of = Task(torch.from_numpy(x[:, None]), torch.from_numpy(y), [np.arange(3)])
    how = training({"kind": "sgd", "learning_rate": 0.1}, batch_size=2, loss="squared-error")
    start, found = steps(how, 60, net=net, of=of)
    w, b = start["weight"].item(), start["bias"].item()
    wanted = set()
    for batch in map(list, combinations(range(3), 2)):
        error = w * x[batch] + b - y[batch]
        wanted.add((w - 0.2 * (error * x[batch]).mean(), b - 0.2 * error.mean()))
    came = {(each["weight"].item(), each["bias"].item()) for each in found}
    assert len(came) == 3  # 60 draws miss one of three with probability 1e-10
    for one, other in zip(sorted(came), sorted(wanted), strict=True):
        assert one == pytest.approx(other, abs=1e-14)  # rounding of a handful of operations


def test_a_full_batch_is_what_training_does_next():
    """Plain descent, decayed weights: the general engine takes the same step."""
    how = training({**examples.SGD, "weight_decay": 0.01}, batch_size="full")
    trainer = engine(how, nets(dtype=F64), dtype=F64)
    trainer.advance()
    _, found = steps(how, 3)
    for each in found:
        for name, value in trainer.weights(0).items():
            # the engine takes the rows in another order: sums of 23 terms
            assert torch.allclose(each[name], value, rtol=0, atol=1e-14), name


def test_batches_are_fresh_and_the_start_is_the_same():
    start, found = steps(training(), 5)
    assert all(differ(one, other) for one, other in combinations([start, *found], 2))
    mean = {name: torch.stack([each[name] for each in found]).mean(0) for name in start}
    assert all((mean[name] - start[name]).norm() < 0.3 for name in start)  # not five steps: one


def test_the_mean_step_is_that_of_all_rows():
    """Batches are drawn evenly: over 4000 the mean step is the full one, within 5 standard errors."""
    how = training()
    start, found = steps(how, 4000)
    _, (full,) = steps(training(batch_size="full"), 1)
    for name in start:
        each = torch.stack([one[name] for one in found])
        error = each.std(0) / 4000**0.5
        assert ((each.mean(0) - full[name]).abs() <= 5 * error + 1e-12).all(), name


def test_the_same_generator_gives_the_same_nets_and_others_are_left_alone():
    """A net with dropout: noise comes from the generator that was handed over, and from nowhere else."""
    how, of = training(), task(images=True)

    def nets_away():
        return steps(how, 3, net=nets(images=True)[0], of=of)[1]

    torch.manual_seed(1)
    one = nets_away()
    drawn = torch.rand(1)
    torch.manual_seed(1)
    assert torch.equal(torch.rand(1), drawn)
    for a, b in zip(one, nets_away(), strict=True):
        assert_same_weights(a, b)
    assert differ(one[0], one[1])


def test_noise_of_the_forward_pass_counts_too():
    """With a full batch only dropout is left to chance; it is on, though the net is being looked at."""
    net = nets(images=True)[0].eval()
    _, found = steps(training(batch_size="full"), 2, net=net, of=task(images=True))
    assert differ(*found)


def test_the_net_may_be_used_in_between():
    """As a recorder does: whatever is put into it, and in evaluation mode as it was."""
    how, net = training(), nets(dtype=F64)[0].eval()
    start = {name: value.clone() for name, value in net.state_dict().items()}
    undisturbed = steps(how, 3)[1]
    found = []
    for each in one_step_away(net, start, how, task(dtype=F64), 0, 3, np.random.default_rng(0)):
        assert not net.training
        found.append(each)
        net.load_state_dict({name: torch.zeros_like(value) for name, value in each.items()})
    for one, other in zip(undisturbed, found, strict=True):
        assert_same_weights(one, other)


def test_the_rate_decays_with_the_steps_done():
    how = training({**examples.SGD, "decay": 0.5}, batch_size="full")
    start, (first,) = steps(how, 1)
    _, (later,) = steps(how, 1, steps_done=2)
    for name in start:
        # lr / (1 + 0.5 * 2) is half of it
        assert torch.allclose(later[name] - start[name], (first[name] - start[name]) / 2, atol=1e-15), name


@pytest.mark.parametrize("optimiser", [examples.MOMENTUM, examples.ADAM, examples.ADADELTA])
def test_memory_of_gradients_has_no_part(optimiser):
    rate = optimiser["learning_rate"]
    plain = steps(training({"kind": "sgd", "learning_rate": rate}), 2)[1]
    for one, other in zip(plain, steps(training(optimiser), 2)[1], strict=True):
        assert_same_weights(one, other)
