"""Mutual information of discrete pairs."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Range, Width
from verification.information import (
    ROUNDING,
    WORKED,
    conditional,
    empirical,
    entropy,
    first,
    information,
    second,
)
from verification.strategies import joint_tables, label_lists, laws, paired_labels, real_rows

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""


@pytest.mark.claim(
    "mi.definitions-agree",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 eqs. 2.3, 2.4, 3.1-3.3; grabauskas-2019-draft-a eq. 2; "
    "grabauskas-2019-draft-b eqs. 20-22; candidate-8240R-2019 §2.2.4",
    says="For discrete pairs every form of I(X;Y) gives the same number, symmetric, not negative, and 0 only "
    "for independent variables.",
)
def test_definitions(evidence):
    """Divergence, both differences of entropies and the sum rule; and products of laws give 0."""

    @given(joint=joint_tables(), x=laws(5), y=laws(5))
    def search(joint, x, y):
        evidence.case(joint=joint)
        value = information(joint)
        h_x, h_y = entropy(first(joint)), entropy(second(joint))
        evidence.equal(h_x - conditional(joint.T), value, within=ROUNDING, what="H(X) - H(X|Y)")
        evidence.equal(h_y - conditional(joint), value, within=ROUNDING, what="H(Y) - H(Y|X)")
        evidence.equal(h_x + h_y - entropy(joint), value, within=ROUNDING, what="H(X) + H(Y) - H(X,Y)")
        evidence.equal(information(joint.T), value, within=ROUNDING, what="I(Y;X)")
        evidence.at_most(-value, 0.0, within=ROUNDING, what="-I")
        distance = np.abs(joint - np.outer(first(joint), second(joint))).sum()
        # Pinsker: I >= distance^2 / (2 ln 2), so that I = 0 leaves no dependence.
        evidence.at_most(distance**2 / (2 * np.log(2)), value, within=ROUNDING, what="Pinsker's bound")
        target(evidence.equal(information(np.outer(x, y)), 0.0, within=ROUNDING, what="independent"))

    search()
    evidence.equal(information(WORKED), 0.31127812445913294, within=ROUNDING, what="worked example")


@pytest.mark.claim(
    "mi.upper-bound",
    kind="bound",
    expected="holds",
    source="grabauskas-2019 §1.1, Figs. 1.1, 1.2, 2.4; candidate-8240R-2019 Fig. 5",
    says="0 ≤ I(X;T) ≤ min(H(X), H(T)) and 0 ≤ I(T;Y) ≤ min(H(Y), H(T)).",
)
def test_box(evidence):
    """The box holds for laws, for cut activity, and as log2 N for both kernel bounds."""
    cuttings = [Width(0.5), Range(low=-1, high=1, bins=5), Range(low=-1, high=1, bins=5, outside="wrap")]

    @given(joint=joint_tables(), t=real_rows(), data=st.data())
    def search(joint, t, data):
        evidence.case(joint=joint, t=t)
        h_x, h_y = entropy(first(joint)), entropy(second(joint))
        target(evidence.at_most(information(joint), min(h_x, h_y), within=ROUNDING, what="I(X;Y) of laws"))
        labels = data.draw(label_lists(2, symbols=3, rows=len(t)))
        probe = Probe(x=labels[:, :1], y=labels[:, 1])
        for cells in cuttings:
            found = Binning(cells=cells).estimate(t, probe)
            for value, other, what in ((found.i_xt, probe.h_x, "X"), (found.i_ty, probe.h_y, "Y")):
                evidence.at_most(-value, 0.0, within=ROUNDING, what=f"-I of {what} and cells")
                most = min(other, found.h_t)
                evidence.at_most(value, most, within=ROUNDING, what=f"I of {what} and cells")
        kernel = Kde(noise_variance=0.1).estimate(t, probe)
        log_n = np.log2(len(t))
        evidence.at_most(kernel.i_xt, log_n, within=KDE_ROUNDING, what="kernel bounds against log2 N")
        evidence.at_most(0.0, kernel.i_xt_bounds[0], within=KDE_ROUNDING, what="kernel bounds against 0")

    search()
    evidence.number(**{"box of the 12-bit task": (12.0, 1.0)})


@pytest.mark.claim(
    "mi.invertible-invariance",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eq. 2.6 and §2.3.4",
    says="I(A;B) = I(u(A);v(B)) for injective u and v.",
)
def test_renaming(evidence):
    """New names for the symbols change nothing; names that merge symbols can only lose information."""

    @given(pair=paired_labels(), data=st.data())
    def search(pair, data):
        a, b = pair
        evidence.case(a=a, b=b)
        u, v = (np.array(data.draw(st.permutations(range(20, 28)))) for _ in range(2))
        before = information(empirical(a, b))
        after = information(empirical(u[a], v[b]))
        target(evidence.equal(after, before, within=ROUNDING, what="injective names"))
        merged = information(empirical(a // 2, b))
        evidence.at_most(merged, before, within=ROUNDING, what="merged symbols")

    search()
    before, after = information(empirical([0, 1], [0, 1])), information(empirical([0, 0], [0, 1]))
    evidence.differ(before, after, by=0.5, what="broken: a map that is not injective")
    evidence.number(**{"broken by a constant u: I before, after": (before, after)})


@pytest.mark.claim(
    "mi.bits-gained",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §2.1, §3.1.1; grabauskas-2019-draft-b §0.2.1; candidate-8240R-2019 §2.2.4",
    says="I(X;Y) is the mean reduction of the uncertainty about Y once X is seen; a single observation may "
    "raise it.",
)
def test_mean_reduction(evidence):
    """On average the reductions give I; the worked example has one that is negative."""

    def reductions(joint):
        h_y = entropy(second(joint))
        return [(p, h_y - entropy(row / p)) for p, row in zip(first(joint), joint, strict=True) if p > 0]

    @given(joint=joint_tables())
    def search(joint):
        evidence.case(joint=joint)
        mean = sum(p * gain for p, gain in reductions(joint))
        target(evidence.equal(mean, information(joint), within=ROUNDING, what="mean reduction"))

    search()
    (_, seeing_0), (_, seeing_1) = reductions(WORKED)
    evidence.equal(seeing_0, -0.188722, within=1e-6, what="X = 0 seen")  # six printed places
    evidence.equal(seeing_1, 0.811278, within=1e-6, what="X = 1 seen")
    evidence.number(**{"gain when X = 0": seeing_0, "gain when X = 1": seeing_1})
