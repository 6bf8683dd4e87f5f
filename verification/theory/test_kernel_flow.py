"""When the kernel bounds fall in time: signs, conditions, and the onset of compression."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Kde
from verification.kernel_flow import (
    coordinate_products,
    printed_weights,
    rate,
    weights,
    weights_of_printed_f,
)
from verification.kernels import KDE_ROUNDING, LN2, noisy_information
from verification.strategies_kernels import spread_rows

ROUNDING = 1e-12
"""Bits per unit of time: sums of a few hundred products, each below ten."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

VARIANCES = st.sampled_from([0.5, 1.0, 4.0])
"""Wide enough that no kernel of rows in [-3, 3] becomes 0."""

SEEDS = st.integers(0, 2**32 - 1)


def on_a_lattice(rows):
    """Rows that are equal or clearly apart: the square of a distance of 1e-200 is 0."""
    return np.round(rows * 64) / 64


@pytest.mark.claim(
    "kde.k-positive",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.4",
    says="The printed weight K(a_i, a_j) is positive for every two different activities of N ≥ 2, and 0 for "
    "equal ones; the corrected weights are positive for all pairs.",
)
def test_weights_are_positive(evidence):
    """Equal rows and N = 1 break the printed sign; the printed f itself has weights of the opposite one."""

    @given(rows=spread_rows().map(on_a_lattice), variance=VARIANCES, v=st.sampled_from([1.0, 4.0]))
    def search(rows, variance, v):
        evidence.case(rows=rows, variance=variance, v=v)
        different = (rows[:, None] != rows[None]).any(axis=2)
        printed = printed_weights(rows, variance, v)
        assert (printed[different] > 0).all(), "the weight of two different activities must be positive"
        evidence.equal(printed[~different], 0.0, within=0.0, what="printed weight of equal rows", unit="")
        assert (weights(rows, variance, v) > 0).all(), "the corrected weight of every pair must be positive"
        turned = weights_of_printed_f(rows, variance, v)
        assert len(rows) == 1 or (turned < 0).all(), "the printed f has negative weights"
        target(-float(printed[different].min(initial=1.0)))

    search()
    equal = printed_weights(np.zeros((2, 1)), 1.0)[0, 1]
    alone = printed_weights(np.zeros((1, 1)), 1.0)[0, 0]
    evidence.number(**{"broken: K of two equal rows, of a single row": (equal, alone)})


@pytest.mark.claim(
    "kde.necessary-condition",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.4, with df/dt < 0 where f < 0 is printed",
    says="df/dt < 0 requires that some coordinate of some pair contracts, (a_ik - a_jk)(da_ik/dt - da_jk/dt) "
    "< 0; that is not sufficient.",
)
def test_some_pair_contracts(evidence):
    """Velocities that spread every coordinate never lower f; random ones do so only with a contraction."""

    @given(rows=spread_rows(least=2), variance=VARIANCES, v=st.sampled_from([1.0, 4.0]), seed=SEEDS)
    def search(rows, variance, v, seed):
        rng = np.random.default_rng(seed)
        evidence.case(rows=rows, variance=variance, v=v, seed=seed)
        # A rising function of each coordinate on its own: steep and flat stretches, never falling.
        steps = np.sort(rng.uniform(-3, 3, (6, rows.shape[1])), axis=0)
        spreading = (rows[:, None] > steps).sum(axis=1) * rng.uniform(0, 1, rows.shape[1])
        evidence.at_most(-coordinate_products(rows, spreading).min(), 0.0, what="nothing contracts", unit="")
        target(evidence.at_most(-rate(rows, spreading, variance, v), 0.0, within=ROUNDING, what="-df/dt"))

    search()
    rng = np.random.default_rng(0)
    counts = dict.fromkeys(("falling", "falling without a contraction", "contracting, yet rising"), 0)
    for _ in range(1000):
        rows, velocity = rng.standard_normal((2, rng.integers(2, 7), rng.integers(1, 4)))
        falls = rate(rows, velocity, 1.0) < -ROUNDING
        contracts = coordinate_products(rows, velocity).min() < 0
        counts["falling"] += falls
        counts["falling without a contraction"] += falls and not contracts
        counts["contracting, yet rising"] += contracts and not falls
    evidence.equal(counts["falling without a contraction"], 0, within=0, what="of 1000 draws", unit="draws")
    assert counts["contracting, yet rising"] > 0, "a contraction must not be sufficient"
    rows, velocity = np.array([[0.0, 0.0], [1.0, 1.0]]), np.array([[0.0, 0.0], [-1.0, 2.0]])
    products = coordinate_products(rows, velocity)[0, 1]
    evidence.equal(products, (-1.0, 2.0), within=0.0, what="smallest example, products", unit="")
    found = rate(rows, velocity, 1.0) * LN2
    evidence.equal(found, 0.268941, within=SIX_PLACES, what="smallest example, df/dt", unit="nats")
    evidence.number(**{f"of 1000 draws: {name}": count for name, count in counts.items()})


