"""What special engines promise besides numbers: repeatable, resumable, replicas apart, nets up to date."""

import copy
import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.training import ENGINES, CompiledEngine, Demand, Engine, GeneralEngine, StackedEngine, Task
from ibspec.training import stacked as stacked_module
from tests.training import examples
from tests.training.examples import advance, all_weights, assert_same_weights, differ, engine, training

each_engine = pytest.mark.parametrize("kind", [CompiledEngine, StackedEngine], ids=lambda kind: kind.name)
each_optimiser = pytest.mark.parametrize(
    "optimiser", examples.OPTIMISERS, ids=["sgd", "momentum", "adam", "ada"]
)
TOO_FAST = {"kind": "sgd", "learning_rate": 1e60}

STACK = 1e-6
"""Twelve steps of float32, each weight rounded to 6e-8 of numbers near 1 a dozen times in each."""


def poisoned(number: int, count: int) -> list[nn.Module]:
    """Nets of which one starts with a weight that is not a number."""
    modules = examples.nets(count)
    with torch.no_grad():
        next(modules[number].parameters()).fill_(math.nan)
    return modules


@each_engine
@each_optimiser
def test_two_runs_are_the_same(kind, optimiser):
    runs = [advance(engine(training(optimiser), replicas=3, kind=kind), 4) for _ in range(2)]
    for a, b in zip(*(all_weights(run, 3) for run in runs), strict=True):
        assert_same_weights(a, b)


@each_engine
@each_optimiser
@pytest.mark.parametrize("batch_size", [7, "full"])
def test_training_goes_on_from_a_state_as_before(kind, optimiser, batch_size):
    how = training(optimiser, batch_size=batch_size)
    # One has diverged at the time of the state already.
    trainer = advance(engine(how, poisoned(1, 4), kind=kind), 2)
    state = trainer.state()
    before = copy.deepcopy(state)
    reports = [trainer.advance() for _ in range(3)]
    wanted = [trainer.weights(replica) for replica in (0, 2, 3)]
    assert differ(wanted[0], engine(how, replicas=4, kind=kind).weights(0))
    for again in (trainer, engine(how, replicas=4, kind=kind)):
        again.load(state)
        assert (again.epoch, again.live) == (2, (0, 2, 3))
        assert [again.advance() for _ in range(3)] == reports
        for a, b in zip((again.weights(replica) for replica in (0, 2, 3)), wanted, strict=True):
            assert_same_weights(a, b)
    fresh = engine(how, replicas=4, kind=kind)
    fresh.load(before)  # the state that was loaded from is still what it was
    assert [fresh.advance() for _ in range(3)] == reports


@each_engine
def test_the_state_before_training_can_be_gone_back_to(kind):
    trainer = engine(training(examples.ADAM), replicas=2, kind=kind)
    state = trainer.state()
    wanted = advance(trainer, 3).weights(1)
    trainer.load(state)
    assert trainer.epoch == 0
    assert_same_weights(trainer.weights(1), examples.nets(2)[1].state_dict())
    assert_same_weights(advance(trainer, 3).weights(1), wanted)


@each_engine
def test_a_state_of_another_number_of_replicas_is_refused(kind):
    state = engine(training(), replicas=2, kind=kind).state()
    with pytest.raises(ValueError, match="shorter"):
        engine(training(), replicas=3, kind=kind).load(state)


@each_optimiser
def test_compiled_replicas_do_not_depend_on_how_many_there_are(optimiser):
    many = advance(engine(training(optimiser), replicas=5, kind=CompiledEngine), 3)
    for count in (1, 2):
        few = advance(engine(training(optimiser), replicas=count, kind=CompiledEngine), 3)
        for replica in range(count):
            assert_same_weights(few.weights(replica), many.weights(replica))
    assert differ(many.weights(0), many.weights(4))


@each_optimiser
@pytest.mark.parametrize("room", [1, 150, stacked_module.ROOM])
def test_stacked_replicas_hardly_depend_on_how_many_there_are(optimiser, room, monkeypatch):
    """Also where the room is too small for all together: each alone, or two by two."""
    monkeypatch.setattr(stacked_module, "ROOM", room)
    many = advance(engine(training(optimiser), replicas=5, kind=StackedEngine), 3)
    for replica in range(5):
        alone = advance(engine(training(optimiser), replicas=replica + 1), 3)
        for name, value in alone.weights(replica).items():
            assert torch.allclose(many.weights(replica)[name], value, rtol=0, atol=STACK), name


