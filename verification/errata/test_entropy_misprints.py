"""Misprints about entropy: the printed form, what refutes it, and the form that holds."""

import numpy as np
import pytest
from hypothesis import given, target

from ibspec.core import Probe, conditional_entropy_bits, entropy_bits
from verification.information import (
    ROUNDING,
    WORKED,
    conditional,
    divergence,
    empirical,
    entropy,
    first,
)
from verification.strategies import joint_tables, label_lists, law_pairs, paired_labels

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


def upside_down_conditional(joint) -> float:
    """The second form as printed: -sum p(x,y) log2 [p(x) / p(x,y)], for H(second | first)."""
    x, y = np.nonzero(joint)
    p = joint[x, y]
    return float(-(p * np.log2(first(joint)[x] / p)).sum())


@pytest.mark.claim(
    "entropy.conditional-004",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §2.2.1, second form of H(X|Y)",
    says="H(X|Y) = -Σ P(x,y) log [p(y) / P(x,y)].",
)
def test_ratio_upside_down(evidence):
    """The printed form is minus the conditional entropy; with the ratio turned over it holds."""

    @given(joint=joint_tables())
    def search(joint):
        evidence.case(joint=joint)
        by_rows = sum(p * entropy(row / p) for p, row in zip(first(joint), joint, strict=True) if p > 0)
        minus = -upside_down_conditional(joint)
        evidence.equal(minus, by_rows, within=ROUNDING, what="minus the printed form")
        target(evidence.equal(conditional(joint), by_rows, within=ROUNDING, what="corrected form"))

    search()
    printed, true = upside_down_conditional(WORKED.T), conditional(WORKED.T)
    evidence.equal(printed, -0.6887218755, within=1e-10, what="printed, worked example")  # ten places
    evidence.equal(true, 0.6887218755, within=1e-10, what="true, worked example")
    bit = np.array([[0.5, 0.5]])  # a fair bit given a constant
    evidence.differ(
        upside_down_conditional(bit),
        conditional(bit),
        by=ROUNDING,
        what="printed form",
        X="fair bit",
        Y="constant",
        printed=upside_down_conditional(bit),
        true=conditional(bit),
    )
    evidence.equal(upside_down_conditional(bit), -1.0, within=0.0, what="printed, fair bit")


def printed_conditional(x, y) -> float:
    """Figure 3.4 line by line: starts at H(X), subtracts once a sample, without p(y)."""
    h = entropy_bits(np.asarray(x))
    for label in sorted(set(y)):
        slice_of_x = []
        for value, other in zip(x, y, strict=True):
            if other == label:
                slice_of_x.append(value)
            h -= entropy_bits(np.asarray(slice_of_x)) if slice_of_x else 0.0
    return h


def moved_out_conditional(x, y) -> float:
    """The figure with its last line one level further out: once a label, still without p(y)."""
    x, y = np.asarray(x), np.asarray(y)
    return entropy_bits(x) - sum(entropy_bits(x[y == label]) for label in set(y.tolist()))


