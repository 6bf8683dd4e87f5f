"""Every activation against its formula, in float64."""

from typing import get_args

import numpy as np
import pytest
import torch

from ibspec.models.activations import ActivationName, HiddenActivationName, activation
from tests.models.examples import follow, mlp, read

FORMULAS = {
    "tanh": lambda z: (np.exp(2 * z) - 1) / (np.exp(2 * z) + 1),
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "linear": lambda z: z,
    "softmax": lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}

Z = np.random.default_rng(0).normal(scale=3, size=(40, 5))


def test_every_name_has_a_formula():
    assert set(get_args(ActivationName)) == set(FORMULAS)
    assert set(get_args(HiddenActivationName)) == set(FORMULAS) - {"softmax"}


@pytest.mark.parametrize("name", sorted(FORMULAS))
def test_formula(name):
    said = activation(name)(torch.from_numpy(Z)).numpy()
    # float64: a handful of roundings of numbers below 20
    np.testing.assert_allclose(said, FORMULAS[name](Z), rtol=0, atol=1e-14)


def test_softmax_runs_over_units_and_not_over_samples():
    said = activation("softmax")(torch.from_numpy(Z))
    torch.testing.assert_close(said.sum(dim=1), torch.ones(40, dtype=torch.float64))


@pytest.mark.parametrize("name", get_args(HiddenActivationName))
def test_a_hidden_layer_is_the_activation_of_its_transform(name):
    net = read(mlp(5, activation=name)).build((4,), 2, seed=1)
    x = torch.randn(8, 4)
    transform = net.get_submodule("dense1.transform")
    assert torch.equal(follow(net, x)["dense1"], activation(name)(x @ transform.weight.T + transform.bias))
