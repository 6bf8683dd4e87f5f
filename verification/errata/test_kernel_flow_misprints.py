"""The derivative of the kernel bound as it is printed."""

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Kde
from verification.kernel_flow import approach, printed_weights, rate, weights_of_printed_f
from verification.kernels import LN2
from verification.strategies_kernels import spread_rows

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

AUTOGRAD = 1e-9
"""The same sums by another route, both in float64."""

QUOTIENT = 1e-6
"""Bits per unit of time: a step of 3e-5 costs its square times the third derivative, below 200 here."""

VARIANCES = st.sampled_from([0.5, 1.0, 4.0])

SEEDS = st.integers(0, 2**32 - 1)

CLOSING = np.array([[0.0], [1.0]]), np.array([[0.0], [-1.0]])
"""Two points at distance 1 that approach each other with speed 1: rows and velocity."""


def by_autograd(rows, velocity, variance, v=1.0):
    """df/dt in bits by automatic differentiation of the formula of f."""
    a = torch.tensor(rows, requires_grad=True)
    exponents = -((a[:, None] - a[None]) ** 2).sum(dim=2) / (2 * v * variance)
    f = -torch.logsumexp(exponents, dim=1).mean() / LN2
    (slope,) = torch.autograd.grad(f, a)
    return float((slope * torch.from_numpy(velocity)).sum())


def by_quotient(rows, velocity, variance, step=3e-5):
    """Rates of f(4) and f(1) by central differences of the software under test."""
    probe = Probe(ids=np.arange(len(rows)))
    ahead, behind = (
        np.array(Kde(noise_variance=variance).estimate(rows + side * velocity, probe).i_xt_bounds)
        for side in (step, -step)
    )
    return (ahead - behind) / (2 * step)


@pytest.mark.claim(
    "kde.derivative",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.4, chain of equalities for df/dt, and K",
    says="df/dt = sum_ij K(a_i, a_j) (a_i - a_j)·(da_i/dt - da_j/dt) with "
    "K = log N |a_i - a_j|² exp(-|a_i - a_j|² / (2 v s²)) / (2 N v² s⁴).",
)
def test_derivative_as_printed(evidence):
    """A kernel carries a factor too many; the corrected weights agree with autograd and with quotients."""

    @given(rows=spread_rows(least=2, most=10), variance=VARIANCES, v=st.sampled_from([1.0, 4.0]), seed=SEEDS)
    def search(rows, variance, v, seed):
        evidence.case(rows=rows, variance=variance, v=v, seed=seed)
        velocity = np.random.default_rng(seed).uniform(-1, 1, rows.shape)
        true = rate(rows, velocity, variance, v)
        found = by_autograd(rows, velocity, variance, v)
        target(evidence.equal(true, found, within=AUTOGRAD, what="corrected: against autograd"))
        rates = [rate(rows, velocity, variance, v) for v in (4.0, 1.0)]
        quotients = by_quotient(rows, velocity, variance)
        evidence.equal(rates, quotients, within=QUOTIENT, what="corrected: against the estimator")

    search()
    rows, velocity = CLOSING
    true = rate(rows, velocity, 1.0) * LN2
    printed = float((printed_weights(rows, 1.0) * approach(rows, velocity)).sum()) * LN2
    x = np.exp(-0.5)
    evidence.equal(true, -x / (1 + x), within=AUTOGRAD, what="closing pair: -x/(1+x)", unit="nats")
    evidence.equal((true, printed), (-0.377541, -0.210208), within=SIX_PLACES, what="closing", unit="nats")
    of_printed_f = float((weights_of_printed_f(rows, 1.0) * approach(rows, velocity)).sum()) * LN2
    by_hand = np.log(2) * x  # derivative of (ln 2 / 2)(2 + 2 exp(-D/2)) for D falling at rate 2
    evidence.equal(of_printed_f, by_hand, within=AUTOGRAD, what="printed f, rightly", unit="nats")
    evidence.at_most(printed, of_printed_f - 0.5, what="opposite sign to the printed f", unit="nats")
    evidence.differ(
        printed, true, by=0.1, what="df/dt", unit="nats", pair="0 and 1, closing at speed 1", variance=1.0,
        printed=printed, true=true, printed_f_differentiated=of_printed_f,
    )  # fmt: skip


def slope(z):
    """The derivative of tanh."""
    return 1 - np.tanh(z) ** 2


@pytest.mark.claim(
    "kde.condition-index",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.4, last line of the condition",
    says="0 > (a_i - a_j)(da_i/dt - da_j/dt) > (a_i - a_j)(φ'_i dz_i/dt - φ'_j dz_j/dt) > "
    "(a_i - a_j)(φ'_i dz_i/dt - φ'_i dz_j/dt).",
)
def test_index_of_the_slope(evidence):
    """The first two are equal by the chain rule; the third has the slope of the wrong sample."""
    numbers = st.floats(-3.0, 3.0, width=32, allow_subnormal=False)

    def chain(z, dz):
        """The three printed expressions for two samples of one tanh unit; the first by autograd."""
        pre, pace = torch.tensor(z, dtype=torch.float64), torch.tensor(dz, dtype=torch.float64)
        _, da = torch.autograd.functional.jvp(torch.tanh, pre, pace)
        apart = np.tanh(z[0]) - np.tanh(z[1])
        second = apart * (slope(z[0]) * dz[0] - slope(z[1]) * dz[1])
        third = apart * (slope(z[0]) * dz[0] - slope(z[0]) * dz[1])
        return apart * float(da[0] - da[1]), second, third

    @given(z=st.tuples(numbers, numbers), dz=st.tuples(numbers, numbers))
    def search(z, dz):
        evidence.case(z=z, dz=dz)
        first, second, third = chain(z, dz)
        target(evidence.equal(first, second, within=1e-12, what="corrected: equal, not greater", unit=""))
        off = (np.tanh(z[0]) - np.tanh(z[1])) * (slope(z[1]) - slope(z[0])) * dz[1]
        evidence.equal(third - second, off, within=1e-12, what="what the wrong slope adds", unit="")

    search()
    evidence.equal((slope(0.0), slope(2.0)), (1.0, 0.070651), within=SIX_PLACES, what="slopes", unit="")
    first, second, third = chain((0.0, 2.0), (1.0, 1.0))
    evidence.at_most(second, -0.5, what="z = 0, 2, both moving at 1: contracts", unit="")
    evidence.equal(third, 0.0, within=0.0, what="z = 0, 2, as printed: stands still", unit="")
    evidence.differ(
        third, second, by=0.5, what="last line", unit="", z=(0.0, 2.0), dz=(1.0, 1.0), first=first,
        second=second, third_as_printed=third,
    )  # fmt: skip
