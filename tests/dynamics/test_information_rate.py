"""How the bounds of I(X;T) move as weights move."""

import copy
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.core import Probe, SpecError
from ibspec.dynamics import information_rate, information_rates, moving_activity
from ibspec.estimators import Kde
from tests.training.examples import ANY_MODEL, nets, task

F64 = torch.float64
KDE = Kde(noise_variance=0.05)


def state_of(net):
    return {name: value.detach().clone() for name, value in net.state_dict().items()}


def away(state, far, seed=0):
    """The same weights, moved."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: value + far * torch.randn(value.shape, generator=generator, dtype=value.dtype)
        if value.is_floating_point()
        else value
        for name, value in state.items()
    }


def bounds(net, state, x, layer):
    """As measured: upper and lower."""
    net.load_state_dict(state)
    net.eval()
    seen = []
    handle = net.get_submodule(layer).register_forward_hook(lambda *call: seen.append(call[2].detach()))
    with torch.no_grad():
        net(x)
    handle.remove()
    found = KDE.estimate(seen[0].flatten(1), Probe(ids=np.arange(len(x)))).i_xt_bounds
    return np.array(found[::-1])


@pytest.fixture(params=[False, True], ids=["mlp", "cnn"])
def moved(request):
    net, of = nets(images=request.param, dtype=F64)[0], task(images=request.param, dtype=F64)
    before = state_of(net)
    return net, before, away(before, 0.02), of.x, list(net.measurable_layers)


def test_derivatives_of_what_is_measured(moved):
    """Central differences of the estimator's own numbers, at both ends; realised is their difference."""
    net, before, after, x, layers = moved
    found = information_rates(net, before, after, x, layers, KDE)
    assert list(found) == layers
    h = 1e-4
    for layer in layers:
        slopes = []
        for here in (before, after):
            there = [
                {name: here[name] + sign * h * (after[name] - before[name]) for name in before}
                for sign in (1, -1)
            ]
            slopes.append((bounds(net, there[0], x, layer) - bounds(net, there[1], x, layer)) / (2 * h))
        realised = bounds(net, after, x, layer) - bounds(net, before, x, layer)
        for place, name in enumerate(("i_xt_upper", "i_xt_lower")):
            rate = found[layer][name]
            # The difference quotient's own error: h^2 = 1e-8 of a third derivative, and 1e-15 / h.
            assert rate.predicted == pytest.approx(slopes[0][place], abs=1e-6)
            assert rate.second_order == pytest.approx((slopes[1] - slopes[0])[place] / 2, abs=1e-6)
            assert rate.realised == pytest.approx(realised[place], abs=1e-12)
            assert 0.0 <= rate.contracting <= 1.0


def test_the_trapezoid_is_of_third_order():
    """Halving a step makes what both terms miss 8 times smaller, the first alone 4 times: in a smooth net."""
    net, x = nets(dtype=F64)[0], task(dtype=F64).x
    before = state_of(net)
    after = away(before, 0.02)
    rests = []
    for part in (0.1, 0.05, 0.025):
        near = {name: value + part * (after[name] - value) for name, value in before.items()}
        rate = information_rates(net, before, near, x, ["output"], KDE)["output"]["i_xt_upper"]
        rests.append([rate.realised - rate.predicted, rate.realised - rate.predicted - rate.second_order])
    (first, both), (first_then, both_then) = np.array(rests[:2]) / np.array(rests[1:])
    # The next order makes both miss their limit by a part that is halved with the step.
    assert abs(first - 4) < 0.3
    assert abs(both - 8) < 0.6
    assert abs(first_then - 4) <= 0.75 * abs(first - 4)
    assert abs(both_then - 8) <= 0.75 * abs(both - 8)


def test_weights_that_stand_still(moved):
    net, before, _, x, layers = moved
    for rates in information_rates(net, before, before, x, layers, KDE).values():
        for rate in rates.values():
            assert (rate.predicted, rate.second_order, rate.realised, rate.contracting) == (0, 0, 0, 0)