@pytest.mark.parametrize("replicas", [1, 2, 7])
def test_compiled_weights_do_not_depend_on_threads(replicas, threads):
    runs = []
    for count in (1, 2, 3):
        torch.set_num_threads(count)
        runs.append(advance(engine(training(examples.ADAM), replicas=replicas, kind=CompiledEngine), 4))
    reports = [run.advance() for run in runs]  # all of them with three threads now
    assert reports[0] == reports[1] == reports[2]
    for run in runs[1:]:
        for replica in range(replicas):
            assert_same_weights(run.weights(replica), runs[0].weights(replica))


def test_an_error_in_a_thread_is_not_swallowed(threads, monkeypatch):
    torch.set_num_threads(2)
    trainer = engine(training(), replicas=3, kind=CompiledEngine)

    def fail_on_one(replica):
        raise MemoryError(f"no room for replica {replica}")

    monkeypatch.setattr(trainer, "draw_order", fail_on_one)
    with pytest.raises(MemoryError, match="no room for replica"):
        trainer.advance()


@each_engine
def test_a_full_batch_draws_no_order(kind):
    for batch_size, is_drawn in (("full", False), (100, True)):
        trainer = engine(training(batch_size=batch_size), kind=kind)
        before = str(trainer.state()["orders"])
        assert (str(advance(trainer, 1).state()["orders"]) != before) == is_drawn


# ---- divergence ---------------------------------------------------------------------------------------


@each_engine
def test_the_others_go_on_as_if_nothing_had_happened(kind):
    healthy = advance(engine(training(examples.ADAM), replicas=4, kind=kind), 3)
    trainer = engine(training(examples.ADAM), poisoned(1, 4), kind=kind)
    reports = trainer.advance()
    assert [report.diverged for report in reports] == [None, "training loss was nan in epoch 1", None, None]
    assert math.isnan(reports[1].loss)
    assert trainer.live == (0, 2, 3)
    assert [report.replica for report in trainer.advance()] == [0, 2, 3]
    trainer.advance()
    for replica in (0, 2, 3):
        for name, value in healthy.weights(replica).items():
            # Bit for bit where replicas are trained apart; a smaller stack may round otherwise.
            atol = 0.0 if kind is CompiledEngine else STACK
            assert torch.allclose(trainer.weights(replica)[name], value, rtol=0, atol=atol), name


@each_engine
def test_a_weight_that_is_not_finite_is_named(kind):
    """One step from a finite loss to infinite weights."""
    trainer = engine(training(TOO_FAST, batch_size="full"), replicas=2, kind=kind)
    for report in trainer.advance():
        assert math.isfinite(report.loss)
        assert report.diverged == "a weight was not finite after epoch 1"
    assert trainer.live == ()
    assert trainer.advance() == []
    assert trainer.epoch == 2


@each_engine
def test_too_large_a_learning_rate_is_marked(kind):
    (report,) = engine(training(TOO_FAST), kind=kind).advance()
    assert report.diverged == "training loss was nan in epoch 1"


@each_engine
@pytest.mark.parametrize("name", ["tanh", "relu", "leaky-relu", "sigmoid", "softsign", "softplus", "linear"])
def test_no_activation_hides_what_is_not_a_number(kind, name, monkeypatch):
    monkeypatch.setitem(examples.MLP, "activation", name)
    trainer = engine(training(), poisoned(0, 2), kind=kind)
    assert [report.diverged is None for report in trainer.advance()] == [False, True]


# ---- nets ---------------------------------------------------------------------------------------------


@each_engine
def test_nets_are_trained_in_place(kind):
    """At any time, also of replicas that were left after another had diverged."""
    modules = poisoned(1, 3)
    trainer = engine(training(examples.ADAM), modules, kind=kind)
    for _ in range(3):
        trainer.advance()
        for replica, module in enumerate(modules):
            weights = trainer.weights(replica)
            assert list(weights) == list(module.state_dict())
            if replica != 1:
                assert_same_weights(weights, module.state_dict())
                x = torch.randn(4, examples.INPUTS)
                assert torch.equal(module(x), reloaded(weights)(x))


