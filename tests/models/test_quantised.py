"""Quantised nets: every activity is a level of a stated grid, codes say which, and gradients pass through."""

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn
from torch.nn import functional

from ibspec.activity import capture
from ibspec.core import SpecError
from ibspec.models.quantiser import Quantiser
from ibspec.training import CompiledEngine, Demand, GeneralEngine, StackedEngine
from tests.models.examples import FLATTEN, cnn, conv, dense, dropout, follow, mlp, pool, read
from tests.training.examples import training


def quantised(net, levels=4, **more):
    return {"kind": "quantised", "net": net, "levels": levels, **more}


LAYERS = cnn(conv(3), dropout(0.25), pool(), FLATTEN, dense(6, "tanh"), dense(3, "softmax"))


@pytest.mark.parametrize("levels", [2, 3, 16, 255, 256])
def test_levels_are_evenly_spaced_and_ends_are_among_them(levels):
    quantiser = Quantiser(levels, -1.0, 1.0)
    x = torch.linspace(-3, 3, 10_001, dtype=torch.float64)
    said = quantiser(x)
    wanted = np.linspace(-1, 1, levels)
    np.testing.assert_allclose(
        np.unique(said), wanted, rtol=0, atol=1e-15
    )  # two roundings of numbers up to 1
    distance = (said - x.clamp(-1, 1)).abs()
    assert float(distance.max()) <= 1 / (levels - 1) + 1e-15


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 6.0), (-0.06, 6.0), (0.0, 1e-6), (-1e6, 1e6)])
def test_codes_and_levels_stand_for_each_other(dtype, low, high):
    quantiser = Quantiser(256, low, high)
    codes = torch.arange(256, dtype=torch.uint8)
    grid = quantiser.decode(codes, dtype)
    assert grid.dtype == dtype
    assert len(grid.unique()) == 256
    assert torch.equal(quantiser.codes_of(grid), codes)
    assert torch.equal(quantiser.encode(grid), codes)
    assert torch.equal(quantiser(grid), grid)


def test_a_value_that_is_no_level_has_no_code():
    with pytest.raises(ValueError, match=r"0\.5 is none of 3 levels"):
        Quantiser(3, -1.0, 1.0).codes_of(torch.tensor([0.0, 0.5]))
    with pytest.raises(ValueError, match=r"2\.0 is none of 3 levels"):
        Quantiser(3, -1.0, 1.0).codes_of(torch.tensor([2.0]))


def test_gradients_pass_straight_through_between_the_ends():
    x = torch.tensor([-2.0, -1.0, -0.3, 0.0, 0.6, 1.0, 1.5], requires_grad=True)
    (Quantiser(4, -1.0, 1.0)(x) * torch.arange(1.0, 8.0)).sum().backward()
    assert x.grad.tolist() == [0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0]


@pytest.mark.parametrize(
    ("activation", "low", "high"),
    [
        ("tanh", -1, 1),
        ("softsign", -1, 1),
        ("sigmoid", 0, 1),
        ("relu", 0, 2.5),
        ("softplus", 0, 2.5),
        ("leaky-relu", -0.025, 2.5),
        ("linear", -2.5, 2.5),
    ],
)
def test_the_grid_of_each_activation(activation, low, high):
    net = read(quantised(mlp(50, activation=activation), limit=2.5)).build((4,), 3, seed=0).eval()
    said = follow(net, 50 * torch.randn(400, 4, generator=torch.Generator().manual_seed(0)))
    assert np.unique(said["dense1"]) == pytest.approx(np.linspace(low, high, 4), abs=1e-6)
    # softmax, from 0 to 1
    assert set(said["output"].flatten().tolist()) <= {0.0, *np.float32([1 / 3, 2 / 3]).tolist(), 1.0}


