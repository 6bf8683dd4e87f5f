"""Information-bottleneck curves against closed forms, a linear programme, dit and random encoders."""

import math

import numpy as np
import pytest
from scipy.optimize import brentq, linprog

from ibspec.analysis import bottleneck_curve, merge_inputs
from ibspec.analysis.bottleneck import WITHIN, _concave_hull
from ibspec.analysis.bottleneck_encoders import Found, both_ends

ROUNDING = 1e-12


def entropy(law):
    p = np.asarray(law)[np.asarray(law) > 0]
    return float(-(p * np.log2(p)).sum())


def information(joint):
    return entropy(joint.sum(axis=0)) + entropy(joint.sum(axis=1)) - entropy(joint)


def drawn(seed, inputs, labels, evenness=1.0):
    """A joint law; the smaller the evenness, the nearer to a function."""
    return np.random.default_rng(seed).dirichlet(np.full(inputs * labels, evenness)).reshape(inputs, labels)


def symmetric(flip):
    return np.array([[1 - flip, flip], [flip, 1 - flip]]) / 2


def test_symmetric_channel():
    """Mrs. Gerber's lemma: 1 - h(flip * h^-1(1 - x)), with a * b = a (1 - b) + b (1 - a).

    Wyner & Ziv (1973), IEEE Trans. Inf. Theory 19, theorem 1.
    """
    curve = bottleneck_curve(symmetric(0.1))
    assert not curve.is_exact
    for x in (0.05, 0.3, 0.6, 0.95):
        error = brentq(lambda p, x=x: entropy([p, 1 - p]) - (1 - x), 1e-12, 0.5)
        mixed = error * 0.9 + (1 - error) * 0.1
        assert curve.at(x) == pytest.approx(1 - entropy([mixed, 1 - mixed]), abs=WITHIN)
    assert (curve.i_xt[-1], curve.i_ty[-1]) == pytest.approx((1.0, 1 - entropy([0.1, 0.9])), abs=ROUNDING)


def test_erased_label():
    """Y says X three times out of four and nothing otherwise: each bit about X is three quarters about Y."""
    curve = bottleneck_curve(np.array([[0.375, 0, 0.125], [0, 0.375, 0.125]]))
    x = np.linspace(0, 1, 7)
    assert curve.at(x) == pytest.approx(0.75 * x, abs=WITHIN)


def best_by_programme(joint, prices, grid):
    """The curve as a linear programme: weights of all laws p(x|t) on a grid, whose mean is p(x).

    It attains no more than the curve, and comes up to it as the grid gets finer.
    """
    inputs = joint.sum(axis=1)
    given = joint / inputs[:, None]
    if len(joint) == 2:
        share = np.arange(grid + 1)[:, None] / grid
        laws = np.hstack([share, 1 - share])
    else:
        laws = np.array([(i, j, grid - i - j) for i in range(grid + 1) for j in range(grid + 1 - i)]) / grid
    laws = np.vstack([laws, inputs])
    of_x = np.array([entropy(law) for law in laws])
    of_y = np.array([entropy(law @ given) for law in laws])
    return [
        entropy(inputs @ given)
        - linprog(of_y, A_ub=[-of_x], b_ub=[x - entropy(inputs)], A_eq=laws.T, b_eq=inputs).fun
        for x in prices
    ]


@pytest.mark.parametrize(
    ("joint", "grid", "coarse"),
    [
        *(pytest.param(drawn(seed, 2, 3), 2000, 1e-4, id=f"2x3 {seed}") for seed in range(2)),
        *(pytest.param(drawn(seed, 3, 3, 0.5), 48, 3e-3, id=f"3x3 {seed}") for seed in range(3)),
        *(pytest.param(drawn(seed, 3, 2), 48, 3e-3, id=f"3x2 {seed}") for seed in range(2)),
    ],
)
def test_against_a_linear_programme(joint, grid, coarse):
    """Below it by what was not worth another encoder, above it by what the grid costs.

    Moving a law to a corner of its cell, 1 / grid apart, costs in bits the second derivative, 1 / (p ln 2),
    times the square of the distance: for p of a tenth some 10 / 48^2 at most, and mostly less.
    """
    curve = bottleneck_curve(joint)
    prices = np.linspace(0, curve.i_xt[-1], 6)[1:-1]
    programme = np.array(best_by_programme(joint, prices, grid))
    assert (programme - curve.at(prices)).max() <= WITHIN
    assert (curve.at(prices) - programme).max() <= coarse


@pytest.mark.filterwarnings("ignore")
def test_against_dit():
    """Its optimiser, from random starts, finds no more than the curve and as much."""
    dit = pytest.importorskip("dit")
    from dit.rate_distortion.curves import IBCurve

    joint = drawn(4, 2, 2, 0.3)
    outcomes = [f"{x}{y}" for x in range(2) for y in range(2)]
    state = np.random.get_state()  # noqa: NPY002  dit draws from NumPy's global generator
    np.random.seed(0)  # noqa: NPY002
    try:
        found = IBCurve(
            dit.Distribution(outcomes, joint.ravel().tolist()), beta_min=6, beta_max=12, beta_num=2
        )
    finally:
        np.random.set_state(state)  # noqa: NPY002
    curve = bottleneck_curve(joint)
    assert 0.1 < found.complexities.min() < found.complexities.max() < curve.i_xt[-1]
    assert found.relevances == pytest.approx(curve.at(found.complexities), abs=2 * WITHIN)


