"""What there is to know about the labels: the height of the information plane."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import stats

from ibspec.core import Probe, conditional_entropy_bits
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels
from ibspec.estimators import Binning, Width
from verification.information import ROUNDING, empirical, entropy, information
from verification.strategies import count_vectors, integer_networks

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""

MNIST = {
    "train": ([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], 3.319870927),
    "test": ([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009], 3.319422526),
}
"""How many images of each digit there are, and the entropy of the labels to nine decimals."""


def binary_entropy(q: float) -> float:
    """h2(q) of a bit that is 1 with probability q."""
    return entropy(np.array([q, 1 - q]))


def labels_with(counts) -> np.ndarray:
    """Labels 0, 1, 2, ... so many times each."""
    return np.repeat(np.arange(len(counts)), counts)


@pytest.mark.claim(
    "entropy.hy-1",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 Fig. 2.4 and §3.3.2; grabauskas-2019-draft-a; grabauskas-2019-draft-b",
    says="Of two classes, H(Y) = 1 if and only if they are equally frequent; else H(Y) = h₂(q) with q the "
    "share of one.",
)
def test_one_bit_of_label(evidence):
    """Counted from labels; the published 12-bit task is not quite balanced, so its H(Y) is not quite 1."""

    @given(zeros=st.integers(0, 300), ones=st.integers(0, 300), balance=st.booleans())
    def search(zeros, ones, balance):
        ones = zeros if balance else ones
        if zeros + ones == 0:
            return
        evidence.case(zeros=zeros, ones=ones)
        h_y = Probe(y=labels_with([zeros, ones])).h_y
        q = ones / (zeros + ones)
        target(evidence.equal(h_y, binary_entropy(q), within=ROUNDING, what="H(Y) and h2(q)"))
        # The nearest to balance among unequal counts, 299 and 300, has 1 - H(Y) = 2e-6.
        assert (1 - h_y < 1e-9) == (zeros == ones), f"H(Y) = {h_y} with {zeros} zeros and {ones} ones"

    search()
    evidence.equal(Probe(y=labels_with([2048, 2048])).h_y, 1.0, within=0.0, what="2048 of each")
    for q, count, h in ((0.441198, 1807, 0.99), (0.481386, 1972, 0.999)):
        evidence.equal(binary_entropy(q), h, within=SIX_PLACES, what=f"h2({q})")
        # One label of 4096 more or less moves q by 2.4e-4, and H(Y) by no more than 1e-4 so near to 1/2.
        near = Probe(y=labels_with([4096 - count, count])).h_y
        evidence.equal(near, h, within=1e-4, what=f"{count} ones of 4096")
    published = Probe(y=symmetric_labels().astype(np.int64)).h_y
    evidence.equal(published, 0.999157, within=SIX_PLACES, what="published labels")
    evidence.differ(published, 1.0, by=5e-4, what="broken: labels not balanced")
    evidence.number(**{"broken by the published 12-bit task: ones of 4096": int(symmetric_labels().sum())})
    evidence.number(**{"its H(Y)": published})


@pytest.mark.claim(
    "mi.ixy-labels",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 Fig. 2.4, eq. 2.9",
    says="I(X;Y) = H(Y) if and only if the label is a function of the input row; else "
    "I(X;Y) = H(Y) - H(Y|X), and no layer knows more about Y.",
)
def test_information_in_the_inputs(evidence):
    """Networks on repeated rows with labels that may contradict each other, and with labels that do not."""

    def check(probe):
        h_y_given_x = conditional_entropy_bits(probe.classes, probe.ids)
        evidence.equal(probe.i_xy, probe.h_y - h_y_given_x, within=ROUNDING, what="H(Y) - H(Y|X)")
        divergence = information(empirical(probe.ids, probe.classes))
        worst = evidence.equal(probe.i_xy, divergence, within=ROUNDING, what="I(X;Y)")
        pairs = len(np.unique(np.stack([probe.ids, probe.classes], axis=1), axis=0))
        is_function = pairs == len(np.unique(probe.ids))
        # Two of 40 rows in conflict already give H(Y|X) = 0.05.
        assert (probe.h_y - probe.i_xy < 1e-9) == is_function, "I(X;Y) = H(Y) must mean a function of X"
        return worst

    @given(network=integer_networks(), agree=st.booleans())
    def search(network, agree):
        y = network.x.sum(axis=1) % 3 if agree else network.y
        evidence.case(weights=network.weights, x=network.x, y=y)
        probe = Probe(x=network.x, y=y)
        worst = check(probe)
        for t in network.activities():
            about_y = EXACT.estimate(t, probe).i_ty
            worst = max(
                worst, evidence.at_most(about_y, probe.i_xy, within=ROUNDING, what="I(T;Y) <= I(X;Y)")
            )
        target(worst)

    search()
    torn = Probe(x=np.array([0, 0]), y=np.array([0, 1]))
    evidence.equal((torn.h_y, torn.i_xy), (1.0, 0.0), within=0.0, what="x = a, a with y = 0, 1")
    evidence.differ(torn.h_y, torn.i_xy, by=0.5, what="broken: the label is no function of X")
    evidence.number(**{"broken by x = a, a with y = 0, 1: H(Y), I(X;Y)": (torn.h_y, torn.i_xy)})
    task = Probe(x=symmetric_inputs(), y=symmetric_labels().astype(np.int64))
    evidence.equal(task.i_xy, task.h_y, within=0.0, what="the 12-bit task")


def mean_plug_in_entropy(law, draws: int) -> float:
    """The exact mean of the plug-in entropy of so many draws from a law, in bits."""
    k = np.arange(1, draws + 1)
    terms = -(k / draws) * np.log2(k / draws)
    return float(sum(stats.binom.pmf(k, draws, p) @ terms for p in law))


@pytest.mark.claim(
    "entropy.mnist-labels",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.1.2",
    says="The entropy of ten classes is log₂ 10 if they are exactly balanced and less otherwise; n draws "
    "from balanced classes have the mean entropy log₂ 10 - 9 / (2n ln 2) to first order.",
)
def test_entropy_of_ten_classes(evidence):
    """The bound is searched; the mean is summed exactly, simulated, and compared with its first order."""
    most = np.log2(10)

    @given(counts=count_vectors(most_symbols=10))
    def search(counts):
        evidence.case(counts=counts)
        h_y = Probe(y=labels_with(counts)).h_y
        target(evidence.at_most(h_y, most, within=ROUNDING, what="H(Y) <= log2 10"))
        # Counts up to 50, one of ten off by one: 2.6e-5 below log2 10.
        balanced = len(counts) == 10 and counts.min() == counts.max()
        assert (most - h_y < 1e-9) == balanced, f"H(Y) = {h_y} for counts {counts}"

    search()
    evidence.equal(Probe(y=labels_with([500] * 10)).h_y, most, within=ROUNDING, what="500 of each digit")
    evidence.equal(most, 3.321928095, within=1e-9, what="log2 10")  # nine places
    for part, (counts, h) in MNIST.items():
        found = Probe(y=labels_with(counts)).h_y
        evidence.equal(found, h, within=1e-9, what=f"MNIST, {part}")
        evidence.differ(found, most, by=1e-3, what=f"broken: classes of MNIST, {part}, not balanced")
        evidence.number(**{f"broken by the counts of MNIST, {part}: H(Y)": found})
    rng = np.random.default_rng(0)
    law = np.full(10, 0.1)
    for n in (50, 100, 1000):
        exact = mean_plug_in_entropy(law, n)
        formula = most - 9 / (2 * n * np.log(2))
        # The next term of the expansion is (1 - sum 1/p) / (12 n^2); twice it leaves room for those behind.
        behind = 2 * abs(1 - (1 / law).sum()) / (12 * n**2 * np.log(2))
        evidence.equal(formula, exact, within=behind, what="first order and exact mean")
        drawn = [Probe(y=rng.integers(0, 10, n)).h_y for _ in range(400)]
        error = np.std(drawn) / np.sqrt(len(drawn))
        evidence.equal(np.mean(drawn), exact, within=4 * error, what="mean of 400 samples, 4 standard errors")
        evidence.number(**{f"n = {n}: exact mean, first order": (exact, float(formula))})
