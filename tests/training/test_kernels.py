"""Compiled activations against NumPy's in float64: how far off, and nothing special about any place."""

import numpy as np
import pytest

from ibspec.training import kernels


def sigmoid(x: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1.0, e) / (1.0 + e)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


CASES = {
    # name: number, activity, derivative
    "tanh": (kernels.TANH, np.tanh, lambda x: np.cosh(np.clip(x, -300, 300)) ** -2.0),
    "relu": (kernels.RELU, lambda x: np.maximum(x, 0.0), lambda x: (x > 0) * 1.0),
    "leaky-relu": (
        kernels.LEAKY_RELU,
        lambda x: np.where(x > 0, x, np.float32(0.01) * x),
        lambda x: np.where(x > 0, 1.0, np.float32(0.01)),
    ),
    "sigmoid": (kernels.SIGMOID, sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "softsign": (kernels.SOFTSIGN, lambda x: x / (1 + np.abs(x)), lambda x: (1 + np.abs(x)) ** -2.0),
    "softplus": (kernels.SOFTPLUS, softplus, sigmoid),
    "linear": (kernels.LINEAR, lambda x: x, np.ones_like),
}

ULPS = 3.0
"""Three or four operations, each rounded by half a unit in the last place, two of which may meet a result one
binade lower, where the unit is half as large. torch's own are off by 0.6 (tanh) to 2.5 (sigmoid)."""

near = np.concatenate([np.linspace(-20.0, 20.0, 200_001), np.linspace(-1.0, 1.0, 100_001)])
small = np.geomspace(1e-30, 20.0, 100_001)
ARGUMENTS = np.concatenate([near, small, -small]).astype(np.float32)


def call(kind: int, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    activity, slope = x.copy(), np.full_like(x, np.nan)
    kernels.activate(kind, x.dtype.type(0.01), activity, slope, len(x))
    return activity, slope


def ulps(got: np.ndarray, wanted: np.ndarray) -> float:
    units = np.spacing(np.abs(wanted).astype(np.float32)).astype(np.float64)
    return float((np.abs(got.astype(np.float64) - wanted) / units).max())


@pytest.mark.parametrize("name", CASES)
def test_activities_in_float32(name):
    kind, function, _ = CASES[name]
    activity, _ = call(kind, ARGUMENTS)
    assert activity.dtype == np.float32
    assert ulps(activity, function(ARGUMENTS.astype(np.float64))) <= ULPS


@pytest.mark.parametrize("name", CASES)
def test_slopes_in_float32(name):
    """To a few roundings of numbers up to 1; 1 - h^2 has no more to give, in torch neither."""
    kind, _, derivative = CASES[name]
    _, slope = call(kind, ARGUMENTS)
    np.testing.assert_allclose(slope, derivative(ARGUMENTS.astype(np.float64)), rtol=0, atol=4 * 6e-8)


@pytest.mark.parametrize("name", CASES)
def test_in_float64(name):
    kind, function, derivative = CASES[name]
    x = near
    if name == "leaky-relu":
        function, derivative = lambda x: np.where(x > 0, x, 0.01 * x), lambda x: np.where(x > 0, 1.0, 0.01)
    activity, slope = call(kind, x)
    np.testing.assert_allclose(activity, function(x), rtol=1e-15, atol=1e-16)  # a few roundings
    np.testing.assert_allclose(slope, derivative(x), rtol=0, atol=1e-15)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_ends(name, dtype):
    kind, function, derivative = CASES[name]
    x = np.array([0.0, -0.0, 1e-40, 88.0, -88.0, 1e4, -1e4, 1e30, -1e30], dtype)
    activity, slope = call(kind, x)
    np.testing.assert_allclose(activity, function(x.astype(np.float64)), rtol=1e-6, atol=1e-37)
    np.testing.assert_allclose(slope, derivative(x.astype(np.float64)), rtol=0, atol=1e-6)
    (nan,), _ = call(kind, np.array([np.nan], dtype))
    assert np.isnan(nan)


@pytest.mark.parametrize("name", CASES)
def test_every_place_is_the_same(name):
    """The processor takes many numbers at once, and those left over one by one: the bits are the same."""
    kind, *_ = CASES[name]
    some = ARGUMENTS[:: len(ARGUMENTS) // 211]
    together = call(kind, some)
    for index in range(len(some)):
        alone = call(kind, some[index : index + 1])
        assert alone[0].tobytes() == together[0][index : index + 1].tobytes()
        assert alone[1].tobytes() == together[1][index : index + 1].tobytes()


def test_every_activation_has_a_case():
    assert sorted(kind for kind, *_ in CASES.values()) == list(range(7))
    assert kernels.LINEAR == 6


def test_nothing_is_written_beyond_the_rows_that_count():
    x = np.ones(8, np.float32)
    slope = np.full(8, 7.0, np.float32)
    kernels.activate(kernels.TANH, np.float32(0.0), x, slope, 5)
    assert (x[5:] == 1.0).all()
    assert (slope[5:] == 7.0).all()
