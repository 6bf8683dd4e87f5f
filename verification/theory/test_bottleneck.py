"""What information about the label is worth: the error that it allows, and the least price of it."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.analysis import bottleneck_curve, fano, highest_error, lowest_error
from ibspec.analysis.bottleneck import WITHIN
from ibspec.analysis.bottleneck_encoders import settle
from verification.information import ROUNDING, conditional, entropy, first, information, second
from verification.strategies import joint_tables

SOLVED = 1e-9
"""Of inequalities in bits and probabilities: entropies to 1e-12, and the root of Fano's to 1e-15."""

DRAWN = 5000

CURVES = 6
"""Small joint laws, whose curves take a tenth of a second each."""


def best_error(joint):
    """Of the best guess of the second variable from the first."""
    return 1 - float(joint.max(axis=1).sum())


@pytest.mark.claim(
    "ib.theorem",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.2, information-plane theorem",
    says="That information determines accuracy is read as two inequalities: the best guess of Y from T errs "
    "no less often than Fano's inequality allows at H(Y|T) bits, and at most H(Y|T)/2 of the time.",
)
def test_information_and_error(evidence):
    """It determines no more than that: two channels of half a bit err in 11 % and in 25 % of the cases."""

    def check(joint):
        classes, unknown, error = joint.shape[1], conditional(joint), best_error(joint)
        evidence.at_most(unknown, fano(error, classes), within=SOLVED, what="H(Y|T) <= h2(P) + P log2(|Y|-1)")
        evidence.at_most(error, unknown / 2, within=SOLVED, what="P <= H(Y|T)/2", unit="")
        low, high = lowest_error(unknown, classes), highest_error(unknown, classes)
        evidence.at_most(low, error, within=SOLVED, what="lowest error <= P", unit="")
        return evidence.at_most(error, high, within=SOLVED, what="P <= highest error", unit="")

    @given(joint=joint_tables(most=6))
    def search(joint):
        evidence.case(joint=joint)
        target(check(joint))

    search()
    rng = np.random.default_rng(0)
    for _ in range(DRAWN):
        shape = tuple(rng.integers(2, 6, 2))
        joint = rng.dirichlet(np.full(shape[0] * shape[1], rng.choice([0.1, 1.0]))).reshape(shape)
        evidence.case(joint=joint)
        check(joint)
    erasure = np.array([[0.25, 0.0], [0.0, 0.25], [0.25, 0.25]])
    flip = 0.110028
    symmetric = np.array([[1 - flip, flip], [flip, 1 - flip]]) / 2
    for name, joint, wanted in (("erasure", erasure, 0.25), ("symmetric", symmetric, flip)):
        evidence.equal(information(joint), 0.5, within=2e-6, what=f"I(T;Y), {name} channel")
        evidence.equal(best_error(joint), wanted, within=ROUNDING, what=f"error, {name} channel", unit="")
    # The seventh digit of the flip is not printed.
    evidence.equal(lowest_error(0.5, 2), flip, within=5e-7, what="lowest error at half a bit", unit="")
    evidence.equal(highest_error(0.5, 2), 0.25, within=0.0, what="highest error at half a bit", unit="")
    evidence.number(
        **{
            "error at I(T;Y) = 0.5 bits, symmetric and erasure channel": (flip, 0.25),
            "sample complexity": "not judged: the source's bound has no constants",
        }
    )


def encoders(rng, inputs, count=60):
    """Random p(t|x), from nearly deterministic to noisy."""
    for _ in range(count):
        evenness = float(rng.choice([0.02, 0.2, 1.0]))
        yield rng.dirichlet(np.full(int(rng.integers(2, inputs + 2)), evenness), size=inputs)


def place(joint, encoder):
    """I(X;T) and I(T;Y) of an encoder."""
    return information(first(joint)[:, None] * encoder), information(joint.T @ encoder)


def of_a_function(rng):
    """A law of inputs and the label that each of them has."""
    inputs, classes = int(rng.integers(3, 9)), int(rng.integers(2, 4))
    label = np.concatenate([np.arange(classes), rng.integers(0, classes, inputs)])[:inputs]
    joint = np.zeros((inputs, classes))
    joint[np.arange(inputs), label] = rng.dirichlet(np.ones(inputs))
    return joint


@pytest.mark.claim(
    "ib.curve",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §1, §2.3",
    says="The largest I(T;Y) at I(X;T) = x is concave in x and at most min(x, I(X;Y)); it is min(x, H(Y)) "
    "where Y is a function of X, so that no beta but 1 finds more of it than its ends.",
)
def test_the_trade_off(evidence):
    """Random encoders stay below the computed curve, and an iteration at one beta ends in a corner."""

    @given(seed=st.integers(0, 2**32 - 1))
    def search(seed):
        rng = np.random.default_rng(seed)
        joint = of_a_function(rng)
        evidence.case(joint=joint)
        curve, label = bottleneck_curve(joint), entropy(second(joint))
        prices = np.linspace(0, entropy(first(joint)), 9)
        evidence.equal(
            curve.at(prices), np.minimum(prices, label), within=ROUNDING, what="min(x, H(Y)), Y a function"
        )
        for encoder in encoders(rng, len(joint), count=10):
            price, gain = place(joint, encoder)
            evidence.at_most(gain, curve.at(price), within=ROUNDING, what="an encoder, Y a function")
        for beta, corner in ((0.7, 0.0), (1.5, label)):
            # The objective is linear on the line: (1 - beta) x, least at one of its ends.
            costs = prices[prices <= label] * (1 - beta)
            evidence.at_most((1 - beta) * corner, costs.min(), within=ROUNDING, what="the corner is best")

    search()
    rng = np.random.default_rng(1)
    for number in range(CURVES):
        joint = rng.dirichlet(np.full(12, 0.5)).reshape(4, 3)
        curve = bottleneck_curve(joint)
        evidence.case(joint=joint, number=number)
        slopes = np.diff(curve.i_ty) / np.diff(curve.i_xt)
        evidence.at_most(float(np.diff(slopes).max()), 0.0, within=ROUNDING, what="slopes fall", unit="")
        evidence.at_most(float(curve.i_ty.max()), information(joint), within=ROUNDING, what="<= I(X;Y)")
        evidence.at_most(float((curve.i_ty - curve.i_xt).max()), 0.0, within=ROUNDING, what="<= x")
        for encoder in encoders(rng, len(joint)):
            price, gain = place(joint, encoder)
            evidence.at_most(gain, float(curve.at(price)), within=WITHIN, what="an encoder, Y noisy")
    joint = np.array([[0.2, 0.0], [0.3, 0.0], [0.0, 0.5]])
    start = rng.dirichlet(np.ones(3), size=3)
    ends = [place(joint, settle(joint, start, beta)) for beta in (0.7, 1.5)]
    # Near a corner the iteration approaches it by a factor; it stops within 1e-9 nats of its objective.
    evidence.equal(ends[0], (0.0, 0.0), within=1e-6, what="where beta = 0.7 ends")
    evidence.equal(ends[1], (1.0, 1.0), within=1e-6, what="where beta = 1.5 ends")
    middle = place(joint, np.array([[0.75, 0.25], [0.75, 0.25], [0.25, 0.75]]))
    evidence.equal(middle[0], middle[1], within=ROUNDING, what="an encoder between the corners, on the line")
    evidence.number(**{"between the corners, found by no beta but 1": middle})