@pytest.mark.parametrize("seed", range(5))
def test_random_encoders_stay_below(seed):
    rng = np.random.default_rng(seed)
    joint = drawn(seed, 4, 3, 0.4)
    curve = bottleneck_curve(joint)
    for _ in range(200):
        clusters = int(rng.integers(2, 7))
        encoder = rng.dirichlet(np.full(clusters, rng.choice([0.05, 0.5])), size=4)
        x, y = information(joint.sum(axis=1)[:, None] * encoder), information(joint.T @ encoder)
        assert y <= curve.at(x) + WITHIN


@pytest.mark.parametrize("seed", range(5))
def test_shape(seed):
    """Concave, rising, below min(x, I(X;Y)), from nothing to all."""
    joint = drawn(seed, 5, 3, 0.5)
    curve = bottleneck_curve(joint)
    slopes = np.diff(curve.i_ty) / np.diff(curve.i_xt)
    assert (np.diff(curve.i_xt) > 0).all()
    assert (slopes > 0).all()
    assert (np.diff(slopes) < 1e-9).all()
    assert (curve.i_ty <= curve.i_xt + ROUNDING).all()
    assert curve.i_ty[-1] == pytest.approx(information(joint), abs=ROUNDING)
    assert (curve.i_xt[0], curve.i_ty[0]) == (0, 0)


def test_labels_that_are_a_function():
    """4,096 inputs, two labels: the line to the corner (H(Y), H(Y)), and level from there."""
    label = np.arange(4096) < 1000
    curve = bottleneck_curve(np.stack([label, ~label], axis=1) / 4096)
    h_y = entropy([1000 / 4096, 3096 / 4096])
    assert curve.is_exact
    assert curve.i_xt == pytest.approx([0, h_y], abs=ROUNDING)
    assert curve.at([0.2, h_y, 5.0]) == pytest.approx([0.2, h_y, h_y], abs=ROUNDING)


def test_labels_that_are_independent():
    curve = bottleneck_curve(np.outer([0.2, 0.3, 0.5], [0.4, 0.6]))
    assert curve.is_exact
    assert curve.at([0.0, 1.0]) == pytest.approx([0, 0])


def test_inputs_alike_are_one():
    """Twelve bits of which the sum says all: 13 rows; splitting a row in two leaves the curve as it was."""
    sums = np.bitwise_count(np.arange(4096))
    given = sums / 12
    joint = np.stack([given, 1 - given], axis=1) / 4096
    assert merge_inputs(joint).shape == (13, 2)
    split = drawn(1, 3, 3)
    halves = np.vstack([split[:2], split[2:] * 0.25, split[2:] * 0.75])
    one, other = bottleneck_curve(split), bottleneck_curve(halves)
    assert other.at(one.i_xt) == pytest.approx(one.i_ty, abs=WITHIN)


def test_what_cannot_occur_is_left_out():
    joint = np.zeros((4, 3))
    joint[1:3, :2] = symmetric(0.2)
    assert merge_inputs(joint) == pytest.approx(symmetric(0.2)[::-1])


@pytest.mark.parametrize(
    ("joint", "message"),
    [
        pytest.param(np.full((2, 2), 0.3), r"add up to 1; got 1\.2", id="sum"),
        pytest.param(np.array([[1.5, -0.5]]), "not negative", id="negative"),
        pytest.param(np.array([[math.nan, 1.0]]), "not negative", id="nan"),
        pytest.param(np.ones(1), "a table", id="one axis"),
        pytest.param(drawn(0, 65, 2), r"at most 64 different p\(y\|x\); got 65", id="rows"),
    ],
)
def test_what_is_refused(joint, message):
    with pytest.raises(ValueError, match=message):
        bottleneck_curve(joint)


def test_corners_rise_and_turn_down():
    """What costs more and knows as much is no corner, nor is what lies on or below a line between others."""
    points = ((0.0, 0.0), (1.0, 1.0), (2.0, 1.0), (1.0, 0.5), (3.0, 1.5), (2.5, 1.25), (2.5, 1.0))
    found = [Found(i_xt, i_ty, np.ones((1, 1))) for i_xt, i_ty in points]
    assert [(each.i_xt, each.i_ty) for each in _concave_hull(found)] == [(0.0, 0.0), (1.0, 1.0), (3.0, 1.5)]
    assert _concave_hull(found[:3]) == found[:2], "level from there"


def test_ends_are_encoders_with_their_information():
    law = drawn(1, 3, 3)
    forgets, keeps = both_ends(law)
    for end, rows in ((forgets, 1), (keeps, 3)):
        assert end.encoder.sum(axis=1) == pytest.approx(np.ones(3))
        assert end.encoder.shape == (3, rows)
        again = Found.of(law, end.encoder)
        assert (end.i_xt, end.i_ty) == pytest.approx((again.i_xt, again.i_ty), abs=ROUNDING)


def test_as_many_rows_as_are_taken(monkeypatch):
    monkeypatch.setattr("ibspec.analysis.bottleneck.MOST_ROWS", 3)
    assert bottleneck_curve(drawn(1, 3, 3)).i_xt[0] == 0
    with pytest.raises(ValueError, match=r"at most 3 different p\(y\|x\); got 4"):
        bottleneck_curve(drawn(1, 4, 3))
