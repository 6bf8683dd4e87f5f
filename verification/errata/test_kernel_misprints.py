"""The kernel bounds as they are printed."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, entropy_bits, group_rows
from ibspec.estimators import Kde
from verification.kernels import (
    KDE_ROUNDING,
    LN2,
    PAIR,
    QUADRATURE,
    bound,
    noise_entropy,
    noisy_information,
    squared_distances,
)
from verification.strategies_kernels import lattice_rows, spread_rows

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

ROUNDING = 1e-12
"""Of sums of a few hundred terms between 0 and 1."""

VARIANCES = st.sampled_from([0.01, 0.05, 0.1, 0.5, 1.0, 4.0])


def estimated(rows, variance):
    """f(4) and f(1) in bits of the software under test."""
    return Kde(noise_variance=variance).estimate(rows, Probe(ids=np.arange(len(rows)))).i_xt_bounds


def log_before_the_sum(rows, variance, v=1.0):
    """(log N / N) sum_ij k_ij, the formula as it is set, in nats."""
    kernels = np.exp(-squared_distances(rows) / (2 * v * variance))
    return float(np.log(len(rows)) / len(rows) * kernels.sum())


def log_of_the_sum(rows, variance, v=1.0):
    """(1/N) log(N sum_ij k_ij), the formula with one more pair of brackets, in nats."""
    kernels = np.exp(-squared_distances(rows) / (2 * v * variance))
    return float(np.log(len(rows) * kernels.sum()) / len(rows))


@pytest.mark.claim(
    "kde.printed-f",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.4",
    says="With f(v) = (1/N) log N sum_ij exp(-|a_i - a_j|² / (2 v s²)), f(4) ≤ I(X;T+Z) ≤ f(1).",
)
def test_f_as_printed(evidence):
    """Both readings rise with v, so that the printed order is turned round; the true f keeps it."""

    @given(rows=spread_rows(least=2), variance=VARIANCES)
    def search(rows, variance):
        evidence.case(rows=rows, variance=variance)
        for printed in (log_before_the_sum, log_of_the_sum):
            of_1, of_4 = printed(rows, variance), printed(rows, variance, 4.0)
            evidence.at_most(of_1, of_4, within=ROUNDING, what="as printed: f(1) <= f(4)", unit="nats")
        low, high = estimated(rows, variance)
        target(evidence.at_most(low, high, within=KDE_ROUNDING, what="corrected: f(4) <= f(1)"))
        evidence.equal(high, bound(rows, variance), within=KDE_ROUNDING, what="corrected: the estimator")

    search()
    exact = noisy_information(PAIR, 1.0) * LN2
    for printed, of_1, of_4, at_infinity in (
        (log_before_the_sum, 1.113562, 1.304847, 1.386294),
        (log_of_the_sum, 0.930186, 1.009447, 1.039721),
    ):
        found = [printed(PAIR, variance, v) for variance, v in ((1.0, 1), (1.0, 4), (1e9, 1))]
        values = of_1, of_4, at_infinity
        evidence.equal(found, values, within=SIX_PLACES, what="unit pair, as printed", unit="nats")
        evidence.equal(printed(PAIR, 1e-9), np.log(2), within=ROUNDING, what="right by chance", unit="nats")
        evidence.at_most(exact, found[1] - 0.5, what="f(4) of the unit pair above the information")
    low, high = (value * LN2 for value in estimated(PAIR, 1.0))
    evidence.at_most(low, exact, within=QUADRATURE, what="corrected: f(4) <= I", unit="nats")
    evidence.at_most(exact, high, within=QUADRATURE, what="corrected: I <= f(1)", unit="nats")
    evidence.counterexample(
        points="0 and 1",
        variance=1.0,
        printed_f_of_1_and_4=(log_before_the_sum(PAIR, 1.0), log_before_the_sum(PAIR, 1.0, 4.0)),
        information=exact,
        true_f_of_1_and_4=(high, low),
        unit="nats",
    )


def one_logarithm(rows, variance):
    """-log2 mean_ij k_ij: the kernel form of a quadratic entropy, with a single logarithm."""
    return float(-np.log2(np.exp(-squared_distances(rows) / (2 * variance)).mean()))


@pytest.mark.claim(
    "kde.renyi-form",
    kind="extension",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.4, read with one logarithm and the right sign",
    says="-log mean_ij exp(-|a_i - a_j|² / (2 s²)) bounds I(X;T+Z) from above.",
)
def test_one_logarithm(evidence):
    """By Jensen it never exceeds f(1); for uneven clusters it stays below the information."""

    @given(rows=spread_rows(), variance=VARIANCES)
    def search(rows, variance):
        evidence.case(rows=rows, variance=variance)
        high = estimated(rows, variance)[1]
        target(evidence.at_most(one_logarithm(rows, variance), high, within=KDE_ROUNDING, what="<= f(1)"))

    search()
    clusters = np.array([[0.0]] * 9 + [[100.0]])
    exact, short, high = (
        noisy_information(clusters, 1.0),
        one_logarithm(clusters, 1.0),
        estimated(clusters, 1.0)[1],
    )
    printed = 0.198451, 0.325083, 0.325083
    evidence.equal(
        np.array([short, exact, high]) * LN2, printed, within=SIX_PLACES, what="nine and one", unit="nats"
    )
    evidence.at_most(short + 0.1, exact, what="one logarithm, below the information")
    evidence.counterexample(
        clusters="nine points at 0, one at 100",
        variance=1.0,
        one_logarithm=short,
        information=exact,
        true_f=high,
    )


@pytest.mark.claim(
    "kde.discrete-layer",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.2.4",
    says="f(1) and f(4) bound the mutual information of the input with a discretely distributed layer.",
)
def test_discrete_layer(evidence):
    """Without noise the information is H(T), which neither exceeds; with noise they are bounds."""

    @given(rows=lattice_rows(columns=1), variance=VARIANCES)
    def search(rows, variance):
        evidence.case(rows=rows, variance=variance)
        low, high = estimated(rows, variance)
        h_t, noisy = entropy_bits(group_rows(rows)), noisy_information(rows, variance)
        target(evidence.at_most(high, h_t, within=KDE_ROUNDING, what="f(1) <= H(T)"))
        evidence.at_most(noisy, high, within=QUADRATURE, what="corrected: I(X;T+Z) <= f(1)")
        evidence.at_most(low, noisy, within=QUADRATURE, what="corrected: f(4) <= I(X;T+Z)")

    search()
    low, high = estimated(PAIR, 1.0)
    evidence.equal(high, 0.316051, within=SIX_PLACES, what="unit pair: f(1)")
    evidence.differ(
        entropy_bits(group_rows(PAIR)), high, by=0.5, what="H(T)", points="0 and 1", variance=1.0, H_of_T=1.0,
        bounds=(low, high), with_noise=noisy_information(PAIR, 1.0),
    )  # fmt: skip


def entropy_routine(rows, var, *, minus, brackets, squares):
    """The printed routine, in nats, with each correction on its own: a sign, 2*var in brackets, squares."""
    dists = squared_distances(rows) if squares else squared_distances(rows) ** 0.5
    dists = dists / (2 * var) if brackets else dists / 2 * var
    n, dim = rows.shape
    normconst = dim / 2 * np.log(2 * np.pi * var)
    lprobs = [np.log(np.exp(-row).sum()) - np.log(n) - normconst for row in dists]
    return float((-1 if minus else 1) * np.mean(lprobs) + dim / 2)


@pytest.mark.claim(
    "kde.pseudocode",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 Fig. 3.5; grabauskas-2019-draft-a Fig. 8; grabauskas-2019-draft-b Fig. 5",
    says="The routine with dists / 2*var, plain distances and +mean(lprobs) + dim/2 gives the entropy bound "
    "of the mixture.",
)
def test_entropy_routine(evidence):
    """It needs a minus sign, brackets and squares; then it is f(1) plus the entropy of the noise."""
    printed = {"minus": False, "brackets": False, "squares": False}
    corrected = dict.fromkeys(printed, True)

    @given(rows=spread_rows(), variance=VARIANCES)
    def search(rows, variance):
        evidence.case(rows=rows, variance=variance)
        true = estimated(rows, variance)[1] + noise_entropy(rows.shape[1], variance)
        found = entropy_routine(rows, variance, **corrected) / LN2
        target(evidence.equal(found, true, within=KDE_ROUNDING, what="corrected: the routine"))
        one = entropy_routine(rows[:1], variance, **corrected) / LN2
        alone = noise_entropy(rows.shape[1], variance)
        evidence.equal(one, alone, within=KDE_ROUNDING, what="corrected: a single point")

    search()
    values = {}
    for name, changes, value in (
        ("as printed", {}, 1.066506),
        ("sign alone", {"minus": True}, -0.066506),
        ("brackets alone", {"brackets": True}, 0.385826),
        ("all", corrected, 0.614174),
    ):
        values[name] = entropy_routine(PAIR, 0.05, **(printed | changes))
        evidence.equal(values[name], value, within=SIX_PLACES, what=f"points 0, 1: {name}", unit="nats")
    for changes, value in ((printed, 1.078928), (corrected, -0.078928)):
        found = entropy_routine(PAIR[:1], 0.05, **changes)
        evidence.equal(found, value, within=SIX_PLACES, what="one point", unit="nats")
    half = PAIR / 2  # at distance 1 squares change nothing
    plain, true = (entropy_routine(half, 0.05, **(corrected | {"squares": s})) for s in (False, True))
    evidence.differ(plain, true, by=0.05, what="plain distances", unit="nats")
    evidence.differ(values["as printed"], values["all"], by=0.1, what="printed and corrected", unit="nats")
    evidence.counterexample(points="0 and 1", var=0.05, unit="nats", **values)
    evidence.number(**{"points 0 and 1/2: plain distances, squares (nats)": (plain, true)})