def onset(path, times, variance):
    """The first time at which both bounds turn from growth to decline within one step, or None.

    `path` gives rows and velocity at a time. Growth and decline are rates beyond rounding.
    """
    rates = np.array([[rate(*path(time), variance, v) for v in (1.0, 4.0)] for time in times])
    grows, falls = (rates > ROUNDING).all(axis=1), (rates < -ROUNDING).all(axis=1)
    last = None
    for index in range(len(times)):
        if falls[index]:
            return times[last] if last is not None and index - last <= 2 else None
        last = index if grows[index] else last
    return None


def estimated(rows, variance):
    """f(4) and f(1) of the software under test."""
    return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows)))).i_xt_bounds


@pytest.mark.claim(
    "kde.onset",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.4",
    says="df/dt = 0 is the onset of compression if both f(1) and f(4) turn there from growth to decline, as "
    "they do where all distances grow and then shrink together.",
)
def test_onset_needs_a_change_of_sign(evidence):
    """An inflection has the zero but no onset; where pairs move apart and together, three peaks differ."""
    times = np.linspace(-0.9, 0.9, 7)  # 0 is the fourth

    @given(rows=spread_rows(least=2, most=6, columns=1, reach=1.0), variance=VARIANCES)
    def search(rows, variance):
        rows = on_a_lattice(rows)  # near enough together for rates above rounding
        if (rows == rows[0]).all():
            return
        evidence.case(rows=rows, variance=variance)
        peak = onset(lambda t: (rows * (2 - t**2), rows * (-2 * t)), times, variance)
        assert peak is not None, "an onset must be found where all distances turn"
        evidence.equal(peak, times[2], within=0.0, what="last time of growth before the peak at 0", unit="")
        for v in (1.0, 4.0):
            evidence.equal(rate(rows * 2, rows * 0, variance, v), 0.0, within=0.0, what="df/dt at the peak")
        top, after = (noisy_information(rows * factor, variance) for factor in (2.0, 2 - 0.9**2))
        target(evidence.at_most(after, top, within=KDE_ROUNDING, what="exact information falls as well"))
        for low, high in zip(*(estimated(rows * factor, variance) for factor in (1.19, 2.0)), strict=True):
            evidence.at_most(low, high, within=KDE_ROUNDING, what="both bounds of the estimator fall as well")
        still = onset(lambda t: (rows * (2 + t**3), rows * (3 * t**2)), times, variance)
        assert still is None, "broken: a zero without a change of sign is no onset"

    search()
    grid = np.linspace(0.05, 3.0, 60)
    gaps = [np.array([[0.0], [t], [100.0], [106.0 - 2 * t]]) for t in grid]
    curves = np.array([(*estimated(rows, 1.0), noisy_information(rows, 1.0)) for rows in gaps])
    peaks = grid[curves.argmax(axis=0)]
    step = grid[1] - grid[0]
    evidence.differ(peaks[1], peaks[2], by=2 * step, what="broken: peak of f(1), of the information", unit="")
    evidence.differ(peaks[0], peaks[2], by=2 * step, what="broken: peak of f(4), of the information", unit="")
    velocity = np.array([[0.0], [1.0], [0.0], [-2.0]])
    found = onset(lambda t: (gaps[np.searchsorted(grid, t)], velocity), grid, 1.0)
    assert found is None, "broken: bounds that disagree must give no onset"
    evidence.number(**{"two pairs, gaps t and 6 - 2t: peak of f(4), f(1), exact": peaks})

    def draw(canvas):
        axes = canvas.add_subplot()
        for curve, name, colour in zip(
            curves.T, ("f(4)", "f(1)", "exact"), ("#0072B2", "#009E73", "#D55E00"), strict=True
        ):
            axes.plot(grid, curve, color=colour, label=name)
            axes.plot(grid[curve.argmax()], curve.max(), "o", color=colour)
        axes.set(xlabel="t", ylabel="I(X;T+Z) in bits")
        axes.legend(frameon=False)

    evidence.draw(
        draw, "Two pairs far apart, one gap growing as t, one shrinking as 6 - 2t: three different peaks."
    )