def reloaded(weights: dict[str, torch.Tensor]) -> nn.Module:
    (net,) = examples.nets()
    net.load_state_dict(weights)
    return net


@each_engine
def test_weights_and_states_are_copies(kind):
    trainer = advance(engine(training(examples.ADAM), replicas=2, kind=kind), 1)
    weights, state = trainer.weights(0), trainer.state()
    kept = copy.deepcopy((weights, state))
    advance(trainer, 1)
    assert_same_weights(weights, kept[0])
    assert torch.equal(state["weights"], kept[1]["weights"])
    assert str(state["orders"]) == str(kept[1]["orders"])
    assert str(state["memory"]) == str(kept[1]["memory"])


@each_engine
def test_the_callers_generator_is_left_where_it_was(kind):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    advance(engine(training(examples.ADAM), replicas=2, kind=kind), 2)
    assert torch.equal(torch.get_rng_state(), before)


# ---- who serves ---------------------------------------------------------------------------------------


def refusal(kind: type[Engine], modules: list[nn.Module], device: str = "cpu", **how: Any) -> str:
    serves, reason = kind.supports(Demand(modules, training(**how), torch.device(device)))
    assert serves == (not reason)
    return reason


@each_engine
def test_what_is_no_chain_is_refused(kind):
    assert "Conv2d" in refusal(kind, examples.nets(1, images=True))
    assert "Dropout" in refusal(kind, [nn.Sequential(nn.Linear(2, 2), nn.Dropout(), nn.Linear(2, 2))])
    assert "replicas share parameters" in refusal(kind, examples.nets(1) * 2)


def test_the_compiled_engine_is_for_small_nets_on_the_cpu():
    small = [nn.Sequential(nn.Linear(63, 63), nn.Tanh(), nn.Linear(63, 1))]  # 4,032 + 64
    large = [nn.Sequential(nn.Linear(63, 63), nn.Tanh(), nn.Linear(63, 2))]
    assert refusal(CompiledEngine, small) == ""
    assert "above 4,096 parameters, and here are 4,160" in refusal(CompiledEngine, large)
    wide = [nn.Sequential(nn.Linear(65, 2))]
    assert "above 64 inputs, and here are 65" in refusal(CompiledEngine, wide)
    assert "not on cuda" in refusal(CompiledEngine, small, device="cuda")
    assert refusal(StackedEngine, large) == refusal(StackedEngine, small, device="cuda") == ""


@each_engine
def test_inputs_that_do_not_fit_are_refused(kind):
    demand = Demand(examples.nets(1), training(), torch.device("cpu"))
    task = examples.task()
    with pytest.raises(ValueError, match="takes 5 inputs; the task has 4"):
        kind(demand, Task(task.x[:, :4], task.y, task.train))
    with pytest.raises(ValueError, match="float64"):
        kind(demand, Task(task.x.double(), task.y, task.train))


@pytest.mark.parametrize(
    ("rows", "classes"), [([0, 30], [0, 1]), ([-1, 3], [0, 1]), ([0, 1], [0, 3]), ([0, 1], [-1, 0])]
)
def test_compiled_code_never_reads_beside_the_data(rows, classes):
    """It does not look where it reads; so rows and classes are looked at before."""
    demand = Demand(examples.nets(1), training(), torch.device("cpu"))
    task = examples.task()
    y = task.y.clone()
    y[:2] = torch.tensor(classes)
    with pytest.raises(ValueError, match=r"(rows from .* of 30|classes from .* of 3)"):
        CompiledEngine(demand, Task(task.x, y, [np.array(rows)]))


def test_engines_stand_from_the_most_special_to_the_general():
    assert (CompiledEngine, StackedEngine, GeneralEngine) == ENGINES
    assert [kind.name for kind in ENGINES] == ["compiled", "stacked", "general"]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_stacked_engine_works_on_cuda():
    device = torch.device("cuda")
    task = examples.task(3)
    ends = []
    for place in (torch.device("cpu"), device):
        there = Task(task.x.to(place), task.y.to(place), task.train)
        trainer = StackedEngine(Demand(examples.nets(3), training(examples.ADAM), place), there)
        ends.append(advance(trainer, 3))
    for replica in range(3):
        for name, value in ends[0].weights(replica).items():
            assert torch.allclose(ends[1].weights(replica)[name].cpu(), value, rtol=0, atol=STACK), name
