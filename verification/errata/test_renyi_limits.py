"""Matrix-based information of order alpha is not what its name promises."""

import math

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators.kernel_widths import Fixed
from ibspec.estimators.renyi import Renyi
from verification.strategies_kernels import spread_rows

ROUNDING = 1e-11
"""Bits: sixteen eigenvalues, each off by a few 1e-16, at order 1 and above."""

FOUR_PLACES = 5e-5
"""Reference numbers are written with four decimals."""


def information(t, x, alpha: float, sigma: float = 1.0) -> float:
    """I of order alpha in bits, by the software under test."""
    return Renyi(alpha=alpha, width=Fixed(sigma=sigma)).estimate(t, Probe(x=x)).i_xt


def order_two(*weights: float) -> float:
    """Rényi's entropy of order 2 in bits, of a law."""
    return -math.log2(sum(weight**2 for weight in weights))


def clusters(apart: float) -> np.ndarray:
    """Ten points (x, t), each at 0 or `apart` in either: joint law .6, .2, .2, 0."""
    return apart * np.array([(0, 0)] * 6 + [(0, 1)] * 2 + [(1, 0)] * 2, dtype=float)


@pytest.mark.claim(
    "renyi.subadditivity",
    kind="extension",
    expected="refuted",
    source="Sánchez Giraldo, Rao & Príncipe (2015), IEEE Trans. Inf. Theory 61, eq. 12; Yu et al. (2020), "
    "IEEE TNNLS 31, read as information at every order",
    says="Matrix-based information I_alpha = S(A) + S(B) - S(A,B) is at least 0 for every alpha.",
)
def test_information_below_zero(evidence):
    """Far clusters have the Rényi entropies of their law, which are subadditive at order 1 alone."""
    lowest = {1.01: math.inf, 2.0: math.inf}

    @given(t=spread_rows(least=2), sigma=st.sampled_from([0.3, 1.0, 3.0]), data=st.data())
    def search(t, sigma, data):
        x = data.draw(spread_rows(least=len(t), most=len(t)))
        evidence.case(t=t, x=x, sigma=sigma)
        at_one = information(t, x, 1.0, sigma)
        evidence.at_most(0.0, at_one, within=ROUNDING, what="corrected: 0 <= I at order 1")
        for order, seen in lowest.items():
            lowest[order] = min(seen, information(t, x, order, sigma))
        target(-information(t, x, 2.0, sigma))

    search()
    x, t = clusters(10.0).T
    by_order = {order: information(t, x, order) for order in (1.0, 1.01, 1.5, 2.0, 3.0)}
    expected = 2 * order_two(0.8, 0.2) - order_two(0.6, 0.2, 0.2)
    # Kernels between clusters are exp(-50).
    evidence.equal(
        by_order[2.0], expected, within=ROUNDING, what="order 2 of the clusters is that of their law"
    )
    evidence.equal(by_order[2.0], -0.0716, within=FOUR_PLACES, what="order 2, as printed")
    evidence.equal(by_order[1.0], 0.0729, within=FOUR_PLACES, what="order 1, as printed")
    evidence.differ(
        by_order[2.0], 0.0, by=0.05, what="I of order 2", x=x, t=t, sigma=1.0,
        I_of_order_2=by_order[2.0], I_of_order_1=by_order[1.0],
    )  # fmt: skip
    assert by_order[2.0] < 0, "the counterexample must lie below zero"
    evidence.number(
        **{f"order {order:g}: lowest found at random": value for order, value in lowest.items()},
        **{f"order {order:g}: the ten points": value for order, value in by_order.items()},
    )
    orders = np.linspace(0.5, 4, 71)
    path = [information(t, x, float(order)) for order in orders]

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.axhline(0, color="0.6", linewidth=1)
        axes.plot(orders, path, color="#0072B2")
        axes.plot([1.0, 2.0], [by_order[1.0], by_order[2.0]], "o", color="#D55E00")
        axes.set(xlabel="order alpha", ylabel="matrix-based I(X;T) in bits")

    evidence.draw(draw, "Ten points in clusters ten widths apart, joint law 0.6, 0.2, 0.2, 0.")