def test_who_contracts_is_asked_at_the_start():
    """T = w x from w = 1 to -1/2: all pairs close at first, and part again behind 0."""
    net, x = nn.Sequential(nn.Linear(1, 1, bias=False, dtype=F64)), torch.arange(5.0, dtype=F64)[:, None] / 9
    first, last = ({"0.weight": torch.tensor([[w]], dtype=F64)} for w in (1.0, -0.5))
    for start, end, share in (
        (first, last, 1.0),
        (last, first, 1.0),
        (last, {"0.weight": 3 * last["0.weight"]}, 0.0),
    ):
        found = information_rates(net, start, end, x, ["0"], KDE)["0"]
        assert {rate.contracting for rate in found.values()} == {share}


def test_the_net_stays_as_it_was(moved):
    net, before, after, x, layers = moved
    net.train()
    other = away(before, 1.0, seed=3)
    net.load_state_dict(other)
    generators = torch.get_rng_state()
    found = information_rates(net, before, after, x, layers, KDE)
    assert all(torch.equal(value, other[name]) for name, value in net.state_dict().items())
    assert all(module.training for module in net.modules())
    assert all(not module._forward_hooks for module in net.modules())
    assert torch.equal(torch.get_rng_state(), generators)
    assert information_rates(net.eval(), before, after, x, layers, KDE) == found


def test_portions_do_not_matter(moved, monkeypatch):
    """Few rows a pass, one layer at a time; other sizes of matrices round otherwise."""
    net, before, after, x, layers = moved
    whole = information_rates(net, before, after, x, layers, KDE)
    monkeypatch.setattr(moving_activity, "PASS", 1)
    monkeypatch.setattr(information_rate, "MEMORY", 1)
    for layer, rates in information_rates(net, before, after, x, layers, KDE).items():
        for name, rate in rates.items():
            assert rate.predicted == pytest.approx(whole[layer][name].predicted, abs=1e-10)


def test_running_averages_are_taken_as_they_are():
    """Of batch normalisation torch derives by weights only; what its averages do is seen in the change."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(5, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 3)).to(F64)
    before, x = state_of(net), task(dtype=F64).x
    averages = before | {"1.running_var": 1.5 * before["1.running_var"]}
    rate = information_rates(net, before, averages, x, ["2"], KDE)["2"]["i_xt_upper"]
    assert (rate.predicted, rate.second_order) == (0.0, 0.0)
    assert rate.realised < -0.01
    weights = before | {"1.weight": 1.01 * before["1.weight"]}
    rate = information_rates(net, before, weights, x, ["2"], KDE)["2"]["i_xt_upper"]
    assert rate.predicted + rate.second_order == pytest.approx(
        rate.realised, abs=1e-5
    )  # 1e-2 cubed, times ten
    assert rate.realised > 1e-3


def test_a_layer_that_no_weight_moves():
    """Flattened inputs are as they were, and pairs of them as far apart."""
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(5, 3)).to(F64)
    before, x = state_of(net), task(dtype=F64).x
    found = information_rates(net, before, away(before, 0.1), x, ["0", "1"], KDE)
    for rate in found["0"].values():
        assert (rate.predicted, rate.second_order, rate.realised, rate.contracting) == (0, 0, 0, 0)
    assert found["1"]["i_xt_upper"].predicted != 0


def test_layers_that_are_changed_in_place():
    """A layer's activity is what it said, whatever the next one makes of its memory."""
    torch.manual_seed(0)
    inside = nn.Sequential(nn.Linear(5, 4), nn.ReLU(inplace=True), nn.Linear(4, 3)).to(F64)
    outside = nn.Sequential(nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 3)).to(F64)
    before, x = state_of(inside), task(dtype=F64).x
    one, other = (
        information_rates(net, before, away(before, 0.01), x, ["0", "1"], KDE) for net in (inside, outside)
    )
    assert one == other