@pytest.mark.parametrize("is_training", [True, False])
def test_every_measurable_layer_tells_its_codes(is_training):
    net = read(quantised(LAYERS, levels=16)).build((1, 8, 8), 3, seed=1).train(is_training)
    x = torch.rand(9, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    captured = dict(capture(net, x, net.measurable_layers))
    grids = {"conv1": 6.0, "pool": 6.0, "flatten": 6.0, "dense1": 2.0, "output": 1.0}
    assert captured.keys() == grids.keys()
    for name, values in captured.items():
        codes = net.layer_codes(name, values)
        assert codes.dtype == torch.uint8
        assert codes.shape == values.shape
        low = -1.0 if name == "dense1" else 0.0
        torch.testing.assert_close(low + codes * (grids[name] / 15), values, rtol=0, atol=1e-6)
    # pooling and flattening hand codes on
    pooled = functional.max_pool2d(net.layer_codes("conv1", captured["conv1"]).float(), 2)
    assert torch.equal(net.layer_codes("pool", captured["pool"]).float(), pooled)
    assert torch.equal(net.layer_codes("flatten", captured["flatten"]).float(), pooled.flatten(1))


def test_parts_of_layers_and_layers_before_the_grid_have_no_codes():
    net = read(quantised(cnn(FLATTEN, dense(3, "softmax")))).build((2, 2), 3, seed=0)
    assert net.layer_codes("flatten", torch.rand(2, 4)) is None
    assert net.layer_codes("output.transform", torch.rand(2, 3)) is None
    plain = read(mlp(3)).build((2,), 3, seed=0)
    assert plain.layer_codes("dense1", torch.rand(2, 3)) is None


def test_codes_do_not_depend_on_how_rows_are_put_into_batches():
    """In float32, 16 of these 768,000 codes of `dense1` change with the batch, and hundreds behind it."""
    x = torch.from_numpy(np.random.default_rng(0).random((1500, 784), dtype=np.float32))
    net = read(quantised(mlp(512, 64), levels=256)).build((784,), 10, seed=0)
    whole = dict(capture(net, x, net.layer_names, batch_size=1500))
    for name, values in capture(net, x, net.layer_names, batch_size=7):
        assert torch.equal(values, whole[name]), name


def test_the_loss_sees_logits_that_are_not_quantised():
    wrapped, plain = (read(document).build((4,), 3, seed=5) for document in (quantised(mlp()), mlp()))
    x = torch.randn(20, 4, generator=torch.Generator().manual_seed(1))
    assert torch.equal(wrapped.logits(x), plain.logits(x))
    linear = read(quantised(cnn(FLATTEN, dense(3, "linear")), levels=2)).build((4,), 3, seed=5)
    assert torch.equal(linear.logits(x), linear.get_submodule("output.transform")(x))
    assert set(linear(x).flatten().tolist()) == {-6.0, 6.0}


def test_for_real_valued_labels_the_output_is_one_linear_unit_on_the_grid():
    net = read(quantised(mlp(5), levels=3, limit=2.0)).build((4,), None, seed=0).eval()
    x = 9 * torch.randn(50, 4, generator=torch.Generator().manual_seed(1))
    assert set(net(x).flatten().tolist()) <= {-2.0, 0.0, 2.0}
    assert len(net.logits(x).unique()) > 3
    assert read({"kind": "noisy", "sigma": 0.1, "net": mlp(5)}).build((4,), None, seed=0)(x).shape == (50, 1)


def test_first_weights_are_those_of_the_net_alone():
    wrapped, plain = (read(d).build((1, 8, 8), 3, seed=2) for d in (quantised(LAYERS), LAYERS))
    assert wrapped.state_dict().keys() == plain.state_dict().keys()
    for one, other in zip(wrapped.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)


def test_engines_that_do_not_know_the_grid_decline():
    nets: list[nn.Module] = [read(quantised(mlp(5))).build((4,), 3, seed=0)]
    demand = Demand(nets, training(), torch.device("cpu"))
    for engine in (CompiledEngine, StackedEngine):
        serves, why = engine.supports(demand)
        assert not serves
        assert "chains of dense layers" in why
    assert GeneralEngine.supports(demand)[0]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (quantised(mlp(3), levels=1), r"(?s)levels.*greater than or equal to 2"),
        (quantised(mlp(3), levels=257), r"(?s)levels.*less than or equal to 256"),
        (quantised(mlp(3), levels=2.5), r"(?s)levels.*integer"),
        (quantised(mlp(3), limit=0), r"(?s)limit.*greater than"),
        (quantised(quantised(mlp(3))), "(?s)net.*'quantised'.*'mlp', 'cnn'"),
        (quantised(mlp(3), init={"kind": "he-normal"}), "(?s)init.*not permitted"),
        ({"kind": "quantised", "levels": 4}, "(?s)net.*required"),
    ],
)
def test_a_spec_that_is_wrong_by_itself(document, message):
    with pytest.raises(ValidationError, match=message):
        read(document)


def test_keys_in_messages_are_those_of_the_spec():
    with pytest.raises(SpecError, match=r"^model\.net\.layers\[1\]\.units: the data have 10 classes"):
        read(quantised(cnn(FLATTEN, dense(9, "softmax")))).lay_out((4,), 10)
    with pytest.raises(SpecError, match=r"^model\.net\.hidden\[0\]: a layer with"):
        read(quantised(mlp(2**40))).lay_out((4,), 10)
    assert read(quantised(mlp(3))).size_key == "net.hidden"
    assert read(LAYERS).size_key == "layers"
