"""Replicas do not feel one another: not their number, not the one that diverges."""

import math

import pytest
import torch
from torch import nn

from tests.training import examples
from tests.training.examples import advance, all_weights, assert_same_weights, differ, engine, training

TOO_FAST = {"kind": "sgd", "learning_rate": 1e60}
"""No float32 holds the first step."""


@pytest.mark.parametrize("images", [False, True], ids=["mlp", "dropout-cnn"])
def test_a_replica_does_not_depend_on_how_many_there_are(images):
    many = advance(engine(training(examples.ADAM), replicas=4, images=images), 3)
    for count in (1, 2):
        few = advance(engine(training(examples.ADAM), replicas=count, images=images), 3)
        for replica in range(count):
            assert_same_weights(few.weights(replica), many.weights(replica))
    weights = all_weights(many, 4)
    assert all(differ(weights[0], other) for other in weights[1:])


def twins(how, images: bool) -> list[dict[str, torch.Tensor]]:
    """Weights of two replicas that started from one and the same net."""
    modules = [examples.nets(1, images=images)[0] for _ in range(2)]
    return all_weights(advance(engine(how, modules, images=images), 2), 2)


def test_each_replica_has_an_order_of_its_own():
    assert differ(*twins(training(batch_size=7), images=False))


def test_each_replica_has_noise_of_its_own():
    """With full batches there is no order, so only dropout tells the twins apart."""
    assert not differ(*twins(training(batch_size="full"), images=False))
    assert differ(*twins(training(batch_size="full"), images=True))


def test_noise_differs_from_epoch_to_epoch():
    """A rate of almost nothing leaves the weights where they are: only dropout moves the loss."""
    still = training({"kind": "sgd", "learning_rate": 1e-30}, batch_size="full")
    for images, different in ((False, 1), (True, 4)):
        trainer = engine(still, images=images)
        assert len({trainer.advance()[0].loss for _ in range(4)}) == different


def test_dropout_is_on_whatever_the_mode_of_the_net():
    """It comes out of a measurement, or from a caller, in evaluation mode perhaps."""
    modules = examples.nets(1, images=True)
    modules[0].eval()
    trainer = engine(training(), modules, images=True)
    trainer.advance()
    modules[0].eval()
    trainer.advance()
    assert_same_weights(trainer.weights(0), advance(engine(training(), images=True), 2).weights(0))


def test_the_seed_moves_order_and_noise():
    for images in (False, True):
        one, other = (advance(engine(training(seed=s), images=images), 1).weights(0) for s in (3, 4))
        assert differ(one, other)


def test_each_replica_learns_from_its_own_rows():
    task = examples.task(2)
    task.train[1] = examples.TRAIN[::2]  # type: ignore[index]
    demand = examples.Demand(examples.nets(2), training(), torch.device("cpu"))
    trainer = advance(examples.GeneralEngine(demand, task), 2)
    alone = advance(engine(training(), replicas=1), 2)
    assert_same_weights(trainer.weights(0), alone.weights(0))
    assert differ(trainer.weights(1), advance(engine(training(), replicas=2), 2).weights(1))


# ---- divergence ---------------------------------------------------------------------------------------


def test_too_large_a_learning_rate_is_marked():
    trainer = engine(training(TOO_FAST))
    (report,) = trainer.advance()
    assert report.diverged == "training loss was nan in epoch 1"
    assert trainer.live == ()
    assert trainer.advance() == []


def test_a_loss_that_is_not_finite_is_named():
    (module,) = examples.nets()
    with torch.no_grad():
        next(module.parameters()).fill_(math.nan)
    (report,) = engine(training(), [module]).advance()
    assert report.diverged == "training loss was nan in epoch 1"
    assert math.isnan(report.loss)


def test_a_weight_that_is_not_finite_is_named():
    """One step from a finite loss to infinite weights."""
    trainer = engine(training(TOO_FAST, batch_size="full"))
    (report,) = trainer.advance()
    assert math.isfinite(report.loss)
    assert report.diverged == "a weight was not finite after epoch 1"
    assert trainer.live == ()


@pytest.mark.parametrize("images", [False, True], ids=["mlp", "dropout-cnn"])
def test_the_others_go_on_as_if_nothing_had_happened(images):
    healthy = advance(engine(training(examples.ADAM), replicas=3, images=images), 3)
    modules = examples.nets(3, images=images)
    with torch.no_grad():
        next(modules[1].parameters()).fill_(math.inf)
    trainer = engine(training(examples.ADAM), modules, images=images)
    assert [report.diverged is None for report in trainer.advance()] == [True, False, True]
    assert trainer.live == (0, 2)
    assert [report.replica for report in trainer.advance()] == [0, 2]
    trainer.advance()
    for replica in (0, 2):
        assert_same_weights(trainer.weights(replica), healthy.weights(replica))


# ---- any module ---------------------------------------------------------------------------------------


def test_any_module_is_trained():
    torch.manual_seed(0)
    module = nn.Sequential(nn.Linear(examples.INPUTS, 4), nn.ReLU(), nn.Linear(4, examples.CLASSES))
    trainer = engine(training(examples.ADAM, batch_size="full"), [module])
    losses = [trainer.advance()[0].loss for _ in range(30)]
    # Full batches and small steps: the loss falls from epoch to epoch.
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < losses[0] - 0.05


class HasALayerCalledLogits(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = nn.Linear(examples.INPUTS, examples.INPUTS)
        self.logits = nn.Linear(examples.INPUTS, examples.CLASSES)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.logits(torch.relu(self.hidden(x)))


def test_a_layer_called_logits_does_not_stand_for_the_model():
    module = HasALayerCalledLogits()
    before = module.hidden.weight.detach().clone()
    engine(training(), [module]).advance()
    assert not torch.equal(module.hidden.weight, before)


def test_the_logits_method_is_what_is_trained_on():
    """Cross-entropy of the softmax's own output would be another loss."""
    (module,) = examples.nets()
    task = examples.task()
    rows = torch.from_numpy(examples.TRAIN)
    logits = module.logits(task.x[rows])  # type: ignore[operator]
    wanted = nn.functional.cross_entropy(logits, task.y[rows]).item()
    (report,) = engine(training(batch_size="full"), [module]).advance()
    assert report.loss == pytest.approx(wanted, abs=1e-6)  # float32
