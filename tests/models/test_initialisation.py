"""The laws of the first weights, by draws of fixed seeds."""

import math

import numpy as np
import pytest
import torch
from scipy import stats

from ibspec.core import child_seed
from tests.models.examples import FLATTEN, cnn, conv, dense, mlp, read

STANDARD_ERRORS = 5
"""Of a moment; about one draw in two million is farther off, and the draws are fixed by their seed."""

P_VALUE = 1e-6
"""Of the Kolmogorov-Smirnov test, likewise."""


def uniform(limit: float):
    return stats.uniform(-limit, 2 * limit)


def assert_drawn_from(weight: torch.Tensor, law) -> None:
    """The draws have the law's mean, spread, range and shape."""
    w = weight.detach().double().numpy().ravel()
    n = len(w)
    sd = law.std()
    assert abs(w.mean()) < STANDARD_ERRORS * sd / math.sqrt(n)
    excess = float(law.stats(moments="k"))
    error_of_sd = sd * math.sqrt((excess + 2) / (4 * n))
    assert w.std() == pytest.approx(sd, abs=STANDARD_ERRORS * error_of_sd)
    low, high = law.support()
    assert low - 1e-7 <= w.min()
    assert w.max() <= high + 1e-7  # the limits are rounded to float32
    assert stats.kstest(w, law.cdf).pvalue > P_VALUE


def dense_weights(init: dict[str, object]) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights of 400 -> 150 and of 150 -> 100, the output."""
    net = read(mlp(150, init=init)).build((400,), 100, seed=11)
    return net.get_parameter("dense1.transform.weight"), net.get_parameter("output.transform.weight")


LAWS = {
    # Glorot & Bengio (2010) eq. 16, and the normal law of the same variance
    "glorot-uniform": lambda fan_in, fan_out: uniform(math.sqrt(6 / (fan_in + fan_out))),
    "glorot-normal": lambda fan_in, fan_out: stats.norm(0, math.sqrt(2 / (fan_in + fan_out))),
    # He et al. (2015) eq. 10
    "he-uniform": lambda fan_in, _: uniform(math.sqrt(6 / fan_in)),
    "he-normal": lambda fan_in, _: stats.norm(0, math.sqrt(2 / fan_in)),
    # LeCun et al. (1998) eq. 16
    "lecun-normal": lambda fan_in, _: stats.norm(0, math.sqrt(1 / fan_in)),
}


@pytest.mark.parametrize("kind", LAWS)
def test_named_laws_of_dense_layers(kind):
    hidden, output = dense_weights({"kind": kind})
    assert_drawn_from(hidden, LAWS[kind](400, 150))
    assert_drawn_from(output, LAWS[kind](150, 100))


@pytest.mark.parametrize("kind", LAWS)
def test_fans_of_a_convolution_count_its_kernel(kind):
    layers = conv(40, 5), FLATTEN, dense(3, "softmax")
    net = read(cnn(*layers, init={"kind": kind})).build((20, 6, 6), 3, seed=12)
    assert_drawn_from(net.get_parameter("conv1.transform.weight"), LAWS[kind](20 * 25, 40 * 25))


def test_normal_law_is_the_same_in_every_layer():
    for weight in dense_weights({"kind": "normal", "std": 0.3}):
        assert_drawn_from(weight, stats.norm(0, 0.3))


def test_saxe_law_is_cut_at_two_standard_deviations_and_not_restored():
    hidden, output = dense_weights({"kind": "saxe-truncated-normal"})
    law = stats.truncnorm(-2, 2, scale=1 / math.sqrt(150))  # the layer's own units, not its inputs
    assert law.std() == pytest.approx(0.8796 / math.sqrt(150), rel=1e-4)
    assert_drawn_from(hidden, law)
    assert hidden.abs().max() > 1.99 / math.sqrt(150)  # 60,000 draws: the last 1 % of the range holds 65
    assert_drawn_from(output, uniform(math.sqrt(6 / 250)))


def test_default_law_is_glorot_uniform():
    net, same = (
        read(mlp(9, **more)).build((4,), 2, 5) for more in ({}, {"init": {"kind": "glorot-uniform"}})
    )
    assert torch.equal(
        net.get_parameter("dense1.transform.weight"), same.get_parameter("dense1.transform.weight")
    )


INITS = [
    *({"kind": kind} for kind in LAWS),
    {"kind": "normal", "std": 0.3},
    {"kind": "saxe-truncated-normal"},
]
each_init = pytest.mark.parametrize("init", INITS, ids=lambda init: init["kind"])


def weights_of(init: dict[str, object], seed: int) -> dict[str, torch.Tensor]:
    layers = conv(3), FLATTEN, dense(9), dense(9), dense(9), dense(4, "softmax")
    return read(cnn(*layers, init=init)).build((2, 5, 5), 4, seed).state_dict()


@each_init
def test_biases_are_zero_and_weights_are_not(init):
    for name, value in weights_of(init, 3).items():
        assert bool((value == 0).all()) == name.endswith("bias"), name


@each_init
def test_same_seed_same_weights(init):
    torch.manual_seed(1)
    one = weights_of(init, 3)
    torch.manual_seed(2)
    before = torch.get_rng_state()
    other = weights_of(init, 3)
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert torch.equal(torch.get_rng_state(), before)  # torch's own generator is left alone


@each_init
def test_replicas_and_layers_differ(init):
    drawn = [weights_of(init, child_seed(7, "init", replica)) for replica in range(4)]
    for name in drawn[0]:
        if name.endswith("weight"):
            assert len({tuple(weights[name].flatten().tolist()) for weights in drawn}) == 4, name
    # Layers of one shape do not repeat one another.
    assert not torch.equal(drawn[0]["dense2.transform.weight"], drawn[0]["dense3.transform.weight"])


def test_seeds_of_63_bits_are_taken():
    seeds = [2**63 - 1, child_seed(2**63 - 1, "init", 0)]
    drawn = [weights_of({"kind": "normal", "std": 1.0}, seed)["conv1.transform.weight"] for seed in seeds]
    assert np.isfinite(drawn[0].numpy()).all()
    assert not torch.equal(*drawn)
