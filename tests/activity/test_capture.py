"""Capturing gives the right numbers, in the order named, whatever the batches and the memory."""

import pytest
import torch
from torch import nn

from ibspec.activity import capture, layer_shapes
from tests.activity.examples import FLOAT32, by_name, mlp


class Nested(nn.Module):
    """Blocks in blocks, and a sum that skips one of them."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Linear(6, 5)
        self.blocks = nn.ModuleList([nn.Sequential(nn.Linear(5, 5), nn.ReLU(inplace=True)) for _ in range(2)])
        self.head = nn.Linear(5, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        for block in self.blocks:
            x = x + block(x)
        return self.head(x)


def test_a_sequential_net(x):
    model = mlp()
    got = by_name(model, x, ["0", "1", "2", "3", "4"])
    wanted = x
    for name, layer in model.named_children():
        wanted = layer(wanted).detach()
        torch.testing.assert_close(got[name], wanted, rtol=0, atol=FLOAT32)


def test_nested_modules(x):
    model = Nested()
    got = by_name(model, x, ["stem", "blocks.0.0", "blocks.0", "blocks.1", "head"])
    with torch.no_grad():
        stem = model.stem(x)
        linear = model.blocks[0][0](stem)
        first = stem + torch.relu(linear)
        second = model.blocks[1](first)
        wanted = [stem, linear, torch.relu(linear), second, model.head(first + second)]
    for value, layer in zip(got.values(), wanted, strict=True):
        torch.testing.assert_close(value, layer, rtol=0, atol=FLOAT32)
    assert bool((got["blocks.0.0"] < 0).any())  # what the layer said, before the ReLU wrote over it


def test_what_a_layer_says_survives_changes_in_place():
    model = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(48, 2))
    images = torch.randn(9, 1, 6, 6)
    got = by_name(model, images, ["0", "1", "2", "3"])
    with torch.no_grad():
        said = model[0](images)
    torch.testing.assert_close(got["0"], said, rtol=0, atol=FLOAT32)
    assert bool((got["0"] < 0).any())
    torch.testing.assert_close(got["1"], said.relu(), rtol=0, atol=FLOAT32)
    torch.testing.assert_close(got["2"], got["1"].flatten(1), rtol=0, atol=0)


def test_inputs_survive_changes_in_place(x):
    before = x.clone()
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(6, 2))
    got = by_name(model, x, ["0", "1"], memory=1)
    assert torch.equal(x, before)
    assert torch.equal(got["0"], x.relu())


def test_layers_come_in_the_order_named(x):
    order = ["3", "0", "4", "1"]
    for memory in (1, 2**30):
        assert [name for name, _ in capture(mlp(), x, order, memory=memory)] == order


@pytest.mark.parametrize("rows", [1, 2, 5, 22, 23, 24])
def test_batches_are_put_together_in_order(x, rows):
    model = mlp()
    whole = by_name(model, x, ["1", "4"], batch_size=23)
    parts = by_name(model, x, ["1", "4"], batch_size=rows)
    for name in whole:
        assert parts[name].shape == whole[name].shape
        torch.testing.assert_close(parts[name], whole[name], rtol=0, atol=FLOAT32)


class Counter(nn.Module):
    """Lets everything through, and keeps the number of rows of each forward pass."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[int] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.rows.append(len(x))
        return x


@pytest.mark.parametrize(
    ("memory", "passes"),
    [
        (4 * 23 * (6 + 5 + 4), 1),
        (4 * 23 * (6 + 5 + 4) - 1, 2),  # the last layer on its own
        (4 * 23 * 9, 2),  # 6 and 5 + 4 units
        (4 * 23 * 6, 3),
        (1, 3),  # a layer on its own may take more than the limit
    ],
)
def test_a_memory_limit_changes_passes_and_not_numbers(x, memory, passes):
    counter = Counter()
    model = nn.Sequential(counter, nn.Linear(6, 5), nn.Linear(5, 4), nn.Linear(4, 3))
    unlimited = by_name(model, x, ["0", "1", "2"], batch_size=10)
    counter.rows.clear()
    limited = by_name(model, x, ["0", "1", "2"], batch_size=10, memory=memory)
    assert counter.rows[1:] == [10, 10, 3] * passes
    for name, values in unlimited.items():
        assert torch.equal(values, limited[name])


def test_passes_end_where_nothing_is_left_to_see(x):
    counter = Counter()
    list(capture(nn.Sequential(nn.Linear(6, 5), nn.Linear(5, 4), counter), x, ["0"], batch_size=10))
    assert len(counter.rows) == 1  # the look at the shapes goes to the end


def test_whole_numbers_in_and_out():
    """Token numbers into an embedding; a layer that picks the largest."""

    class Largest(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.argmax(dim=2)

    model = nn.Sequential(nn.Embedding(10, 4), Largest())
    tokens = torch.randint(0, 10, (8, 3))
    got = by_name(model, tokens, ["0", "1"], batch_size=3)
    assert torch.equal(got["0"], model[0].weight.detach()[tokens])
    assert got["1"].dtype == torch.int64


def test_shapes_are_without_samples_and_in_the_order_named(x):
    assert list(layer_shapes(Nested(), x, ["head", "stem"]).items()) == [("head", (3,)), ("stem", (5,))]


def test_shapes_of_a_net_without_memory():
    with torch.device("meta"):
        model = nn.Sequential(nn.Conv2d(1, 8, 3), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8 * 169, 2**40))
        shapes = layer_shapes(model, torch.empty(1, 1, 28, 28), ["0", "1", "3"])
    assert shapes == {"0": (8, 26, 26), "1": (8, 13, 13), "3": (2**40,)}
