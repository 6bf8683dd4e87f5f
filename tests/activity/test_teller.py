"""Activity comes with the codes of a quantised layer and with fresh draws of a noisy one."""

import threading

import numpy as np
import pytest
import torch
from torch import nn

from ibspec import Recorder
from ibspec.activity import Teller, capture
from ibspec.core import Activity, Estimate, Probe
from ibspec.models import Cnn, Mlp, Noisy, Quantised
from tests.activity.examples import mlp
from tests.recorder.examples import Total

IMAGES = Cnn.model_validate(
    {
        "layers": [
            {"kind": "conv", "channels": 3, "kernel": 3, "activation": "relu"},
            {"kind": "max-pool", "size": 2},
            {"kind": "flatten"},
            {"kind": "dense", "units": 5, "activation": "tanh"},
            {"kind": "dense", "units": 3, "activation": "softmax"},
        ]
    }
)


def images(rows=12):
    return torch.rand(rows, 1, 8, 8, generator=torch.Generator().manual_seed(0))


def told(net, x, view="whole"):
    teller = Teller(net, x)
    layers = net.measurable_layers
    return {name: teller.parts(values, name, view, 3) for name, values in capture(net, x, layers)}


def test_of_any_other_module_there_are_only_values(x):
    ((name, values),) = capture(mlp(), x, ["1"])
    (activity,) = Teller(mlp(), x).parts(values, name, "whole", 3)
    assert torch.equal(activity.values, values)
    assert (activity.layer, activity.view, activity.epoch) == ("1", "whole", 3)
    assert (activity.codes, activity.resample, activity.noise) == (None, None, None)


def test_a_layer_may_bear_the_name_of_an_offer(x):
    model = nn.ModuleDict({"layer_codes": nn.Linear(6, 2), "noise_from": nn.Linear(2, 2)})
    model.forward = lambda x: model["noise_from"](model["layer_codes"](x))
    ((name, values),) = capture(model, x, ["layer_codes"])
    assert Teller(model, x).parts(values, name, "whole", 0)[0].codes is None


@pytest.mark.parametrize("view", ["whole", "mean"])
def test_codes_go_with_their_channels(view):
    net = Quantised(net=IMAGES, levels=7).build((1, 8, 8), 3, seed=0)
    for name, parts in told(net, images(), view).items():
        assert len(parts) == (3 if view == "mean" and name in ("conv1", "pool") else 1)
        for part in parts:
            assert part.codes.shape == part.values.shape
            assert (part.resample, part.noise) == (None, None)
            top = {"dense1": 2.0, "output": 1.0}.get(name, 6.0)
            low = -1.0 if name == "dense1" else 0.0
            torch.testing.assert_close(part.values, low + part.codes * (top / 6), rtol=0, atol=1e-6)


@pytest.mark.parametrize("view", ["whole", "mean"])
def test_draws_are_fresh_and_repeat_from_their_generator(view):
    net = Noisy(net=IMAGES, sigma=0.3).build((1, 8, 8), 3, seed=0)
    before = torch.get_rng_state()
    for name, parts in told(net, images(), view).items():
        for part in parts:
            one, same, other = (part.resample(np.random.default_rng(seed)) for seed in (1, 1, 2))
            assert one.shape == part.values.shape
            assert torch.equal(one, same)
            assert not torch.equal(one, other)
            rng = np.random.default_rng(1)
            part.resample(rng)
            assert not torch.equal(part.resample(rng), one)
            assert (part.noise is None) == (name not in ("conv1", "dense1"))
    assert torch.equal(torch.get_rng_state(), before)


