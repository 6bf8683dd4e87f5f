"""Names, shapes and numbers of weights of the published nets, counted on paper."""

import pytest
import torch
from torch import nn

from tests.models.examples import (
    DROPOUT_CNN,
    FLATTEN,
    MNIST_CNN,
    TISHBY_MLP,
    cnn,
    conv,
    count_weights,
    dense,
    dropout,
    follow,
    mlp,
    pool,
    read,
)


def test_cnn_of_the_mnist_experiments():
    net = read(MNIST_CNN).build((1, 28, 28), 10, seed=0)
    said = follow(net.eval(), torch.rand(2, 1, 28, 28))
    assert {name: tuple(t.shape) for name, t in said.items()} == {
        "conv1": (2, 32, 26, 26),
        "conv2": (2, 64, 24, 24),
        "pool": (2, 64, 12, 12),
        "flatten": (2, 9216),
        "dense1": (2, 128),
        "output": (2, 10),
    }
    weights = {name: count_weights(layer) for name, layer in net.named_children()}
    # kernel x inputs x channels + a bias each; inputs x units + a bias each
    assert weights == {
        "conv1": 3 * 3 * 1 * 32 + 32,
        "conv2": 3 * 3 * 32 * 64 + 64,
        "pool": 0,
        "flatten": 0,
        "dense1": 9216 * 128 + 128,
        "output": 128 * 10 + 10,
    }
    assert count_weights(net) == 1_199_882


def test_mlp_of_the_12_bit_task():
    net = read(TISHBY_MLP).build((12,), 2, seed=0)
    said = follow(net, torch.rand(5, 12))
    assert {name: tuple(t.shape) for name, t in said.items()} == {
        "dense1": (5, 10),
        "dense2": (5, 7),
        "dense3": (5, 5),
        "dense4": (5, 4),
        "dense5": (5, 3),
        "output": (5, 2),
    }
    assert count_weights(net) == 130 + 77 + 40 + 24 + 15 + 8


@pytest.mark.parametrize(
    ("layers", "names"),
    [
        ([FLATTEN, dense(3, "softmax")], ["flatten", "output"]),
        ([conv(), pool(), FLATTEN, dense(3, "linear")], ["conv1", "pool", "flatten", "output"]),
        (
            [conv(), pool(), conv(), pool(), FLATTEN, FLATTEN, dense(5), dropout(), dense(3, "softmax")],
            ["conv1", "pool1", "conv2", "pool2", "flatten1", "flatten2", "dense1", "dropout1", "output"],
        ),
        (
            [dropout(), conv(), dropout(), FLATTEN, dense(5), dense(4), dense(3, "softmax")],
            ["dropout1", "conv1", "dropout2", "flatten", "dense1", "dense2", "output"],
        ),
    ],
)
def test_layers_are_named_as_people_say_them(layers, names):
    net = read(cnn(*layers)).lay_out((1, 12, 12), 3)
    assert list(net.layer_names) == names
    assert [name for name, _ in net.named_children()] == names


def test_dropout_is_no_layer_to_measure():
    net = read(DROPOUT_CNN).lay_out((1, 8, 8), 3)
    assert net.measurable_layers == ("conv1", "pool", "flatten", "dense1", "output")
    assert set(net.layer_names) - set(net.measurable_layers) == {"dropout1", "dropout2"}


def test_an_mlp_without_hidden_layers_is_a_softmax_regression():
    net = read(mlp()).build((4,), 3, seed=0)
    assert net.layer_names == ("output",)
    x = torch.rand(6, 4)
    linear = net.get_submodule("output.transform")
    torch.testing.assert_close(net(x), torch.softmax(linear(x), dim=1))


