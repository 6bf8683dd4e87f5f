"""Kernel bounds on the information about labels."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, entropy_bits
from ibspec.estimators import Kde
from verification.information import empirical, information
from verification.kernels import KDE_ROUNDING, QUADRATURE, noisy_entropy
from verification.strategies import label_lists
from verification.strategies_kernels import spread_rows

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

VARIANCES = st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0, 4.0])


def exact_information(rows, y, variance):
    """I(Y;T+Z) of one unit, by integrals."""
    within = sum(np.mean(y == one) * noisy_entropy(rows[y == one], variance) for one in np.unique(y))
    return noisy_entropy(rows, variance) - within


def estimated(rows, y, variance):
    """The estimate of the software under test; rows count as different inputs."""
    return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows)), y=y))


def repeated(*groups):
    """Rows of one unit and their labels, from (value, label, how often)."""
    values, labels, counts = zip(*groups, strict=True)
    return np.repeat(np.array(values, dtype=float), counts)[:, None], np.repeat(labels, counts)


@pytest.mark.claim(
    "kde.y-information",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 Figs. 5-9; grabauskas-2019 Figs. 3.4, 3.5; grabauskas-2019-draft-a Fig. 8; "
    "grabauskas-2019-draft-b Fig. 5",
    says="I(Y;T+Z) lies between L(T) - Σ p U(T|y) and U(T) - Σ p L(T|y), with U and L from f(1) and "
    "f(4); the plain U(T) - Σ p U(T|y) does not exceed H(Y), but bounds nothing.",
)
def test_label_bracket(evidence):
    """The bracket against integrals; both plain differences, and a layer without noise, break it."""

    @given(rows=spread_rows(most=8, columns=1), variance=VARIANCES, data=st.data())
    def search(rows, variance, data):
        y = data.draw(label_lists(1, symbols=3, rows=len(rows)))[:, 0]
        evidence.case(rows=rows, y=y, variance=variance)
        exact, found = exact_information(rows, y, variance), estimated(rows, y, variance)
        low, high = found.i_ty_bounds
        worst = evidence.at_most(exact, high, within=QUADRATURE, what="I <= U(T) - Σ p L(T|y)")
        target(max(worst, evidence.at_most(low, exact, within=QUADRATURE, what="L(T) - Σ p U(T|y) <= I")))
        evidence.at_most(found.i_ty, entropy_bits(y), within=KDE_ROUNDING, what="U(T) - Σ p U(T|y) <= H(Y)")

    search()
    rows, y = repeated((-1, 0, 1), (0, 1, 1), (1, 0, 1))
    found, exact = estimated(rows, y, 0.5), exact_information(rows, y, 0.5)
    values = found.i_ty, found.extras["saxe_i_ty_lower"], exact, *found.i_ty_bounds
    printed = 0.356477, 0.033255, 0.117810, -0.250583, 0.640314
    evidence.equal(values, printed, within=SIX_PLACES, what="a = -1, 0, 1")
    without = information(empirical(rows[:, 0], y))
    evidence.at_most(found.i_ty_bounds[1] + 0.25, without, what="broken: the layer without its noise")

    rows, y = repeated((-2, 0, 1), (0, 0, 35), (2, 0, 1), (0, 1, 80))
    above, plain_upper = exact_information(rows, y, 1.0), estimated(rows, y, 1.0).i_ty
    # Violations by 7e-4 and 1e-2 bits; the integrals are good to 1e-8.
    evidence.at_most(plain_upper + 5e-4, above, what="broken: U(T) - Σ p U(T|y) as an upper bound")
    rows, y = repeated((-4, 0, 4), (-0.5, 0, 1), (0.5, 1, 1), (4, 1, 4))
    below = exact_information(rows, y, 1.0)
    plain_lower = estimated(rows, y, 1.0).extras["saxe_i_ty_lower"]
    evidence.at_most(below + 5e-3, plain_lower, what="broken: L(T) - Σ p L(T|y) as a lower bound")
    evidence.number(
        **{
            "broken without the noise: top of the bracket, I(Y;T)": (found.i_ty_bounds[1], without),
            "-2, 2 and 35 zeros against 80 zeros, s² = 1: U - Σ p U, exact": (plain_upper, above),
            "four of -4, -0.5 against 0.5, four of 4, s² = 1: exact, L - Σ p L": (below, plain_lower),
        }
    )
