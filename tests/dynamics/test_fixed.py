"""Gradients of batches at weights that stand still."""

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.dynamics import gradients_at, gradients_per_sample, of_one_size, per_sample
from ibspec.dynamics.in_training import in_training
from ibspec.training import parameters_by_layer
from ibspec.training.losses import loss_of
from tests.training.examples import ANY_MODEL, TRAIN, nets, task

F64 = torch.float64

ROUNDING = 1e-12
"""Relative: the same sums of at most a few thousand float64 terms in another order."""

BATCHES = [TRAIN[start : start + 7] for start in range(0, len(TRAIN), 7)]
"""Three of 7 rows and one of 2."""


def asked(net, of, batches=BATCHES, **more):
    return gradients_at(net, of.x, of.y, batches, "cross-entropy", parameters_by_layer(net), **more)


def by_hand(net, of, batches, names):
    """Norms of mean and standard deviation by plain autograd and numpy."""
    rows = []
    for batch in batches:
        net.zero_grad()
        loss_of("cross-entropy", net.logits(of.x[batch]), of.y[batch]).backward()
        rows.append(torch.cat([net.get_parameter(name).grad.reshape(-1) for name in names]).double().numpy())
    return np.linalg.norm(np.mean(rows, axis=0)), np.linalg.norm(np.std(rows, axis=0))


def agrees(found, mean, std):
    assert found.mean_norm == pytest.approx(mean, rel=ROUNDING)
    assert found.std_norm == pytest.approx(std, rel=ROUNDING)
    assert found.snr == pytest.approx(mean / std, rel=ROUNDING)


def test_as_autograd_batch_by_batch():
    """Each layer with its biases, and all; the short batch left out."""
    net, of = nets(dtype=F64)[0], task(dtype=F64)
    found = asked(net, of)
    layers = parameters_by_layer(net) | {"all": [name for name, _ in net.named_parameters()]}
    assert list(found) == list(layers)
    for layer, names in layers.items():
        agrees(found[layer], *by_hand(net, of, BATCHES[:3], names))
        assert (found[layer].batches, found[layer].batch_size, found[layer].status) == (3, 7, "ok")


def test_parameters_may_be_grouped_at_will():
    net, of = nets(dtype=F64)[0], task(dtype=F64)
    names = [name for name, _ in net.named_parameters()]
    groups = {"weights": names[::2], "turned": names[:2][::-1]}
    found = gradients_at(net, of.x, of.y, BATCHES, "cross-entropy", groups)
    for group, members in groups.items():
        agrees(found[group], *by_hand(net, of, BATCHES[:3], members))


@pytest.mark.parametrize("groups", [{"dense1": ["no.such"]}, {"dense1": []}, {"all": ["dense1"]}])
def test_groups_that_cannot_be(groups):
    net, of = nets()[0], task()
    with pytest.raises(ValueError, match=f"got '{next(iter(groups))}' with .*the net trains"):
        gradients_at(net, of.x, of.y, BATCHES, "cross-entropy", groups)


def test_the_short_batch_alone_is_used():
    net, of = nets()[0], task()
    found = asked(net, of, BATCHES[3:])["all"]
    assert (found.batches, found.batch_size, found.status) == (1, 2, "noiseless")


def test_which_batches_count():
    assert [len(batch) for batch in of_one_size([*BATCHES[2:], BATCHES[0]])] == [7, 7]
    for none in ([], [np.array([], dtype=int)]):
        with pytest.raises(ValueError, match="at least one batch with rows; got none"):
            of_one_size(none)


def test_the_same_batch_again_and_again_has_no_noise():
    net, of = nets()[0], task()
    assert asked(net, of, [TRAIN] * 3)["all"].status == "noiseless"


def test_dropout_is_part_of_the_noise_and_repeats():
    """As in training, though the net is being looked at; from its own seed."""
    net, of = nets(images=True)[0].eval(), task(images=True)
    state = torch.get_rng_state()
    found = asked(net, of, [TRAIN] * 4)
    assert torch.equal(torch.get_rng_state(), state)
    assert not any(module.training for module in net.modules())
    assert found["all"].std_norm > 0
    torch.manual_seed(99)
    assert asked(net, of, [TRAIN] * 4) == found
    assert asked(net, of, [TRAIN] * 4, seed=1) != found


def test_torchs_generators_are_left_alone():
    """All threads share them, and training may go on in another: they are not even put back."""
    net, of = nets(images=True)[0], task(images=True)
    drawn = []

    def another_thread(*_):
        drawn.append(torch.rand(1))

    net.conv1.register_forward_hook(another_thread)
    torch.manual_seed(3)
    asked(net, of)
    alone(net, of, TRAIN[:2])
    after = torch.rand(1)
    torch.manual_seed(3)
    assert [torch.rand(1) for _ in drawn] == drawn
    assert torch.rand(1) == after


@pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
def test_dropout_has_the_law_of_torchs(rate):
    """Of 100,000 numbers 1 - rate are kept, to 5 standard deviations, and divided by that share."""
    layer = nn.Dropout(rate)
    with in_training(layer, 0):
        found = layer(torch.ones(100_000))
    kept = found[found != 0]
    assert len(kept) == pytest.approx(1e5 * (1 - rate), abs=5 * (1e5 * rate * (1 - rate)) ** 0.5)
    assert len(kept) == 0 or kept.unique().tolist() == pytest.approx([1 / (1 - rate)])
    layer.train()
    assert not layer._forward_hooks


def test_noise_inside_a_net_is_part_of_the_noise_too():
    model = ANY_MODEL.validate_python(
        {"kind": "noisy", "sigma": 0.1, "net": {"kind": "mlp", "hidden": [4], "activation": "tanh"}}
    )
    net, of = model.build((5,), 3, seed=0), task()
    found = asked(net, of, [TRAIN] * 3)
    assert found["all"].status == "ok"
    assert asked(net, of, [TRAIN] * 3) == found
    assert alone(net, of, np.full(5, TRAIN[0]))["all"].status == "ok"
    assert all(getattr(module, "source", None) is None for module in net.modules())


def test_modes_gradients_and_running_means_stay():
    class Normalised(nn.Sequential):
        pass

    torch.manual_seed(0)
    net = Normalised(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3))
    net[0].eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    of = task()
    asked(net, of)
    assert [module.training for module in net] == [False, True, True, True]
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert all(parameter.grad is None for parameter in net.parameters())


def test_frozen_and_unused_parameters():
    """A frozen one has no gradient; one without a part in the loss has gradient 0."""

    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.spare = nn.Linear(5, 3, dtype=F64), nn.Linear(2, 2, dtype=F64)
            self.used.bias.requires_grad_(False)

        def forward(self, x):
            return self.used(x)

    net, of = Odd(), task(dtype=F64)
    found = asked(net, of)
    assert list(parameters_by_layer(net)["used"]) == ["used.weight"]
    assert (found["spare"].mean_norm, found["spare"].status) == (0.0, "noiseless")
    assert found["all"].snr == found["used"].snr


def alone(net, of, rows=TRAIN, **more):
    return gradients_per_sample(net, of.x, of.y, rows, "cross-entropy", parameters_by_layer(net), **more)


def without_dropout(images):
    net = nets(images=images, dtype=F64)[0]
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return net, task(images=images, dtype=F64)


@pytest.mark.parametrize("images", [False, True])
@pytest.mark.parametrize("memory", [1, 3000, 2**26])
def test_single_rows_are_batches_of_one(images, memory, monkeypatch):
    """However many go side by side."""
    net, of = without_dropout(images)
    monkeypatch.setattr(per_sample, "MEMORY", memory)
    wanted = asked(net, of, [TRAIN[place : place + 1] for place in range(len(TRAIN))])
    for layer, found in alone(net, of).items():
        agrees(found, wanted[layer].mean_norm, wanted[layer].std_norm)
        assert (found.batches, found.batch_size) == (23, 1)


def test_plain_nets_are_taken_many_rows_at_once(monkeypatch):
    """Row by row they would give the same, and take far longer."""
    monkeypatch.setattr(per_sample, "batch_gradient", lambda *_: pytest.fail("row by row"))
    assert alone(*without_dropout(images=False))["all"].batches == len(TRAIN)


def test_rows_have_dropout_of_their_own():
    net, of = nets(images=True)[0], task(images=True)
    found = alone(net, of, np.full(5, TRAIN[0]))
    assert found["all"].status == "ok"
    assert alone(net, of, np.full(5, TRAIN[0])) == found


def test_nets_that_torch_takes_row_by_row_only():
    """A quantised net has a gradient of its own making, which cannot run side by side."""
    model = ANY_MODEL.validate_python(
        {"kind": "quantised", "net": {"kind": "mlp", "hidden": [4], "activation": "tanh"}, "levels": 8}
    )
    net, of = model.build((5,), 3, seed=0).to(F64), task(dtype=F64)
    wanted = asked(net, of, [TRAIN[place : place + 1] for place in range(len(TRAIN))])
    assert alone(net, of) == wanted


def test_no_row():
    net, of = nets()[0], task()
    with pytest.raises(ValueError, match="at least one row; got none"):
        alone(net, of, TRAIN[:0])