def test_an_mlp_flattens_its_input():
    net = read(mlp(6, 5)).build((1, 3, 4), 2, seed=0)
    images = torch.rand(7, 1, 3, 4)
    assert net.get_submodule("dense1.transform").in_features == 12
    assert torch.equal(net(images), net(images.flatten(1)))
    assert torch.equal(net.logits(images), net.logits(images.flatten(1)))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (conv(kernel=5), (4, 9, 11)),
        (conv(kernel=13), (4, 1, 3)),
        (conv(stride=2), (4, 6, 7)),
        (conv(padding="same"), (4, 13, 15)),
        (conv(kernel=5, padding="same"), (4, 13, 15)),
        (pool(2), (1, 6, 7)),  # the last row and column are left over
        (pool(13), (1, 1, 1)),
        (dropout(), (1, 13, 15)),
    ],
)
def test_shapes_of_single_layers(layer, shape):
    net = read(cnn(layer, FLATTEN, dense(2, "softmax"))).build((1, 13, 15), 2, seed=0)
    first = next(iter(follow(net.eval(), torch.rand(1, 1, 13, 15)).values()))
    assert first.shape[1:] == shape


def test_a_convolution_is_a_cross_correlation():
    net = read(cnn(conv(2, 2, activation="linear"), FLATTEN, dense(2, "softmax"))).build((3, 4, 4), 2, 0)
    x = torch.rand(1, 3, 4, 4)
    transform = net.get_submodule("conv1.transform")
    with torch.no_grad():
        transform.bias.copy_(torch.tensor([0.5, -0.25]))
        said = follow(net, x)["conv1"]
        for channel in range(2):
            for i in range(3):
                for j in range(3):
                    window = x[0, :, i : i + 2, j : j + 2]
                    wanted = (transform.weight[channel] * window).sum() + transform.bias[channel]
                    torch.testing.assert_close(said[0, channel, i, j], wanted)


def test_max_pool_takes_the_maximum_of_each_square():
    net = read(cnn(pool(2), FLATTEN, dense(2, "softmax"))).build((1, 5, 4), 2, seed=0)
    x = torch.arange(20.0).reshape(1, 1, 5, 4)
    assert follow(net, x)["pool"].tolist() == [[[[5.0, 7.0], [13.0, 15.0]]]]


@pytest.mark.parametrize("output", ["softmax", "linear"])
def test_logits_are_what_stands_before_the_softmax(output):
    net = read(cnn(conv(), FLATTEN, dense(6), dense(3, output))).build((1, 6, 6), 3, seed=4)
    x = torch.randn(9, 1, 6, 6)
    said = follow(net, x)
    assert torch.equal(net(x), said["output"])
    logits = net.get_submodule("output.transform")(said["dense1"])
    assert torch.equal(net.logits(x), logits)
    wanted = torch.softmax(logits, dim=1) if output == "softmax" else logits
    torch.testing.assert_close(net(x), wanted, rtol=0, atol=0)


def test_logits_survive_where_probabilities_vanish():
    """A loss of the probabilities would be infinite: exp(-200) is not a float32."""
    net = read(mlp(activation="linear")).build((1,), 2, seed=0)
    with torch.no_grad():
        net.get_submodule("output.transform").weight.copy_(torch.tensor([[100.0], [-100.0]]))
    assert net(torch.ones(1, 1)).tolist() == [[1.0, 0.0]]
    assert net.logits(torch.ones(1, 1)).tolist() == [[100.0, -100.0]]


def test_dropout_acts_while_training_only():
    net = read(DROPOUT_CNN).build((1, 8, 8), 3, seed=0)
    x = torch.rand(16, 1, 8, 8)
    net.train()
    assert not torch.equal(net(x), net(x))
    net.eval()
    assert torch.equal(net(x), net(x))


@pytest.mark.parametrize("document", [MNIST_CNN, TISHBY_MLP, DROPOUT_CNN])
def test_json_round_trip(document):
    model = read(document)
    assert read(model.model_dump(mode="json")) == model
    assert hash(read(document)) == hash(model)


def test_a_net_is_laid_out_without_memory():
    net = read(mlp(2**19, 2**19)).lay_out((12,), 2)  # a terabyte of weights
    assert {parameter.device.type for parameter in net.parameters()} == {"meta"}
    assert count_weights(net) > 2**38


def test_a_built_net_has_memory_and_takes_gradients():
    net = read(DROPOUT_CNN).build((1, 8, 8), 3, seed=0)
    for parameter in net.parameters():
        assert isinstance(parameter, nn.Parameter)
        assert parameter.device.type == "cpu"
        assert parameter.dtype == torch.float32
        assert parameter.requires_grad