@pytest.mark.claim(
    "pseudo.conditional-entropy",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 Fig. 3.4; grabauskas-2019-draft-a Fig. 7; grabauskas-2019-draft-b Fig. 4",
    says="H(X|Y) is found by starting from H(X) and subtracting the entropy of each slice of X.",
)
def test_conditional_entropy_routine(evidence):
    """As printed it leaves [0, H(X)]; starting at 0 and adding p(y) H(slice) gives H(X,Y) - H(Y)."""

    @given(pair=paired_labels())
    def search(pair):
        x, y = pair
        evidence.case(x=x, y=y)
        joint = empirical(x, y)
        true = entropy(joint) - entropy(joint.sum(axis=0))
        corrected = conditional_entropy_bits(x, y)
        target(evidence.equal(corrected, true, within=ROUNDING, what="corrected routine"))
        evidence.at_most(corrected, entropy_bits(x), within=ROUNDING, what="H(X|Y) <= H(X)")

    search()
    cases = {  # x, y: true, printed, moved out by one level
        "worked example": ((0, 0, 1, 1), (0, 1, 0, 0), 0.688722, -0.918296, 0.081704),
        "independent bits": ((0, 1, 0, 1), (0, 0, 1, 1), 1.0, -3.0, -1.0),
        "equal bits": ((0, 1), (0, 1), 0.0, 1.0, 1.0),
    }
    for name, (x, y, true, printed, moved) in cases.items():
        right = conditional_entropy_bits(np.array(x), np.array(y))
        evidence.equal(right, true, within=SIX_PLACES, what=f"true, {name}")
        evidence.equal(printed_conditional(x, y), printed, within=SIX_PLACES, what=f"printed, {name}")
        evidence.equal(moved_out_conditional(x, y), moved, within=SIX_PLACES, what=f"moved out, {name}")
    x, y, *_ = cases["worked example"]
    printed, true = printed_conditional(x, y), conditional_entropy_bits(np.array(x), np.array(y))
    h_x = entropy_bits(np.array(x))
    evidence.differ(
        printed,
        true,
        by=ROUNDING,
        what="printed routine",
        x=x,
        y=y,
        printed=printed,
        true=true,
        I_from_printed=h_x - printed,
        H_of_X=h_x,
    )
    assert printed < 0 < true <= h_x, "the printed routine must leave the range of a conditional entropy"


@pytest.mark.claim(
    "entropy.kl-direction",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §2.2.3, last sentence",
    says="D(P||Q) is the information gained if Q is used instead of P.",
)
def test_direction_of_divergence(evidence):
    """It is the other way round: what using Q costs, in length of code, when P is true."""

    def gained_by_using_q(p, q):
        # Length of code saved on data from Q by using Q instead of P.
        return float((q[q > 0] * (np.log2(q[q > 0]) - np.log2(p[q > 0]))).sum())

    @given(pair=law_pairs())
    def search(pair):
        p, q = (law + 1e-3 for law in pair)  # every symbol possible, so that every code length is finite
        p, q = p / p.sum(), q / q.sum()
        evidence.case(p=p, q=q)
        under_q, under_p = -(p * np.log2(q)).sum(), -(p * np.log2(p)).sum()
        target(evidence.equal(divergence(p, q), under_q - under_p, within=ROUNDING, what="cost of using Q"))

    search()
    p, q = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    evidence.equal(divergence(p, q), 0.736966, within=SIX_PLACES, what="D(P||Q)")
    evidence.equal(gained_by_using_q(p, q), 0.531004, within=SIX_PLACES, what="gain by using Q")
    evidence.differ(
        divergence(p, q),
        gained_by_using_q(p, q),
        by=0.1,
        what="D(P||Q) as a gain",
        P=p,
        Q=q,
        divergence=divergence(p, q),
        gained=gained_by_using_q(p, q),
    )


@pytest.mark.claim(
    "setup.y-uniform",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §2.3.1",
    says="The label Y of a uniformly drawn sample is uniformly distributed.",
)
def test_labels_are_not_uniform(evidence):
    """Only the index is uniform: Y has the law n_y / N, which is uniform for equal counts n_y only."""

    @given(rows=label_lists(1))
    def search(rows):
        y = rows[:, 0]
        evidence.case(y=y)
        counts = np.unique(y, return_counts=True)[1]
        h_y = Probe(y=y).h_y
        target(evidence.equal(h_y, entropy(counts / len(y)), within=ROUNDING, what="H(Y) from n_y / N"))
        # One count of 60 that differs by 1 lowers H(Y) by more than 1e-5: no rounding hides that.
        assert (np.log2(len(counts)) - h_y < 1e-9) == (counts.min() == counts.max()), (
            "uniform means equal n_y"
        )

    search()
    found = Probe(y=np.array([0, 0, 0, 1])).h_y
    evidence.equal(found, 0.811278, within=SIX_PLACES, what="labels 0, 0, 0, 1")
    evidence.differ(found, 1.0, by=0.1, what="H(Y)", labels=(0, 0, 0, 1), printed=1.0, true=found)
