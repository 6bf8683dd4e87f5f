"""Noisy nets: noise of the stated size after each hidden layer, fed forward, from the right generator."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from ibspec.activity import capture
from ibspec.training import CompiledEngine, Demand, GeneralEngine, StackedEngine, evaluate
from tests.models.examples import FLATTEN, cnn, conv, dense, dropout, mlp, pool, read
from tests.training.examples import training

LAYERS = cnn(conv(3), dropout(0.25), pool(), FLATTEN, dense(6, "tanh"), dense(3, "softmax"))


def noisy(net, sigma=0.5):
    return {"kind": "noisy", "net": net, "sigma": sigma}


def inputs(rows=400, *shape):
    return torch.randn(rows, *(shape or (4,)), generator=torch.Generator().manual_seed(0))


def draw(net, x, seed, layers=None, **how):
    """Capture with noise from generators of a seed and the layer's name."""
    noise = lambda name: np.random.default_rng([seed, *name.encode()])  # noqa: E731
    return dict(capture(net, x, layers or net.measurable_layers, noise=noise, **how))


def test_noise_has_the_stated_size_and_is_independent():
    """Mean and variance of 40,000 draws within 4 standard errors, for one seed fixed beforehand."""
    net = read(noisy(mlp(100, 3), sigma=0.25)).build((4,), 3, seed=0)
    x = inputs()
    said = draw(net, x, 1)
    z = said["dense1"] - net.get_submodule("dense1.activation")(net.get_submodule("dense1.transform")(x))
    z = z.detach().double() / 0.25
    assert abs(float(z.mean())) < 4 / 40_000**0.5
    assert abs(float(z.var()) - 1) < 4 * (2 / 40_000) ** 0.5
    correlations = torch.corrcoef(z.T) - torch.eye(100)
    assert float(correlations.abs().max()) < 5.5 / 400**0.5  # the largest of 4,950: 5.5 is 2e-4 of chance


def test_noise_is_fed_forward():
    """The next layer takes the noisy activity; the output adds nothing of its own."""
    net = read(noisy(mlp(5, 4))).build((4,), 3, seed=0).eval()
    said = draw(net, inputs(), 1)
    with torch.no_grad():
        second = net.get_submodule("dense2.activation")(net.get_submodule("dense2.transform")(said["dense1"]))
        assert not torch.allclose(said["dense2"], second, atol=0.1)
        output = torch.softmax(net.get_submodule("output.transform")(said["dense2"]), dim=1)
    torch.testing.assert_close(said["output"], output, rtol=0, atol=1e-6)


def test_layers_of_a_cnn_that_are_noisy():
    net = read(noisy(LAYERS, sigma=0.1)).build((1, 8, 8), 3, seed=0)
    assert net.noisy_layers("conv1") == {"conv1": 0.1}
    assert net.noisy_layers("conv1.activation") == {}
    assert net.noisy_layers("conv1.after") == {"conv1": 0.1}
    assert net.noisy_layers("pool") == {"conv1": 0.1}
    assert net.noisy_layers("dense1.transform") == {"conv1": 0.1}
    assert net.noisy_layers("output") == {"conv1": 0.1, "dense1": 0.1}
    said = draw(net, inputs(9, 1, 8, 8), 3)
    assert torch.equal(said["pool"], torch.nn.functional.max_pool2d(said["conv1"], 2))
    assert torch.equal(said["flatten"], said["pool"].flatten(1))


@pytest.mark.parametrize("how", [{"batch_size": 7}, {"batch_size": 1}, {"memory": 1}, {"batch_size": 399}])
def test_noise_belongs_to_the_row_whatever_the_batches_and_passes(how):
    """1e-5: other batches go through other matrix kernels, which round differently."""
    net = read(noisy(mlp(5, 4))).build((4,), 3, seed=0)
    one, other = draw(net, inputs(), 1), draw(net, inputs(), 1, **how)
    for name, values in one.items():
        torch.testing.assert_close(other[name], values, rtol=0, atol=1e-5)


def test_which_layers_are_looked_at_does_not_move_the_noise():
    net = read(noisy(mlp(5, 4))).build((4,), 3, seed=0)
    assert torch.equal(draw(net, inputs(), 1, ["dense2"])["dense2"], draw(net, inputs(), 1)["dense2"])


def test_measuring_repeats_and_other_generators_give_other_noise():
    net = read(noisy(mlp(5, 4))).build((4,), 3, seed=0)
    one, same, other = (draw(net, inputs(), seed) for seed in (1, 1, 2))
    for name, values in one.items():
        assert torch.equal(values, same[name])
        assert not torch.equal(values, other[name])


def test_measuring_and_evaluating_leave_torchs_generator_alone():
    net = read(noisy(mlp(5, 4))).build((4,), 3, seed=0)
    before = torch.get_rng_state()
    draw(net, inputs(), 1)
    list(capture(net, inputs(), ["output"]))
    y = torch.arange(400) % 3
    first = evaluate(net, inputs(), y, torch.arange(400))
    assert evaluate(net, inputs(), y, torch.arange(400)) == first
    assert torch.equal(torch.get_rng_state(), before)
    # evaluated with noise, not without
    for block in net.blocks.values():
        block.after = None
    assert evaluate(net, inputs(), y, torch.arange(400)) != first


def test_without_generators_layers_have_noise_of_their_own():
    net = read(noisy(mlp(4, 4), sigma=1.0)).build((4,), 3, seed=0)
    said = dict(capture(net, inputs(), ["dense1", "dense2", "dense1.activation", "dense2.activation"]))
    one, two = (said[name] - said[f"{name}.activation"] for name in ("dense1", "dense2"))
    assert abs(float(torch.corrcoef(torch.stack([one.flatten(), two.flatten()]))[0, 1])) < 4 / 1600**0.5


def test_generators_are_let_go_when_a_pass_fails():
    net = read(noisy(mlp(5))).build((4,), 3, seed=0)
    with pytest.raises(RuntimeError, match="stop"), net.noise_from(lambda name: np.random.default_rng(0)):
        raise RuntimeError("stop")
    assert net.blocks["dense1"].after.source is None


def test_training_draws_from_torchs_generator():
    """As dropout does; the general engine keeps its state for each replica."""
    net = read(noisy(mlp(5))).build((4,), 3, seed=0).train()
    torch.manual_seed(3)
    one, two = net.logits(inputs()), net.logits(inputs())
    torch.manual_seed(3)
    assert torch.equal(net.logits(inputs()), one)
    assert not torch.equal(one, two)


def test_engines_that_know_no_noise_decline():
    nets: list[nn.Module] = [read(noisy(mlp(5))).build((4,), 3, seed=0)]
    demand = Demand(nets, training(), torch.device("cpu"))
    for engine in (CompiledEngine, StackedEngine):
        serves, why = engine.supports(demand)
        assert not serves
        assert "chains of dense layers" in why
    assert GeneralEngine.supports(demand)[0]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (noisy(mlp(3), sigma=0), r"(?s)sigma.*greater than 0"),
        (noisy(mlp(3), sigma=-0.1), r"(?s)sigma.*greater than 0"),
        (noisy(noisy(mlp(3))), "(?s)net.*'noisy'.*'mlp', 'cnn'"),
        ({"kind": "noisy", "net": mlp(3)}, "(?s)sigma.*required"),
    ],
)
def test_a_spec_that_is_wrong_by_itself(document, message):
    with pytest.raises(ValidationError, match=message):
        read(document)
