"""Two clouds: exact values by three ways of integrating, rows against their law."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.integrate import quad
from scipy.stats import norm

from ibspec.data import GaussianMixture, Places
from ibspec.data.gaussian_mixture import information_of_two_clouds

WORKED = {0.5: 0.160747220, 1: 0.485944154, 2: 0.912822286, 4: 0.999865058}

BY_HERMITE = 1e-9
"""They come from 200 nodes of Gauss and Hermite, which are that good: at 4, 0.999865057408 is right."""


def adaptive(a: float) -> float:
    """1 - h(posterior), by SciPy's adaptive rule, over the density of x = y a + z."""

    def integrand(x):
        p = 1 / (1 + math.exp(-2 * a * x))
        entropy = -sum(q * math.log2(q) for q in (p, 1 - p) if q > 0)
        return norm.pdf(x, loc=a) * entropy

    # To the right of 40 / a and to the left of -40 / a, the posterior's entropy is below 1e-30.
    low, high = max(a - 38, -40 / a), min(a + 38, 40 / a)
    return 1 - quad(integrand, low, high, limit=500, epsabs=1e-13, epsrel=1e-12)[0]


@pytest.mark.parametrize(("distance", "bits"), WORKED.items())
def test_worked_values(distance, bits):
    data = GaussianMixture(relevant=3, irrelevant=2, distance=distance, noise=0.7, samples=10)
    assert data.truth["i_xy"] == pytest.approx(bits, abs=BY_HERMITE)
    assert data.truth["i_relevant_y"] == data.truth["i_xy"]
    assert data.truth["h_y"] == 1
    assert data.truth["i_irrelevant_y"] == data.truth["i_irrelevant_y_given_relevant"] == 0


@pytest.mark.parametrize("distance", [0.01, 0.1, 0.5, 1, 2, 4, 8, 20])
def test_trapezoids_agree_with_adaptive_quadrature(distance):
    assert information_of_two_clouds(distance) == pytest.approx(adaptive(distance), abs=1e-11)


@pytest.mark.parametrize("distance", [0.1, 0.5, 1, 2, 4])
def test_trapezoids_agree_with_gauss_and_hermite(distance):
    """200 nodes; the integrand bends within a width of 1 / (2a), so that more distance needs more of them."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(200)
    terms = np.logaddexp(0, -2 * distance * (distance + nodes)) / math.log(2)
    gauss = 1 - weights @ terms / math.sqrt(2 * math.pi)
    assert information_of_two_clouds(distance) == pytest.approx(gauss, abs=BY_HERMITE)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_information_grows_with_the_distance(one, other):
    low, high = sorted((one, other))
    assert -1e-15 <= information_of_two_clouds(low) <= information_of_two_clouds(high) + 1e-15 <= 1 + 2e-15


def test_information_of_close_clouds():
    """I = a^2 / (2 ln 2) - a^4 / (4 ln 2) ..., the signal-to-noise series of a binary input."""
    for a in (1e-2, 1e-3):
        series = (a**2 / 2 - a**4 / 4) / math.log(2)
        assert information_of_two_clouds(a) == pytest.approx(series, abs=a**6 + 1e-15)


def rows(**changes) -> GaussianMixture:
    known = {"relevant": 3, "irrelevant": 2, "distance": 1.2, "noise": 0.5, "samples": 200_000, "seed": 4}
    return GaussianMixture(**(known | changes))


def log2_normal(x: np.ndarray, deviation: float) -> np.ndarray:
    return (-((x / deviation) ** 2) / 2 - np.log(deviation * math.sqrt(2 * math.pi))) / math.log(2)


@pytest.mark.parametrize("hidden", [False, True])
def test_exact_values_against_the_rows(hidden):
    """Means of -log2 p(x) and log2 p(x|y) / p(x), of the density written out for the point that x is."""
    data = rows(hidden=hidden)
    loaded = data.load(Places())
    x = loaded.x.astype(float)
    x = x if loaded.mixing is None else x @ loaded.mixing  # the transpose turns back
    mean = np.array([1.2 * 0.5 / 3**0.5] * 3 + [0, 0])
    deviation = np.array([0.5] * 3 + [1, 1])
    given = np.stack([log2_normal((x - side * mean), deviation).sum(axis=1) for side in (-1, 1)])
    density = np.logaddexp2(given[0], given[1]) - 1
    told = given[loaded.y, np.arange(len(x))] - density
    for sample, exact in [(-density, "differential_h_x"), (told, "i_xy")]:
        assert sample.mean() == pytest.approx(data.truth[exact], abs=4 * sample.std() / 200_000**0.5)


def test_rows_follow_the_law():
    loaded = rows().load(Places())
    assert loaded.x.shape == (200_000, 5)
    assert np.array_equal(loaded.x, np.concatenate([loaded.relevant, loaded.irrelevant], axis=1))
    assert loaded.mixing is None
    assert loaded.y.mean() == pytest.approx(0.5, abs=4 * 0.5 / 200_000**0.5)
    side = np.where(loaded.y == 1, 1, -1)[:, None]
    # Standard errors of a mean and of a variance: s / sqrt(N) and s^2 sqrt(2 / N).
    means = (loaded.x * side).mean(axis=0)
    assert means[:3] == pytest.approx(0.6 / 3**0.5, abs=4 * 0.5 / 200_000**0.5)
    assert means[3:] == pytest.approx(0, abs=4 / 200_000**0.5)
    spread = (loaded.x - np.where(np.arange(5) < 3, 0.6 / 3**0.5, 0) * side).var(axis=0)
    assert spread[:3] == pytest.approx(0.25, abs=4 * 0.25 * (2 / 200_000) ** 0.5)
    assert spread[3:] == pytest.approx(1, abs=4 * (2 / 200_000) ** 0.5)


def test_hiding_turns_the_same_rows():
    plain, hidden = rows(samples=1000).load(Places()), rows(samples=1000, hidden=True).load(Places())
    assert np.array_equal(plain.y, hidden.y)
    assert np.array_equal(plain.relevant, hidden.relevant)
    turned = plain.x.astype(float) @ hidden.mixing.T
    assert np.abs(hidden.x - turned).max() < 2**-24 * np.abs(turned).max()  # rounded once to float32
    assert np.abs(hidden.mixing).max() < 1


def test_seed_decides_everything():
    first, again, other = (rows(samples=100, seed=seed, hidden=True).load(Places()) for seed in (1, 1, 2))
    assert first.sha256 == again.sha256
    assert first.sha256["inputs"] != other.sha256["inputs"]
    assert not np.array_equal(first.mixing, other.mixing)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"relevant": 0}, "relevant"),
        ({"irrelevant": -1}, "irrelevant"),
        ({"distance": -0.1}, "distance"),
        ({"distance": float("inf")}, "distance"),
        ({"noise": 0}, "noise"),
        ({"samples": 1}, "samples"),
        ({"seed": -1}, "seed"),
        ({"train_fraction": 1}, "train_fraction"),
        ({"rule": "and"}, "rule"),
    ],
)
def test_wrong_parameters(changes, problem):
    with pytest.raises(ValidationError, match=problem):
        rows(**changes)
