"""The law that a data set stands for: what is exact about it, and what is only an estimate."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import stats

from ibspec.core import Probe, conditional_entropy_bits, entropy_bits, group_rows
from ibspec.estimators import Binning, Range, Width
from verification.information import ROUNDING, conditional, empirical, entropy, first, information
from verification.networks import IntegerNetwork
from verification.strategies import integer_networks, joint_tables, laws, paired_labels, real_rows

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


class EachIndex:
    """In place of a random generator: every index once."""

    def integers(self, low: int, high: int, draws: int) -> np.ndarray:
        return np.arange(low, high)[:draws]


def rxy(network, rng, draws: int) -> np.ndarray:
    """The printed routine, so many times: draw i uniformly; return x_i, F(x_i), y_i, each as a number."""
    *_, t = network.activities()
    rows = np.stack([group_rows(network.x), group_rows(t), network.y], axis=1)
    return rows[rng.integers(0, len(rows), draws)]


@pytest.mark.claim(
    "setup.rxy",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 Fig. 2.2; grabauskas-2019-draft-a Figs. 2-3",
    says="Drawing an index uniformly and returning its input, activity and label defines a joint law whose "
    "information is exact, without sampling error, once all N rows are used.",
)
def test_law_of_the_routine(evidence):
    """Each row with probability 1/N gives the estimator's numbers; repeated draws come as close as they must.

    Drawing the parameters anew at each call defines another law.
    """

    @given(network=integer_networks())
    def search(network):
        evidence.case(weights=network.weights, x=network.x, y=network.y)
        *_, t = network.activities()
        found = EXACT.estimate(t, Probe(x=network.x, y=network.y))
        ids, cells = group_rows(network.x), group_rows(t)
        law_x, law_y = np.zeros((2, len(t), len(t) + 3))  # three labels at most
        for index in range(len(t)):  # every outcome of the routine
            law_x[ids[index], cells[index]] += 1 / len(t)
            law_y[cells[index], network.y[index]] += 1 / len(t)
        evidence.equal(found.i_ty, information(law_y), within=ROUNDING, what="I(T;Y) of the routine's law")
        exact = evidence.equal(found.i_xt, information(law_x), within=ROUNDING, what="I(X;T) of it")
        target(exact)

    search()
    for seed in range(5):
        rng = np.random.default_rng(seed)
        network = IntegerNetwork.random((4, 3, 2), samples=16, rng=rng)
        everything = rxy(network, EachIndex(), 16)
        symbols, counts = np.unique(everything, axis=0, return_counts=True)
        for draws in (1_000, 100_000):
            drawn = rxy(network, rng, draws)
            for symbol, count in zip(symbols, counts, strict=True):
                p = count / 16
                often = (drawn == symbol).all(axis=1).mean()
                off = abs(often - p) / np.sqrt(p * (1 - p) / draws) if p < 1 else 0.0
                evidence.at_most(off, 5.0, what="frequency of a triple", unit="standard errors")
    x = np.array([-1, 1])
    fixed = EXACT.estimate(x, Probe(x=x)).i_xt  # T = w x with w = 1
    drawn_anew = EXACT.estimate(np.array([-1, 1, 1, -1]), Probe(x=np.array([-1, 1, -1, 1]))).i_xt  # w = 1, -1
    evidence.equal((fixed, drawn_anew), (1.0, 0.0), within=ROUNDING, what="T = w x, w = 1 or either sign")
    evidence.differ(fixed, drawn_anew, by=0.5, what="broken: parameters drawn anew at each call")
    evidence.number(**{"broken by drawing w = 1 or -1 anew, T = w x: I, I": (fixed, drawn_anew)})


def mean_plug_in_entropy(law, draws: int) -> float:
    """The exact mean of the plug-in entropy of so many draws from a law, in bits."""
    k = np.arange(1, draws + 1)
    terms = -(k / draws) * np.log2(k / draws)
    return float(sum(stats.binom.pmf(k, draws, p) @ terms for p in law if p > 0))


@pytest.mark.claim(
    "setup.estimate-vs-exact",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §3.1.2; grabauskas-2019-draft-a §0.2.11; grabauskas-2019-draft-b §0.2.2",
    says="The information of a data set is exact for its empirical law and only an estimate for the law that "
    "it was drawn from: for independent variables with a and b values it is too large by "
    "(a - 1)(b - 1) / (2n ln 2) bits on average, to first order.",
)
def test_exact_for_which_law(evidence):
    """The empirical law is all that the number depends on; the bias is summed exactly, and simulated."""

    @given(pair=paired_labels(), times=st.integers(2, 4))
    def search(pair, times):
        x, t = pair
        evidence.case(x=x, t=t)
        found = EXACT.estimate(t, Probe(x=x)).i_xt
        target(evidence.equal(found, information(empirical(x, t)), within=ROUNDING, what="empirical law"))
        again = EXACT.estimate(np.tile(t, times), Probe(x=np.tile(x, times))).i_xt
        evidence.equal(again, found, within=ROUNDING, what="the same law from more rows")

    search()
    for a, b, n in ((2, 2, 20), (4, 3, 60), (5, 5, 250)):
        evenly = [np.full(symbols, 1 / symbols) for symbols in (a, b, a * b)]
        means = [mean_plug_in_entropy(law, n) for law in evenly]
        bias = means[0] + means[1] - means[2]
        # The next terms of the three entropies are (1 - sum 1/p) / (12 n^2); twice their sum leaves room
        # for those behind.
        behind = [(1 - (1 / law).sum()) / (12 * n**2 * np.log(2)) for law in evenly]
        room = 2 * abs(behind[0] + behind[1] - behind[2])
        formula = (a - 1) * (b - 1) / (2 * n * np.log(2))
        evidence.equal(bias, formula, within=room, what="mean for independent variables, first order")
        rng = np.random.default_rng(n)
        samples = [(rng.integers(0, a, n), rng.integers(0, b, n)) for _ in range(200)]
        drawn = [EXACT.estimate(t, Probe(x=x)).i_xt for x, t in samples]
        error = np.std(drawn) / np.sqrt(len(drawn))
        evidence.equal(np.mean(drawn), bias, within=4 * error, what="mean of 200 samples, 4 standard errors")
        evidence.differ(bias, 0.0, by=0.02, what="broken: the law drawn from has I = 0")
        evidence.number(
            **{f"{a} and {b} values, n = {n}: exact mean of I, first order": (bias, float(formula))}
        )


@pytest.mark.claim(
    "pseudo.mi-figure",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 Fig. 3.2; grabauskas-2019-draft-a Fig. 5; grabauskas-2019-draft-b Fig. 2",
    says="Cutting both arguments and returning H(Xb) - H(Xb|Yb) gives the information of the cut pair, which "
    "cannot exceed that of the pair.",
)
def test_routine_for_a_pair(evidence):
    """With each entropy of a slice weighted by p(y) it holds; without the weights it does not."""

    def routine(x, y):
        return entropy_bits(x) - conditional_entropy_bits(x, y)

    def unweighted(x, y):
        return entropy_bits(x) - sum(entropy_bits(x[y == value]) for value in np.unique(y))

    cuttings = (Width(0.5), Width(2.0), Range(low=-1, high=1, bins=4))

    @given(
        pair=real_rows(columns=1), noise=paired_labels(most=24, symbols=3), cells=st.sampled_from(cuttings)
    )
    def search(pair, noise, cells):
        x = pair[:, 0]
        y = np.resize(noise[0], len(x)) / 2 + np.resize(x, len(x)) * np.resize(noise[1], len(x))
        evidence.case(x=x, y=y, cells=cells.label)
        ids_x, ids_y = group_rows(x[:, None] + 0.0), group_rows(y[:, None] + 0.0)  # -0 and 0 are one value
        cut_x, cut_y = (group_rows(cells.cut(values[:, None])) for values in (x, y))
        found = routine(cut_x, cut_y)
        evidence.equal(found, information(empirical(cut_x, cut_y)), within=ROUNDING, what="I of the cut pair")
        target(evidence.at_most(found, routine(ids_x, ids_y), within=ROUNDING, what="I(Xb;Yb) <= I(X;Y)"))

    search()
    x = np.arange(12)
    halves, thirds = x // 6, x // 4
    found = routine(halves, thirds)
    evidence.equal(found, 0.666667, within=SIX_PLACES, what="X in halves, T = X in thirds")
    evidence.equal(entropy_bits(thirds), 1.584963, within=SIX_PLACES, what="H(Tb)")
    evidence.equal(entropy_bits(halves), 1.0, within=ROUNDING, what="H(Xb)")
    wrong = unweighted(halves, thirds)
    evidence.differ(wrong, found, by=0.5, what="broken: slices not weighted")
    evidence.differ(found, routine(x, x), by=1.0, what="broken: taken for I(X;T) of the values")
    evidence.number(
        **{
            "12 points, X in halves, T = X in thirds: I of the cut pair": found,
            "broken by slices that are not weighted": wrong,
            "I of the pair itself": routine(x, x),
        }
    )


@pytest.mark.claim(
    "mi.compression-equivalence",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a eqs. 1-3; grabauskas-2019-draft-b eqs. 1-3",
    says="I(X;T) < H(X) if and only if H(X|T) > 0.",
)
def test_compression_is_remaining_uncertainty(evidence):
    """Decided by numbers and by looking whether two inputs share a value of T."""
    # The least positive H(X|T) of the laws drawn is that of two cells of 2^-30 among 25: 7e-11.
    positive = 1e-11

    def check(joint):
        evidence.case(joint=joint)
        left = conditional(joint.T)
        missing = entropy(first(joint)) - information(joint)
        shared = bool(((joint > 0).sum(axis=0) > 1).any())
        assert (missing > positive) == shared, f"H(X) - I(X;T) = {missing}, two inputs in one T: {shared}"
        assert (left > positive) == shared, f"H(X|T) = {left}, two inputs in one T: {shared}"
        return evidence.equal(missing, left, within=ROUNDING, what="H(X) - I(X;T) and H(X|T)")

    @given(joint=joint_tables(), law=laws(3), data=st.data())
    def search(joint, law, data):
        target(check(joint))
        names = data.draw(st.permutations(range(len(law))))
        check(np.diag(law)[:, list(names)])  # an injective map

    search()
    for images in product(range(3), repeat=3):
        check(empirical(np.arange(3), np.array(images)))
