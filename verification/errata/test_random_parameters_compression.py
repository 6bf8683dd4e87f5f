"""Whether normal parameters alone make a net compress."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import stats

from verification.information import ROUNDING, conditional, empirical, information

QUADRATURE = 1e-8
"""Bits: what is asked of the integrals, which are smooth and decay like exp(-z^2 / 2)."""


@pytest.mark.claim(
    "theta.point-probability",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a eqs. 16-18; grabauskas-2019-draft-b eqs. 16-18",
    says="As θ is normal, P(θ = φ) > 0 and P(T = t) > 0, which contradicts H(X|T) = 0.",
)
def test_single_points(evidence):
    """Both are 0, and X in {0, 1} with T = wX satisfies all that was to be contradictory.

    Corrected: where θ has atoms, as on any finite set, and two inputs reach one t, the argument is right.
    """
    half_widths = 10.0 ** -np.arange(1, 8)
    chances = stats.norm.cdf(0.3 + half_widths) - stats.norm.cdf(0.3 - half_widths)
    density = 0.381388  # six places
    evidence.equal(stats.norm.pdf(0.3), density, within=1e-6, what="density of N(0, 1) at 0.3", unit="")
    for width, chance in zip(half_widths, chances, strict=True):
        # P(|w - 0.3| <= h) = 2 h (density + O(h^2)), and so P(w = 0.3) = 0; cdf differences round at 1e-16.
        allowed = width**2 + 1e-15 / width + 1e-6
        evidence.equal(chance / (2 * width), density, within=allowed, what="chance over width", unit="")
    w = np.random.default_rng(0).standard_normal(100_000)
    evidence.equal(len(np.unique(w)), 100_000, within=0.0, what="distinct draws", unit="draws")

    table = st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=1, max_size=5)

    @given(table=table)
    def search(table):
        evidence.case(table=table)
        joint = np.zeros((2, 5))
        for row in table:
            joint[[0, 1], row] += 1 / (2 * len(table))
        left = conditional(joint.T)
        target(-left)
        shared = {row[0] for row in table} & {row[1] for row in table}
        assert (left > 0) == bool(shared), f"corrected: H(X|T) = {left}, t reached by both: {shared}"

    search()
    x = np.repeat([0, 1], len(w))
    t = np.concatenate([0 * w, w])
    left = conditional(empirical(t != 0, x))  # T = 0 is X = 0
    evidence.equal(left, 0.0, within=0.0, what="H(X|T) of T = wX, X in 0, 1")
    evidence.counterexample(
        w="N(0, 1)", X="uniform on 0, 1", T="w X", P_of_w_equal_0_3=0.0, density=float(stats.norm.pdf(0.3)),
        half_widths=tuple(half_widths[:3]), P_within=tuple(chances[:3]), H_of_X_given_T=abs(left),
    )  # fmt: skip


def scale_bits(ratio, step=0.05):
    """I(X;T) of T = wX, w ~ N(0, 1), X uniform on {1, ratio}: the mean divergence from the mixture.

    In u = log |T| both densities are smooth, so that sums over even steps converge faster than any power.
    """
    u = np.arange(-45.0, np.log(max(ratio, 1.0)) + 4.0, step)
    logs = [stats.norm.logpdf(np.exp(u), scale=scale) + np.log(2) + u for scale in (1.0, ratio)]
    mixed = np.logaddexp(*logs) - np.log(2)
    return float(sum((np.exp(one) * (one - mixed)).sum() for one in logs) * step / 2 / np.log(2))


@pytest.mark.claim(
    "theta.compression",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a eq. 19 and conclusion; grabauskas-2019-draft-b eq. 19 and conclusion",
    says="If the parameters are normal then H(X|T) > 0: compression happens.",
)
def test_normal_parameters_need_not_compress(evidence):
    """Corrected: H(X|T) > 0 if and only if two of the laws of T given x are not mutually singular."""

    @given(table=st.lists(st.lists(st.integers(0, 5), min_size=3, max_size=3), min_size=1, max_size=6))
    def discrete(table):
        evidence.case(table=table)
        t, x = np.array(table).ravel(), np.tile(np.arange(3), len(table))
        joint = empirical(x, t)
        singular = [not (joint[a] * joint[b]).any() for a in range(3) for b in range(a)]
        left = conditional(joint.T)
        target(-left)
        assert (left > 0) != all(singular), f"corrected: H(X|T) = {left}, mutually singular: {singular}"

    discrete()

    @given(power=st.floats(0.01, 3.0), more=st.floats(0.01, 1.0))
    def normal(power, more):
        ratio, wider = 10.0**power, 10.0 ** (power + more)
        evidence.case(ratio=ratio, wider=wider)
        bits = scale_bits(ratio)
        evidence.at_most(0.0, bits, within=QUADRATURE, what="positive ratio of scales: I >= 0")
        evidence.at_most(bits, 1.0, within=QUADRATURE, what="positive ratio of scales: I <= H(X)")
        evidence.equal(scale_bits(1 / ratio), bits, within=QUADRATURE, what="the two inputs exchanged")
        target(evidence.at_most(bits, scale_bits(wider), within=QUADRATURE, what="wider apart, more told"))

    normal()
    found = {}
    for ratio, reference, within in (
        (2.0, 0.133785990, 1e-8),  # within: the printed places
        (10.0, 0.625135225, 1e-8),
        (100.0, 0.924209918, 1e-8),
        (1000.0, 0.987619944, 1e-8),  # by adaptive integration with 30 digits
        (1.001, 3.6e-7, 1e-8),
    ):
        found[ratio] = scale_bits(ratio)
        evidence.equal(scale_bits(ratio, step=0.02), found[ratio], within=QUADRATURE, what="finer steps")
        evidence.equal(found[ratio], reference, within=within, what=f"X in 1, {ratio:g}")
    with_bias = scale_bits(2**0.5)  # T = wX + b: N(0, 1) for X = 0 and N(0, 2) for X = 1
    evidence.at_most(with_bias, 1 - 0.1, what="corrected: a normal bias makes X in 0, 1 overlap")
    w = np.random.default_rng(79).standard_normal(2000)
    signs = information(empirical(np.tile([0, 1], len(w)), np.zeros(2 * len(w), dtype=int)))
    told = information(empirical(np.repeat([0, 1], len(w)), np.concatenate([0 * w, w]) != 0))
    evidence.equal(told, 1.0, within=ROUNDING, what="X in 0, 1, no bias")
    evidence.equal(signs, 0.0, within=ROUNDING, what="X in -1, 1: one law for both")
    evidence.counterexample(w="N(0, 1), no bias", X="uniform on 0, 1", T="w X", H_of_X=1.0, I_of_X_and_T=told)
    evidence.number(
        **{f"X in 1, {ratio:g}: I(X;T)": bits for ratio, bits in found.items()},
        **{"X in 0, 1 with a normal bias: I(X;T)": with_bias},
    )
