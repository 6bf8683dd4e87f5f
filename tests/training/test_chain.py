"""Which nets are chains of dense layers; everything else is refused, and the refusal says why."""

from typing import get_args

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations

from ibspec.models import Mlp
from ibspec.models.activations import HiddenActivationName
from ibspec.training.chain import ActivationKind, NotAChainError, common_chain, read_chain
from tests.training import examples


def dense(*between: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Linear(3, 3), *between, nn.Linear(3, 2))


class Adds(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return self.layer(x) + x


class Branches(nn.Module):
    """Does something else while it trains."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return self.layer(x).mul(2.0) if self.training else self.layer(x)


class DependsOnData(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)

    def forward(self, x):
        return self.layer(x) if x.sum() > 0 else x


class SkipsALayer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.other = nn.Linear(3, 3), nn.Linear(3, 3)

    def forward(self, x):
        self.one(x)
        return self.other(x)


class MyTanh(nn.Tanh):
    def forward(self, x):
        return 2.0 * super().forward(x)


class MyLinear(nn.Linear):
    def forward(self, x):
        return 2.0 * super().forward(x)


def twice() -> nn.Module:
    layer = nn.Linear(3, 3)
    return nn.Sequential(layer, nn.Tanh(), layer)


def tied() -> nn.Module:
    net = nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 3))
    net[2].weight = net[0].weight
    return net


def hooked(register: str) -> nn.Module:
    net = dense(nn.Tanh())
    getattr(net[1], register)(lambda *_: None)
    return net


def with_hook_on_a_gradient() -> nn.Module:
    net = dense(nn.Tanh())
    net[0].weight.register_hook(lambda gradient: 2.0 * gradient)
    return net


def frozen() -> nn.Module:
    net = dense(nn.Tanh())
    net[0].bias.requires_grad_(False)
    return net


def patched() -> nn.Module:
    net = dense(nn.Tanh())
    net[1].forward = lambda x: 3.0 * x
    return net


REFUSED = {
    "a convolution": (lambda: examples.nets(1, images=True)[0], "Conv2d"),
    "dropout": (lambda: dense(nn.Dropout()), r"Dropout\(p=0.5"),
    "dropout after an activation": (lambda: dense(nn.Tanh(), nn.Dropout()), "Dropout"),
    "batch norm": (lambda: dense(nn.BatchNorm1d(3)), "buffers"),
    "layer norm": (lambda: dense(nn.LayerNorm(3)), "LayerNorm"),
    "an unknown activation": (lambda: dense(nn.GELU()), "GELU"),
    "another softplus": (lambda: dense(nn.Softplus(beta=2.0)), "Softplus"),
    "two activations": (lambda: dense(nn.Tanh(), nn.Tanh()), "not part of a dense layer"),
    "an activation first": (lambda: nn.Sequential(nn.Tanh(), nn.Linear(3, 3)), "not part of a dense layer"),
    "an activation last": (lambda: nn.Sequential(nn.Linear(3, 3), nn.ReLU()), "come out of an activation"),
    "a softmax last": (lambda: nn.Sequential(nn.Linear(3, 3), nn.Softmax(dim=1)), "Softmax"),
    "no layer": (lambda: nn.Sequential(nn.Flatten()), "no dense layer"),
    "flattened late": (lambda: dense(nn.Flatten()), "Flatten"),
    "flattened in part": (lambda: nn.Sequential(nn.Flatten(2), nn.Linear(3, 3)), "Flatten"),
    "no bias": (lambda: nn.Sequential(nn.Linear(3, 3, bias=False)), "no bias"),
    "a residual": (Adds, "does not take what"),
    "another computation in training": (Branches, "mul"),
    "another computation in training, while at rest": (lambda: Branches().eval(), "mul"),
    "a decision by the data": (DependsOnData, "cannot be traced"),
    "a layer without use": (SkipsALayer, "does not take what"),
    "a layer used twice": (twice, "used twice"),
    "tied weights": (tied, "used twice"),
    "an activation of one's own": (lambda: dense(MyTanh()), "MyTanh|not part of"),
    "a layer of one's own": (lambda: nn.Sequential(MyLinear(3, 3)), "MyLinear|not take|not part of"),
    "a forward of its own": (patched, "forward of its own"),
    "a forward hook": (lambda: hooked("register_forward_hook"), "hooks"),
    "a forward pre-hook": (lambda: hooked("register_forward_pre_hook"), "hooks"),
    "a backward hook": (lambda: hooked("register_full_backward_hook"), "hooks"),
    "a backward pre-hook": (lambda: hooked("register_full_backward_pre_hook"), "hooks"),
    "a hook on a gradient": (with_hook_on_a_gradient, "0.weight` has hooks"),
    "a frozen parameter": (frozen, "0.bias` is frozen"),
    "a parametrisation": (lambda: nn.Sequential(parametrizations.weight_norm(nn.Linear(3, 3))), "Linear"),
    "half precision": (lambda: dense(nn.Tanh()).half(), "torch.float16"),
    "mixed precision": (lambda: nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3).double()), "different types"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what):
    build, reason = REFUSED[what]
    with pytest.raises(NotAChainError, match=reason):
        read_chain(build())


@pytest.mark.parametrize("name", get_args(HiddenActivationName))
def test_the_nets_of_specs_are_chains(name):
    net = Mlp(hidden=(4, 3), activation=name).build((2, 5), 6, seed=0)
    first, second, output = read_chain(net)
    assert (first.weight, first.bias) == ("dense1.transform.weight", "dense1.transform.bias")
    assert [(layer.units_in, layer.units) for layer in (first, second, output)] == [(10, 4), (4, 3), (3, 6)]
    assert [layer.activation for layer in (first, second, output)] == [name, name, "linear"]
    assert first.leak == (0.01 if name == "leaky-relu" else 0.0)


def test_every_name_of_an_activation_is_a_specs():
    assert set(get_args(ActivationKind)) == set(get_args(HiddenActivationName))


def test_anybodys_chain_will_do():
    net = nn.Sequential(nn.Flatten(), nn.Linear(6, 4), nn.LeakyReLU(0.3), nn.Linear(4, 4), nn.Linear(4, 2))
    assert [(layer.activation, layer.leak) for layer in read_chain(net)] == [
        ("leaky-relu", 0.3),
        ("linear", 0.0),
        ("linear", 0.0),
    ]


def test_reading_leaves_the_net_alone():
    (net,) = examples.nets()
    net.eval()
    net.dense1.train()
    before = [module.training for module in net.modules()]
    weights = {name: value.clone() for name, value in net.state_dict().items()}
    read_chain(net)
    assert [module.training for module in net.modules()] == before
    examples.assert_same_weights(net.state_dict(), weights)


def test_replicas_must_be_alike():
    one, other = dense(nn.Tanh()), dense(nn.ReLU())
    with pytest.raises(NotAChainError, match="replica 1 differs"):
        common_chain([one, other])
    with pytest.raises(NotAChainError, match="replica 2 differs"):
        common_chain([one, dense(nn.Tanh()), dense(nn.Tanh()).double()])
    with pytest.raises(NotAChainError, match="share parameters"):
        common_chain([one, one])
    with pytest.raises(NotAChainError, match="no net"):
        common_chain([])
    assert common_chain([one, dense(nn.Tanh())]) == read_chain(one)


def test_views_of_one_weight_are_shared_parameters():
    net = dense(nn.Tanh())
    net[2].weight = nn.Parameter(net[0].weight.detach()[:2])
    with pytest.raises(NotAChainError, match="share parameters"):
        common_chain([net])


def test_a_function_is_named_and_not_its_place_in_memory():
    """The same net gives the same log, run after run."""

    class Noisy(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            x = self.layer(x)
            return x + torch.randn_like(x)

    with pytest.raises(NotAChainError, match=r"\(call_function randn_like\)") as refusal:
        read_chain(Noisy())
    assert "0x" not in str(refusal.value)
