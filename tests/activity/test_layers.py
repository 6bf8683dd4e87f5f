"""Which layers are measured: those named, or all that the model offers."""

import pytest
import torch
from torch import nn

from ibspec.activity import capture, resolve_layers
from ibspec.core import SpecError
from ibspec.models import Mlp


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Linear(4, 3), nn.ReLU())
        self.classifier = nn.Linear(3, 2)
        self.read_out = self.classifier  # a second name of the same layer

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.features(x))


def test_all_direct_children_when_left_out():
    assert resolve_layers(Net(), None) == ("features", "classifier")


def test_a_model_can_say_what_is_worth_measuring():
    net = Net()
    net.measurable_layers = ("features.1",)  # type: ignore[assignment]
    assert resolve_layers(net, None) == ("features.1",)
    own = Mlp(hidden=(5, 4), activation="tanh").lay_out((3,), 2)
    assert resolve_layers(own, None) == ("dense1", "dense2", "output")


@pytest.mark.parametrize("layers", [["classifier"], ["features.1", "features.0"], ("read_out",)])
def test_names_are_taken_in_their_order(layers):
    assert resolve_layers(Net(), layers) == tuple(layers)


def test_a_layer_is_captured_under_any_of_its_names():
    net, x = Net(), torch.randn(5, 4)
    ((name, values),) = capture(net, x, ["read_out"])
    assert name == "read_out"
    torch.testing.assert_close(values, net(x).detach())


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("clasifier", r"no layer 'clasifier'\. Did you mean 'classifier'\? It has features, classifier$"),
        ("feature.1", r"no layer 'feature\.1'\. Did you mean 'features"),
        ("features.2", r"no layer 'features\.2'\. Did you mean 'features"),
        ("", r"no layer ''\. It has features, classifier$"),
        ("zzz", r"no layer 'zzz'\. It has features, classifier$"),
    ],
)
def test_unknown_names(name, message):
    with pytest.raises(SpecError, match=message):
        resolve_layers(Net(), ["features", name])


def test_names_of_our_own_nets_have_near_matches():
    net = Mlp(hidden=(5, 4), activation="tanh").lay_out((3,), 2)
    with pytest.raises(SpecError, match=r"Did you mean 'dense2'\? It has dense1, dense2, output"):
        resolve_layers(net, ["dense_2"])
    with pytest.raises(SpecError, match=r"Did you mean 'dense1\.transform'\?"):
        resolve_layers(net, ["dense1.transfrom"])


def test_a_name_stands_once():
    with pytest.raises(SpecError, match=r"named twice in \['features', 'classifier', 'features'\]"):
        resolve_layers(Net(), ["features", "classifier", "features"])


@pytest.mark.parametrize(
    ("model", "layers", "message"),
    [
        (Net(), [], "no layer to measure; the model has features, classifier"),
        (nn.Linear(3, 2), None, "no layer to measure; the model has none by name"),
    ],
)
def test_nothing_to_measure(model, layers, message):
    with pytest.raises(SpecError, match=message):
        resolve_layers(model, layers)
