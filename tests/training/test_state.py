"""Going back to a state, and running twice, give the same numbers bit for bit."""

import copy
from typing import Any

import pytest
import torch

from tests.training import examples
from tests.training.examples import advance, all_weights, assert_same_weights, differ, engine, training

each_optimiser = pytest.mark.parametrize(
    "optimiser", examples.OPTIMISERS, ids=["sgd", "momentum", "adam", "ada"]
)
each_net = pytest.mark.parametrize("images", [False, True], ids=["mlp", "dropout-cnn"])


@each_optimiser
@each_net
def test_two_runs_are_the_same(optimiser, images):
    torch.manual_seed(1)
    one = advance(engine(training(optimiser), replicas=2, images=images), 4)
    torch.manual_seed(2)  # the caller's generator has no say
    other = advance(engine(training(optimiser), replicas=2, images=images), 4)
    for a, b in zip(all_weights(one, 2), all_weights(other, 2), strict=True):
        assert_same_weights(a, b)


@pytest.mark.parametrize("count", [1, 2])
def test_two_runs_are_the_same_with_threads(count, threads):
    torch.set_num_threads(count)
    runs = [advance(engine(training(examples.ADAM, batch_size=23), images=True), 3) for _ in range(2)]
    assert_same_weights(*(run.weights(0) for run in runs))


@each_optimiser
@each_net
def test_training_goes_on_from_a_state_as_before(optimiser, images):
    trainer = advance(engine(training(optimiser), replicas=2, images=images), 2)
    state = trainer.state()
    then = all_weights(trainer, 2)
    reports = [trainer.advance() for _ in range(3)]
    wanted = all_weights(trainer, 2)
    assert differ(then[0], wanted[0])

    fresh = engine(training(optimiser), replicas=2, images=images)
    for again in (trainer, fresh):  # the engine itself, and one that has trained nothing
        again.load(state)
        assert again.epoch == 2
        for a, b in zip(all_weights(again, 2), then, strict=True):
            assert_same_weights(a, b)
        assert [again.advance() for _ in range(3)] == reports
        for a, b in zip(all_weights(again, 2), wanted, strict=True):
            assert_same_weights(a, b)


def test_the_state_before_training_can_be_gone_back_to():
    """Optimisers have no memory yet then."""
    trainer = engine(training(examples.MOMENTUM), images=True)
    state = trainer.state()
    wanted = advance(trainer, 3).weights(0)
    trainer.load(state)
    assert trainer.epoch == 0
    assert_same_weights(advance(trainer, 3).weights(0), wanted)


def test_a_state_is_a_copy():
    trainer = advance(engine(training(examples.ADAM), images=True), 1)
    state = trainer.state()
    before = copy.deepcopy(state)
    advance(trainer, 2)
    assert _same(state, before)
    trainer.load(state)
    advance(trainer, 2)
    assert _same(state, before)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(_same(*pair) for pair in zip(one, other, strict=True))
    return bool(one == other)


def test_a_state_knows_who_diverged():
    modules = examples.nets(3)
    with torch.no_grad():
        next(modules[1].parameters()).fill_(float("nan"))
    trainer = advance(engine(training(), modules), 2)
    fresh = engine(training(), replicas=3)
    assert fresh.live == (0, 1, 2)
    fresh.load(trainer.state())
    assert fresh.live == trainer.live == (0, 2)
    assert [report.replica for report in fresh.advance()] == [0, 2]


def test_a_state_of_another_number_of_replicas_is_refused():
    state = engine(training(), replicas=2).state()
    with pytest.raises(ValueError, match="shorter"):
        engine(training(), replicas=3).load(state)


# ---- the caller's random numbers ----------------------------------------------------------------------


def test_the_callers_generator_is_left_where_it_was():
    torch.manual_seed(5)
    before = torch.get_rng_state()
    trainer = engine(training(examples.ADAM), replicas=2, images=True)
    trainer.advance()
    state = trainer.state()
    trainer.load(state)
    trainer.advance()
    trainer.weights(1)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_callers_generator_is_left_where_it_was_by_a_step_that_breaks():
    class Breaks(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.Linear(examples.INPUTS, examples.CLASSES)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            torch.rand(3)
            raise RuntimeError("broken on purpose")

    trainer = engine(training(), [Breaks()])
    torch.manual_seed(5)
    before = torch.get_rng_state()
    with pytest.raises(RuntimeError, match="broken on purpose"):
        trainer.advance()
    assert torch.equal(torch.get_rng_state(), before)
