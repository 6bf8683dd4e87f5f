"""What the two kernel bounds bound, and how well."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar

from ibspec.core import Probe, entropy_bits, group_rows
from ibspec.estimators import Kde
from verification.kernels import (
    KDE_ROUNDING,
    LN2,
    PAIR,
    QUADRATURE,
    bound,
    noise_entropy,
    noisy_entropy,
    noisy_information,
)
from verification.strategies_kernels import lattice_rows, spread_rows

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

VARIANCES = st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0, 4.0])


def bounds(rows, variance):
    """The estimate of the software under test; rows count as different inputs."""
    return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows))))


@pytest.mark.claim(
    "kde.bounds",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 §3.2.4; grabauskas-2019 §3.2.3; grabauskas-2019-draft-a §0.3.3; "
    "grabauskas-2019-draft-b §0.3.3",
    says="With f(v) = -mean_i log mean_j exp(-|a_i - a_j|² / (2 v s²)), the information between the sample "
    "and its activity with noise of variance s² lies between f(4) and f(1).",
)
def test_between_the_bounds(evidence):
    """Against an integral in one dimension, sums of integrals on grids, and draws in four dimensions."""

    @given(rows=spread_rows(most=6, columns=1), variance=VARIANCES)
    def on_the_line(rows, variance):
        evidence.case(rows=rows, variance=variance)
        exact = noisy_information(rows, variance)
        low, high = bounds(rows, variance).i_xt_bounds
        evidence.equal(low, bound(rows, variance, 4.0), within=KDE_ROUNDING, what="f(4) of the estimator")
        evidence.equal(high, bound(rows, variance), within=KDE_ROUNDING, what="f(1) of the estimator")
        above = evidence.at_most(exact, high, within=QUADRATURE, what="I <= f(1)")
        target(max(above, evidence.at_most(low, exact, within=QUADRATURE, what="f(4) <= I")))

    @given(sides=st.lists(spread_rows(most=3, columns=1), min_size=2, max_size=2), variance=VARIANCES)
    def on_grids(sides, variance):
        evidence.case(sides=sides, variance=variance)
        # The coordinates of a full grid are independent, so their information adds.
        exact = sum(noisy_information(side, variance) for side in sides)
        rows = np.stack([part.ravel() for part in np.meshgrid(*sides, indexing="ij")], axis=1)
        low, high = bounds(rows, variance).i_xt_bounds
        evidence.at_most(exact, high, within=QUADRATURE, what="grids: I <= f(1)")
        evidence.at_most(low, exact, within=QUADRATURE, what="grids: f(4) <= I")

    on_the_line()
    on_grids()
    exact, low, high = noisy_information(PAIR, 1.0), bound(PAIR, 1.0, 4.0), bound(PAIR, 1.0)
    for value, printed in ((low, 0.0605482), (exact, 0.1114215), (high, 0.2190702)):
        evidence.equal(value * LN2, printed, within=1e-7, what="unit pair, seven places", unit="nats")
    for gap, printed in (
        (1.0, (0.087353, 0.160747, 0.316051)),
        (2.0, (0.316051, 0.485944, 0.816882)),
        (4.0, (0.816882, 0.912822, 0.999516)),
        (8.0, (0.999516, 0.999865, 1.0)),
    ):
        pair = gap * PAIR
        found = bound(pair, 1.0, 4.0), noisy_information(pair, 1.0), bound(pair, 1.0)
        evidence.equal(found, printed, within=SIX_PLACES, what="two points, six places")
    for units in (2, 3, 4):
        mean, error, low, high = _by_drawing(units)
        evidence.at_most(mean, high, within=4 * error, what=f"{units} units, drawn: I <= f(1)")
        evidence.at_most(low, mean, within=4 * error, what=f"{units} units, drawn: f(4) <= I")

    def draw(canvas):
        gaps = np.linspace(0.05, 8, 80)
        found = [bounds(gap * PAIR, 1.0).i_xt_bounds for gap in gaps]
        axes = canvas.add_subplot()
        axes.fill_between(gaps, *zip(*found, strict=True), color="#0072B2", alpha=0.25, label="f(4) to f(1)")
        axes.plot(gaps, [noisy_information(gap * PAIR, 1.0) for gap in gaps], color="#D55E00", label="exact")
        axes.set(xlabel="distance / standard deviation of the noise", ylabel="I(X;T+Z) in bits")
        axes.legend(frameon=False)

    evidence.draw(draw, "Two points with noise: the exact information and the two kernel bounds.")


def _by_drawing(units: int, draws: int = 8000) -> tuple[float, float, float, float]:
    """Mean and standard error of the information by noisy draws from eight points, and both bounds."""
    rng = np.random.default_rng(units)
    rows = 1.5 * rng.standard_normal((8, units))
    index = rng.integers(0, len(rows), draws)
    noisy = rows[index] + rng.standard_normal((draws, units))
    logs = -((noisy[:, None, :] - rows) ** 2).sum(axis=2) / 2
    gains = (logs[np.arange(draws), index] - np.log(np.exp(logs).mean(axis=1))) / LN2
    return float(gains.mean()), float(gains.std() / draws**0.5), *bounds(rows, 1.0).i_xt_bounds


@pytest.mark.claim(
    "kde.cap",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 Figs. 5-9",
    says="0 ≤ f(v) ≤ log N, and log N is reached only in the limit.",
)
def test_kernel_cap(evidence):
    """Over all scales; what is missing to log N is at least what the farthest pair alone leaves."""
    rounding = 1e-12  # bits: logs of sums of a few terms between 1 and N

    @given(rows=spread_rows(least=2), power=st.integers(-100, 100), variance=VARIANCES)
    def search(rows, power, variance):
        evidence.case(rows=rows, power=power, variance=variance)
        log_n = np.log2(len(rows))
        low, high = bounds(10.0**power * rows, variance).i_xt_bounds
        above = evidence.at_most(high, log_n, within=rounding, what="f(1) <= log2 N")
        target(max(above, evidence.at_most(-low, 0.0, within=rounding, what="0 <= f(4)")))
        evidence.at_most(low, high, within=rounding, what="f(4) <= f(1)")
        farthest = 36.0 * rows.shape[1]  # squared distance of opposite corners of [-3, 3]^d
        least = np.log2(1 + (len(rows) - 1) * np.exp(-farthest / 8))
        high = bounds(rows, 4.0).i_xt
        evidence.at_most(high, log_n - least, within=rounding, what="f(1) stays below log2 N")

    search()
    with np.errstate(divide="ignore"):
        without_own = np.log(np.exp(-(100.0**2) / 2))  # two points, the pair's term alone
    evidence.number(
        **{
            "two points 100 standard deviations apart: f(1)": bounds(100 * PAIR, 1.0).i_xt,
            "the same, log of the sum without the row's own term": without_own,
        }
    )


@pytest.mark.claim(
    "kde.sigma-limits",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.3-3.2.4",
    says="For vanishing noise f tends to the entropy of the partition into equal activities, for wide noise "
    "to 0 like the mean of D_ij / (2 v s²).",
)
def test_noise_limits(evidence):
    """Whole-number rows in noise of variance 1e-9, and any rows in noise of variance 1e9."""

    @given(rows=lattice_rows())
    def narrow(rows):
        evidence.case(rows=rows)
        partition = entropy_bits(group_rows(rows))
        found = bounds(rows, 1e-9).i_xt_bounds
        target(evidence.equal(found, partition, within=KDE_ROUNDING, what="variance 1e-9"))

    @given(rows=spread_rows())
    def wide(rows):
        evidence.case(rows=rows)
        exponents = ((rows[:, None] - rows[None]) ** 2).sum(axis=2) / 2e9
        for value, v in zip(bounds(rows, 1e9).i_xt_bounds, (4, 1), strict=True):
            # 1 - mean exp(-e) <= f <= mean e, which leaves half the mean square of e; then rounding.
            within = 1e-14 + (exponents**2).mean() / (2 * LN2)
            evidence.equal(value, exponents.mean() / v / LN2, within=within, what="variance 1e9")

    narrow()
    wide()
    found = [bounds(PAIR, variance).i_xt * LN2 for variance in (1e-9, 1e9)]
    evidence.equal(found[0], 0.693147, within=SIX_PLACES, what="unit pair, variance 1e-9", unit="nats")
    evidence.equal(
        found[1], 2.5e-10, within=5e-15, what="unit pair, variance 1e9", unit="nats"
    )  # five digits


@pytest.mark.claim(
    "kde.tightness",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 Figs. 7, 9",
    says="Both bounds equal the entropy of the clusters when activities are equal or far apart; otherwise "
    "their gap may grow with N, so that the bar between them is no standard error.",
)
def test_gap(evidence):
    """Clusters of radius zero 14 standard deviations apart; then the widest gap of equidistant points."""

    @given(rows=lattice_rows(), spacing=st.floats(14.0, 1e3))
    def search(rows, spacing):
        evidence.case(rows=rows, spacing=spacing)
        found = bounds(spacing * rows, 1.0).i_xt_bounds
        # At most 26 neighbours on a grid of three units, each adding exp(-14^2/8) = 2.3e-11.
        target(evidence.equal(found, entropy_bits(group_rows(rows)), within=KDE_ROUNDING, what="clusters"))

    def gap(exponent, samples):
        high, low = (np.log1p((samples - 1) * np.exp(-exponent / v)) for v in (1, 4))
        return (low - high) / LN2

    search()
    table = []
    for samples, printed, share in (
        (2, 0.506215, 0.506),
        (10, 1.902861, 0.573),
        (100, 4.220400, 0.635),
        (1000, 6.672636, 0.670),
        (4096, 8.192164, 0.683),
    ):
        at = minimize_scalar(lambda e, n=samples: -gap(e, n), bounds=(0.01, 40), method="bounded").x
        widest = gap(at, samples)
        evidence.equal(widest, printed, within=1e-4, what="widest gap")  # the search stops near the top
        evidence.equal(widest / np.log2(samples), share, within=1e-3, what="its share of log2 N", unit="")
        if samples <= 1000:
            low, high = bounds(np.sqrt(at) * np.eye(samples), 1.0).i_xt_bounds
            evidence.equal(high - low, widest, within=KDE_ROUNDING, what="gap of the estimator")
        table.append((samples, widest))
    assert all(after > before for (_, before), (_, after) in pairwise(table)), table
    evidence.number(**{"N and widest gap of N equidistant points": table})


@pytest.mark.claim(
    "kde.entropy-upper",
    kind="bound",
    expected="holds",
    source="grabauskas-2019 §3.2.3; grabauskas-2019-draft-a §0.3.3; grabauskas-2019-draft-b §0.3.3",
    says="f(1) + (d/2) log(2 π e s²) bounds the differential entropy of the mixture from above; it says "
    "nothing certain about a continuous layer from which the points were drawn.",
)
def test_entropy_from_above(evidence):
    """By integrals on the line; three points from a normal law break the wider reading."""

    @given(rows=spread_rows(most=8, columns=1), variance=VARIANCES)
    def search(rows, variance):
        evidence.case(rows=rows, variance=variance)
        upper = bounds(rows, variance).i_xt + noise_entropy(1, variance)
        exact = noisy_entropy(rows, variance)
        target(evidence.at_most(exact, upper, within=QUADRATURE, what="h <= h_up"))

    search()
    upper = (bounds(PAIR, 0.05).i_xt + noise_entropy(1, 0.05)) * LN2
    exact = noisy_entropy(PAIR, 0.05) * LN2
    evidence.equal(upper, 0.614174, within=SIX_PLACES, what="points 0, 1: h_up", unit="nats")
    evidence.equal(exact, 0.579807, within=SIX_PLACES, what="points 0, 1: h", unit="nats")
    three = np.array([[-1.0], [0.0], [1.0]])
    short, layer = bounds(three, 0.01).i_xt + noise_entropy(1, 0.01), noise_entropy(1, 1.0)
    evidence.at_most(short, layer - 1, what="broken: three points for a standard normal layer")
    evidence.number(**{"broken by a sample of three: h_up, entropy of the layer": (short, layer)})
