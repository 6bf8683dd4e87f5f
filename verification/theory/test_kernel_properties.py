"""How the kernel bounds change with noise, distances, coordinates and channels."""

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.activity import channels
from ibspec.core import Probe
from ibspec.estimators import Kde
from verification.kernels import (
    KDE_ROUNDING,
    PAIR,
    QUADRATURE,
    bound,
    bound_of_distances,
    noisy_information,
    squared_distances,
)
from verification.strategies_kernels import spread_rows

ROUNDING = 1e-12
"""Bits: the same sums of at most a few hundred terms on both sides."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

VARIANCES = st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0, 4.0])

FACTORS = st.floats(1.0, 20.0)


def both(rows, variance):
    """f(4) and f(1) of the software under test."""
    return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows)))).i_xt_bounds


def upper(rows, variance):
    """f(1) of the software under test."""
    return both(rows, variance)[1]


def lower(rows, variance):
    """f(4) of the software under test."""
    return both(rows, variance)[0]


@pytest.mark.claim(
    "kde.monotone",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.3",
    says="f does not rise with s² or v and does not fall with any distance; the noisy information does not "
    "rise with s² either.",
)
def test_monotone(evidence):
    """Wider noise, larger v, one longer distance, stretched axes; and the exact information of one unit."""

    @given(rows=spread_rows(), variance=VARIANCES, factor=FACTORS, data=st.data())
    def search(rows, variance, factor, data):
        evidence.case(rows=rows, variance=variance, factor=factor)
        before, wide = bound(rows, variance), factor * variance
        worst = evidence.at_most(bound(rows, wide), before, within=ROUNDING, what="in s²")
        evidence.at_most(bound(rows, variance, factor), before, within=ROUNDING, what="in v")
        distances = squared_distances(rows)
        i, j = (data.draw(st.integers(0, len(rows) - 1)) for _ in range(2))
        if i != j:
            distances[i, j] = distances[j, i] = factor * distances[i, j] + factor - 1
            after = bound_of_distances(distances, variance)
            worst = max(worst, evidence.at_most(before, after, within=ROUNDING, what="in one distance"))
        target(worst)
        stretched = rows * [factor, 1.0, 2.0][: rows.shape[1]]
        for of, name in ((upper, "f(1)"), (lower, "f(4)")):
            value = of(rows, variance)
            evidence.at_most(of(rows, wide), value, within=KDE_ROUNDING, what=f"{name}, wider noise")
            evidence.at_most(value, of(stretched, variance), within=KDE_ROUNDING, what=f"{name}, stretched")

    @given(rows=spread_rows(most=6, columns=1), variance=VARIANCES, factor=FACTORS)
    def exactly(rows, variance, factor):
        evidence.case(rows=rows, variance=variance, factor=factor)
        after, before = (noisy_information(rows, s2) for s2 in (factor * variance, variance))
        target(evidence.at_most(after, before, within=QUADRATURE, what="exact information in s²"))

    search()
    exactly()


@pytest.mark.claim(
    "kde.nu-identity",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 §3.2.4",
    says="f(v) with noise variance s² is f(1) with v s²: the lower bound is the upper one at four times the "
    "variance.",
)
def test_lower_is_upper_of_wider_noise(evidence):
    """The formula to its last digits, the estimator to its rounding."""

    @given(rows=spread_rows(), variance=VARIANCES, v=st.floats(0.25, 8.0))
    def search(rows, variance, v):
        evidence.case(rows=rows, variance=variance, v=v)
        # The exponents agree to 1e-16 of their size; those that count are below 40.
        evidence.equal(bound(rows, variance, v), bound(rows, v * variance), within=1e-13, what="formula")
        low, high = lower(rows, variance), upper(rows, 4 * variance)
        target(evidence.equal(low, high, within=KDE_ROUNDING, what="estimator"))

    search()
    for value, what in ((lower(PAIR, 1.0), "f(4) at distance 1"), (upper(PAIR / 2, 1.0), "f(1) at 1/2")):
        evidence.equal(value, 0.087353, within=SIX_PLACES, what=what)


def spread_by_products(rows, variance):
    """f(1) with distances from inner products, |a|^2 + |b|^2 - 2 ab, nothing centred."""
    norms = (rows**2).sum(axis=1)
    return bound_of_distances(norms[:, None] + norms - 2 * rows @ rows.T, variance)


@pytest.mark.claim(
    "kde.invariances",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 §3.2.4 (not stated there: it follows from the formula)",
    says="f stays the same when rows are shifted, turned, reordered or all repeated equally often, and when "
    "activity and noise are scaled together; other invertible maps change it.",
)
def test_invariances(evidence):
    """Shifts up to 1e6 of coordinates that float64 still holds exactly there; a stretched axis breaks it."""

    @given(
        rows=spread_rows(),
        variance=VARIANCES,
        shift=st.integers(-(10**6), 10**6),
        scale=st.floats(1e-3, 1e3),
        copies=st.integers(2, 4),
        seed=st.integers(0, 2**32 - 1),
    )
    def search(rows, variance, shift, scale, copies, seed):
        rows = np.round(rows * 1024) / 1024
        evidence.case(rows=rows, variance=variance, shift=shift, scale=scale, copies=copies, seed=seed)
        rng = np.random.default_rng(seed)
        turn = np.linalg.qr(rng.standard_normal((rows.shape[1],) * 2))[0]
        changed = {
            "shifted": (rows + shift, variance),
            "turned": (rows @ turn, variance),
            "reordered": (rng.permutation(rows), variance),
            "repeated": (np.tile(rows, (copies, 1)), variance),
            "scaled with the noise": (scale * rows, scale**2 * variance),
        }
        value = both(rows, variance)
        worst = [
            evidence.equal(both(*other), value, within=KDE_ROUNDING, what=what)
            for what, other in changed.items()
        ]
        target(max(worst))

    search()
    rows = np.random.default_rng(0).standard_normal((50, 3))
    before, stretched = upper(rows, 0.1), upper(rows * [10.0, 1.0, 1.0], 0.1)
    evidence.differ(stretched, before, by=1e-3, what="broken: one axis stretched by 10")
    lost = {shift: abs(spread_by_products(rows + shift, 0.1) - before) for shift in (1e3, 1e6)}
    evidence.differ(lost[1e6], 0.0, by=KDE_ROUNDING, what="inner products after a shift by 1e6")
    evidence.number(
        **{
            "broken by stretching one axis by 10: f(1) before, after": (before, stretched),
            "error of uncentred inner products after a shift by 1e3, 1e6": tuple(lost.values()),
            "error of the estimator after a shift by 1e6": abs(upper(rows + 1e6, 0.1) - before),
        }
    )


@pytest.mark.claim(
    "kde.concat-ge-channel",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 §3.1",
    says="f of all channels together is at least that of any channel, and so at least their mean.",
)
def test_channels_together(evidence):
    """Squared distances add over channels."""

    @given(rows=spread_rows(columns=6), units=st.sampled_from([1, 2, 3]), variance=VARIANCES)
    def search(rows, units, variance):
        rows = rows[:, : max(rows.shape[1] // units, 1) * units]
        units = min(units, rows.shape[1])
        evidence.case(rows=rows, units=units, variance=variance)
        layer = torch.from_numpy(rows.reshape(len(rows), -1, units))
        (whole,), each = ([t.numpy() for t in channels(layer, view)] for view in ("concat", "mean"))
        together, single = bound(whole, variance), [bound(t, variance) for t in each]
        target(evidence.at_most(max(single), together, within=ROUNDING, what="largest channel"))
        evidence.at_most(float(np.mean(single)), together, within=ROUNDING, what="mean of the channels")
        for of in (upper, lower):
            most = max(of(t, variance) for t in each)
            evidence.at_most(most, of(whole, variance), within=KDE_ROUNDING, what="estimator")

    search()
