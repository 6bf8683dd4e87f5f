"""Information of Gaussian inputs, linear labels and noisy linear layers."""

import math

import numpy as np
import pytest

from ibspec.core import ShapeError
from ibspec.data import LinearLaw

ROUNDING = 1e-11
"""Logarithms of determinants of a dozen rows, conditioned better than 1e4."""

SCALES = np.array([0.8, 1.5, 1.1, 0.6, 2.0])
WEIGHTS = np.array([[1.0, -0.5, 0.3], [0.2, 0.9, -1.4]])
LAW = LinearLaw(SCALES, WEIGHTS, 0.7)
V = np.random.default_rng(2).standard_normal((4, 5))
NOISE = 0.5


def gaussian_information(covariance: np.ndarray, a: slice, b: slice) -> float:
    """I(A;B) from canonical correlations: no determinant."""

    def root(matrix):
        values, vectors = np.linalg.eigh(matrix)
        return vectors / np.sqrt(values) @ vectors.T

    crossed = root(covariance[a, a]) @ covariance[a, b] @ root(covariance[b, b])
    return float(-np.log2(1 - np.linalg.svd(crossed, compute_uv=False) ** 2).sum() / 2)


def joint_map() -> np.ndarray:
    """The map from independent standard normals to (x, y, t)."""
    x = np.diag(SCALES)
    y = np.concatenate([WEIGHTS, np.zeros((2, 2))], axis=1) @ x
    top = np.concatenate([x, np.zeros((5, 6))], axis=1)
    middle = np.concatenate([y, 0.7 * np.eye(2), np.zeros((2, 4))], axis=1)
    bottom = np.concatenate([V @ x, np.zeros((4, 2)), NOISE * np.eye(4)], axis=1)
    return np.concatenate([top, middle, bottom])


RELEVANT, IRRELEVANT, INPUT, LABEL, LAYER = slice(0, 3), slice(3, 5), slice(0, 5), slice(5, 7), slice(7, 11)


def check(covariance: np.ndarray, tolerance: float) -> None:
    layer = LAW.layer(V, NOISE)
    for exact, a, b in [
        (LAW.i_xy, INPUT, LABEL),
        (LAW.i_xy, RELEVANT, LABEL),
        (layer.i_xt, INPUT, LAYER),
        (layer.i_ty, LAYER, LABEL),
        (layer.i_relevant_t, RELEVANT, LAYER),
        (layer.i_irrelevant_t, IRRELEVANT, LAYER),
    ]:
        assert exact == pytest.approx(gaussian_information(covariance, a, b), abs=tolerance)


def test_determinants_agree_with_canonical_correlations():
    made = joint_map()
    check(made @ made.T, ROUNDING)


def test_five_informations_agree_with_samples():
    """200,000 rows: a canonical correlation r has deviation (1 - r^2) / sqrt(N), and its information
    log2(e) r / (1 - r^2) times that: below log2(e) / sqrt(N) each, of at most 4 together; 4 of them."""
    rng = np.random.default_rng(5)
    rows = rng.standard_normal((200_000, 11)) @ joint_map().T
    check(np.cov(rows.T), 4 * 4**0.5 * math.log2(math.e) / 200_000**0.5)


def test_chain_rule_of_a_layer():
    layer = LAW.layer(V, NOISE)
    assert layer.i_xt == pytest.approx(layer.i_relevant_t + layer.i_irrelevant_t_given_relevant, abs=ROUNDING)
    assert layer.i_xt == pytest.approx(
        layer.i_irrelevant_t + layer.i_relevant_t_given_irrelevant, abs=ROUNDING
    )
    # Independent parts: to know the other one can only help.
    assert layer.i_relevant_t < layer.i_relevant_t_given_irrelevant
    assert layer.i_irrelevant_t < layer.i_irrelevant_t_given_relevant
    assert layer.i_ty < LAW.i_xy


def test_one_input_and_one_label():
    """Signal 4, noise 1: log2(5) / 2; h(X) = log2(2 pi e 4) / 2."""
    law = LinearLaw(np.array([2.0]), np.array([[1.0]]), 1.0)
    assert law.i_xy == pytest.approx(math.log2(5) / 2, abs=ROUNDING)
    assert law.differential_h_x == pytest.approx(math.log2(8 * math.pi * math.e) / 2, abs=ROUNDING)
    assert law.differential_h_y == pytest.approx(math.log2(10 * math.pi * math.e) / 2, abs=ROUNDING)
    layer = law.layer(np.array([[3.0]]), 2.0)
    assert layer.i_xt == pytest.approx(math.log2(10) / 2, abs=ROUNDING)
    assert layer.i_irrelevant_t == pytest.approx(0, abs=ROUNDING)


def test_turning_the_units_of_a_layer_changes_nothing():
    turn = np.linalg.qr(np.random.default_rng(1).standard_normal((4, 4)))[0]
    one, other = LAW.layer(V, NOISE), LAW.layer(turn @ V, NOISE)  # the noise looks the same from every side
    assert one.i_xt == pytest.approx(other.i_xt, abs=ROUNDING)
    assert one.i_ty == pytest.approx(other.i_ty, abs=ROUNDING)
    assert one.i_irrelevant_t == pytest.approx(other.i_irrelevant_t, abs=ROUNDING)


@pytest.mark.parametrize("v", [np.ones((2, 4)), np.ones(5)])
def test_layers_of_other_inputs(v):
    with pytest.raises(ShapeError, match="a layer of 5 inputs needs as many columns; got"):
        LAW.layer(v, NOISE)


def test_more_weights_than_inputs():
    with pytest.raises(ShapeError, match="weights of 3 relevant inputs, but scales of 2 inputs in all"):
        LinearLaw(np.ones(2), np.ones((1, 3)), 1.0)