def test_weights_with_two_names():
    """A decoder that uses the encoder's matrix moves with it."""

    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(5, 5, dtype=F64), nn.Linear(5, 5, dtype=F64)
            self.two.weight = self.one.weight

        def forward(self, x):
            return self.two(torch.tanh(self.one(x)))

    torch.manual_seed(0)
    net, x = Tied(), task(dtype=F64).x
    before = state_of(net)
    after = away(before, 0.01)
    after["two.weight"] = after["one.weight"]
    rate = information_rates(net, before, after, x, ["two"], KDE)["two"]["i_xt_upper"]
    # The trapezoid misses the third order of a step of 1e-2.
    assert rate.predicted + rate.second_order == pytest.approx(rate.realised, abs=1e-4)
    assert abs(rate.realised) > 1e-2


def test_noise_inside_stands_still():
    """The noise of both ends is one: what moves is the weights' doing."""
    model = ANY_MODEL.validate_python(
        {"kind": "noisy", "sigma": 0.1, "net": {"kind": "mlp", "hidden": [4], "activation": "tanh"}}
    )
    net, x = model.build((5,), 3, seed=0).to(F64), task(dtype=F64).x
    before = state_of(net)
    rate = information_rates(net, before, away(before, 0.01), x, ["dense1"], KDE)["dense1"]["i_xt_upper"]
    assert rate.predicted + rate.second_order == pytest.approx(rate.realised, abs=1e-4)


def test_noise_inside_does_not_depend_on_the_passes(monkeypatch):
    """Rows draw one after the other, whether they go through the net together or one by one."""
    model = ANY_MODEL.validate_python(
        {"kind": "noisy", "sigma": 1.0, "net": {"kind": "mlp", "hidden": [4], "activation": "tanh"}}
    )
    net, x = model.build((5,), 3, seed=0).to(F64), task(dtype=F64).x
    found = []
    for room in (moving_activity.PASS, 1):
        monkeypatch.setattr(moving_activity, "PASS", room)
        at = state_of(net)
        found.append(moving_activity.moving_activity(net, at, at, x, {"dense1": (4,)})["dense1"][0])
    assert torch.allclose(found[0], found[1], rtol=1e-12)


def test_quantised_layers_are_refused():
    model = ANY_MODEL.validate_python(
        {"kind": "quantised", "levels": 8, "net": {"kind": "mlp", "hidden": [4], "activation": "tanh"}}
    )
    net, x = model.build((5,), 3, seed=0).to(F64), task(dtype=F64).x
    before = state_of(net)
    with pytest.raises(
        SpecError, match=r"information_rate: wanted .* derivatives .* dense1 .*set it to false"
    ):
        information_rates(net, before, before, x, ["dense1"], KDE)


def test_in_several_threads_at_once(moved):
    net, before, after, x, layers = moved
    alone = information_rates(net, before, after, x, layers, KDE)
    with ThreadPoolExecutor(4) as pool:
        jobs = [
            pool.submit(information_rates, copy.deepcopy(net), before, after, x, layers, KDE)
            for _ in range(8)
        ]
    assert all(job.result() == alone for job in jobs)


def test_a_layer_that_is_not_there(moved):
    net, before, after, x, _ = moved
    with pytest.raises((SpecError, AttributeError), match="nowhere"):
        information_rates(net, before, after, x, ["nowhere"], KDE)


def test_layers_go_together_as_far_as_the_memory_reaches(monkeypatch):
    """Four bytes a number: two layers of 5 and 3 units on 10 samples fill 320 of them to the last one."""
    shapes = {"a": (5,), "b": (3,), "c": (1, 2), "d": (100,), "e": (1,)}

    def groups(memory):
        monkeypatch.setattr(information_rate, "MEMORY", memory)
        return [list(group) for group in information_rate._groups(shapes, 10)]

    assert groups(320) == [["a", "b"], ["c"], ["d"], ["e"]]
    assert groups(319) == [["a"], ["b", "c"], ["d"], ["e"]]
    assert groups(10**6) == [["a", "b", "c", "d", "e"]]
    assert dict(next(iter(information_rate._groups(shapes, 10)))) == shapes