def test_the_noise_of_a_layer_is_told_apart_from_what_it_computes():
    net = Noisy(net=Mlp(hidden=(6, 5), activation="tanh"), sigma=0.3).build((4,), 3, seed=0)
    x = torch.randn(2000, 4, generator=torch.Generator().manual_seed(1))
    activities = {name: parts[0] for name, parts in told(net, x).items()}
    rng = np.random.default_rng(4)
    first, second = activities["dense1"].noise, activities["dense2"].noise
    assert (first.sigma, first.is_first) == (0.3, True)
    assert (second.sigma, second.is_first) == (0.3, False)
    with torch.no_grad():
        clean = torch.tanh(net.get_submodule("dense1.transform")(x))
    torch.testing.assert_close(first.redraw(rng), clean, rtol=0, atol=1e-6)
    assert not torch.equal(second.redraw(rng), second.redraw(rng))
    # T - S of the same draw is the noise alone: both take the same generators in the same order
    t, s = (draw(np.random.default_rng(7)) for draw in (activities["dense1"].resample, first.redraw))
    z = (t - s).double() / 0.3
    assert abs(float(z.var()) - 1) < 4 * (2 / z.numel()) ** 0.5


def test_a_mean_of_levels_has_no_code():
    net = Quantised(net=IMAGES, levels=7).build((1, 8, 8), 3, seed=0)
    codes = {name: parts[0].codes for name, parts in told(net, images(), "pooled").items()}
    assert [name for name, each in codes.items() if each is None] == ["conv1", "pool"]


def test_pooling_narrows_the_noise_of_a_layer():
    """The mean of 36 independent normal numbers of deviation 0.3 has deviation 0.3 / 6."""
    net = Noisy(net=IMAGES, sigma=0.3).build((1, 8, 8), 3, seed=0)
    (part,) = told(net, images(400), "pooled")["conv1"]
    assert part.values.shape == (400, 3)
    assert part.noise.sigma == pytest.approx(0.05, rel=1e-12)
    t, s = (draw(np.random.default_rng(7)) for draw in (part.resample, part.noise.redraw))
    z = (t - s).double() / part.noise.sigma
    assert abs(float(z.var()) - 1) < 4 * (2 / z.numel()) ** 0.5


class Keep(Total):
    """Keeps the activity that it is given."""

    def estimate(self, t, probe, *, rng=None):
        KEPT.append(t)
        return Estimate(i_xt=0.0)


KEPT: list[Activity] = []


def kept(seed, replica, epoch):
    KEPT.clear()
    x = np.random.default_rng(0).normal(size=(30, 4)).astype(np.float32)
    net = Noisy(net=Mlp(hidden=(6, 5), activation="tanh"), sigma=0.3).build((4,), 3, seed=0)
    Recorder(net, Probe(x=x), estimators=[Keep()], seed=seed, replica=replica).record(epoch)
    return {activity.layer: activity.values for activity in KEPT}


def test_the_recorders_noise_depends_on_seed_replica_epoch_and_layer():
    torch.manual_seed(0)
    one = kept(1, 0, 0)
    torch.manual_seed(1)
    again = kept(1, 0, 0)
    for layer, values in one.items():
        assert torch.equal(values, again[layer])
        for other in (kept(2, 0, 0), kept(1, 1, 0), kept(1, 0, 1)):
            assert not torch.equal(values, other[layer])


def test_nets_are_measured_in_several_threads_at_once():
    """Each draws from generators of its own, while another thread trains with torch's."""
    x = torch.randn(60, 4, generator=torch.Generator().manual_seed(1))
    nets = [
        Noisy(net=Mlp(hidden=(8, 8), activation="tanh"), sigma=0.3).build((4,), 3, seed=s) for s in range(4)
    ]

    def measure(net):
        return [
            dict(
                capture(
                    net, x, net.layer_names, batch_size=9, noise=lambda name: np.random.default_rng(len(name))
                )
            )
            for _ in range(4)
        ]

    wanted = [measure(net) for net in nets]
    found: list[list[dict[str, torch.Tensor]]] = [[] for _ in nets]

    def work(number):
        found[number] = measure(nets[number])

    torch.manual_seed(5)
    alone = [torch.randn(50) for _ in range(200)]
    torch.manual_seed(5)
    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    beside = [torch.randn(50) for _ in range(200)]
    for thread in threads:
        thread.join()
    assert all(torch.equal(one, other) for one, other in zip(alone, beside, strict=True))
    for one, other in zip(wanted, found, strict=True):
        for a, b in zip(one, other, strict=True):
            assert all(torch.equal(a[name], b[name]) for name in a)
