"""Entropy of discrete laws, and of the laws that samples stand for."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy import stats

from ibspec.core import Probe, conditional_entropy_bits, entropy_bits, entropy_of_counts
from verification.information import (
    ROUNDING,
    WORKED,
    conditional,
    divergence,
    empirical,
    entropy,
    first,
    information,
    second,
)
from verification.networks import binary_words
from verification.strategies import (
    count_vectors,
    few_symbol_rows,
    joint_tables,
    label_lists,
    law_pairs,
    paired_labels,
)


@pytest.mark.claim(
    "entropy.definition",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 eq. 2.1; candidate-8240R-2019 §2.2.1",
    says="H(X) = -Σ p log₂ p lies between 0, for a single symbol only, and log₂ of the number of "
    "possible symbols, for equally likely ones only.",
)
def test_definition(evidence):
    """Counts give SciPy's entropy, the two bounds, and equality in them exactly where it belongs."""

    @given(counts=count_vectors())
    def search(counts):
        evidence.case(counts=counts)
        h = entropy_of_counts(counts)
        possible = counts[counts > 0]
        most = float(np.log2(len(possible)))
        evidence.equal(h, stats.entropy(counts, base=2), within=ROUNDING * (1 + h), what="H against SciPy")
        evidence.at_most(0.0, h, what="0 <= H")
        target(evidence.at_most(h, most, within=ROUNDING, what="H <= log2 of the support"))
        assert (h == 0) == (len(possible) == 1), "H = 0 must mean a single symbol"
        # One count of 12 that is 49 instead of 50 lowers H by 1e-5: no rounding hides that.
        assert (most - h < 1e-9) == (possible.min() == possible.max()), "H is largest for equal counts only"

    search()
    evidence.equal(entropy_of_counts(np.ones(4096)), 12.0, within=0.0, what="4096 equal symbols")
    evidence.equal(
        entropy_of_counts(np.ones(10)), 3.321928094887362, within=ROUNDING, what="10 equal symbols"
    )


@pytest.mark.claim(
    "entropy.conditional-001",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 eq. 2.2",
    says="H(Y|X) = -Σ p(x,y) log₂ [p(x,y) / p(x)] is the mean of the entropies H(Y|X=x) with weights p(x).",
)
def test_conditional_entropy(evidence):
    """The sum over cells equals the weighted mean over rows, impossible rows left out."""

    @given(joint=joint_tables())
    def search(joint):
        evidence.case(joint=joint)
        mean = sum(p * entropy(row / p) for p, row in zip(first(joint), joint, strict=True) if p > 0)
        target(evidence.equal(conditional(joint), mean, within=ROUNDING, what="H(Y|X)"))

    search()
    evidence.equal(conditional(WORKED), 0.5, within=ROUNDING, what="worked example")


@pytest.mark.claim(
    "entropy.chain-rule",
    kind="identity",
    expected="holds",
    source="candidate-8240R-2019 §2.2.1",
    says="H(X,Y) = H(X) + H(Y|X) = H(Y) + H(X|Y).",
)
def test_chain_rule(evidence):
    """Either variable may come first, zero cells or not."""

    @given(joint=joint_tables())
    def search(joint):
        evidence.case(joint=joint)
        whole = entropy(joint)
        evidence.equal(entropy(first(joint)) + conditional(joint), whole, within=ROUNDING, what="X first")
        other = entropy(second(joint)) + conditional(joint.T)
        target(evidence.equal(other, whole, within=ROUNDING, what="Y first"))

    search()
    evidence.equal(1 + 0.5, entropy(WORKED), within=ROUNDING, what="worked example")
    evidence.equal(0.811278 + 0.688722, entropy(WORKED), within=1e-6, what="its digits")  # six places


@pytest.mark.claim(
    "entropy.conditional-sum",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 eq. 3.5; grabauskas-2019-draft-a eq. 20; grabauskas-2019-draft-b eq. 24",
    says="I(X;Y) = H(X) - Σ_y p(y) H(X|Y=y).",
)
def test_weighted_conditional_entropy(evidence):
    """Counted from two lists of labels, the weighted form equals the divergence form."""

    def by_slices(x, y):
        return entropy_bits(x) - conditional_entropy_bits(x, y)

    @given(pair=paired_labels())
    def search(pair):
        x, y = pair
        evidence.case(x=x, y=y)
        target(evidence.equal(by_slices(x, y), information(empirical(x, y)), within=ROUNDING, what="I(X;Y)"))

    search()
    worked = by_slices(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 0]))
    evidence.equal(worked, 0.3112781245, within=1e-10, what="worked example")  # ten printed places


@pytest.mark.claim(
    "pseudo.entropy-discrete",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 Fig. 3.3; grabauskas-2019-draft-a Fig. 6; grabauskas-2019-draft-b Fig. 3",
    says="Counting how often each distinct value occurs gives the entropy of the sample, with log to base 2 "
    "and one frequency kept per value.",
)
def test_counting_routine(evidence):
    """The printed loop equals our counter, which ignores order, names and how often the list is repeated."""

    def printed(values):
        frequencies = [sum(value == other for other in values) / len(values) for value in set(values)]
        return -sum(p * np.log2(p) for p in frequencies)

    @given(rows=label_lists(1), data=st.data())
    def search(rows, data):
        labels = rows[:, 0]
        evidence.case(labels=labels)
        h = entropy_bits(labels)
        target(evidence.equal(h, printed(labels.tolist()), within=ROUNDING, what="H"))
        order = np.array(data.draw(st.permutations(range(len(labels)))))
        names = np.array(data.draw(st.permutations(range(8))))
        evidence.equal(entropy_bits(labels[order]), h, within=ROUNDING, what="another order")
        evidence.equal(entropy_bits(names[labels]), h, within=ROUNDING, what="other names")
        evidence.equal(entropy_bits(np.tile(labels, 3)), h, within=ROUNDING, what="three times over")

    search()
    evidence.equal(entropy_bits(np.array([0, 0, 1, 2])), 1.5, within=ROUNDING, what="labels 0, 0, 1, 2")


@pytest.mark.claim(
    "entropy.uniform-inputs",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §2.3.4",
    says="With the sample index uniform, H(X) = log₂ N if and only if the N rows are distinct.",
)
def test_uniform_inputs(evidence):
    """With n_v copies of row v, H(X) = log2 N - (1/N) sum n_v log2 n_v; duplicates break log2 N."""

    @given(rows=few_symbol_rows())
    def search(rows):
        evidence.case(rows=rows)
        copies = np.unique(rows, axis=0, return_counts=True)[1]
        log_n = np.log2(len(rows))
        h_x = Probe(x=rows).h_x
        expected = log_n - (copies * np.log2(copies)).sum() / len(rows)
        target(evidence.equal(h_x, expected, within=ROUNDING, what="H(X) with duplicates"))
        assert (log_n - h_x < 1e-9) == (len(copies) == len(rows)), "H(X) = log2 N must mean distinct rows"

    search()
    found = Probe(x=np.array([[0], [0], [1]])).h_x
    evidence.equal(found, 0.918296, within=1e-6, what="rows a, a, b")  # six printed places
    evidence.differ(found, np.log2(3), by=0.5, what="broken: rows a, a, b")
    evidence.number(**{"broken by rows a, a, b: H(X), log2 N": (found, np.log2(3))})


@pytest.mark.claim(
    "entropy.hx-12",
    kind="identity",
    expected="holds",
    source="grabauskas-2019 §3.3.2 and Fig. 2.4; grabauskas-2019-draft-a; grabauskas-2019-draft-b",
    says="All 4096 words of 12 bits, each once, have H(X) = 12 bits.",
)
def test_twelve_bits(evidence):
    """Exactly 12, whatever the order; a training part of 3480 words has less."""
    words = binary_words(12)
    evidence.case(words=len(words))
    evidence.equal(Probe(x=words).h_x, 12.0, within=0.0, what="all words")
    shuffled = np.random.default_rng(0).permutation(words)
    evidence.equal(Probe(x=shuffled).h_x, 12.0, within=0.0, what="in another order")
    part = Probe(x=shuffled[:3480]).h_x
    evidence.equal(part, 11.764872, within=1e-6, what="3480 of them")  # six printed places
    evidence.number(**{"H(X) of 3480 words": part})


@pytest.mark.claim(
    "entropy.kl-nonnegative",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §2.2.3",
    says="D(P||Q) is never negative, and 0 only for P = Q.",
)
def test_divergence_is_not_negative(evidence):
    """Wherever Q = 0 < P the divergence is infinite; everywhere else it is searched for a negative value."""

    @given(pair=law_pairs())
    def search(pair):
        p, q = pair
        evidence.case(p=p, q=q)
        if (q[p > 0] == 0).any():
            return  # infinite, so not negative
        d = divergence(p, q)
        target(evidence.at_most(-d, 0.0, within=ROUNDING, what="-D"))
        # Pinsker: D >= (sum |p - q|)^2 / (2 ln 2), so that D can vanish for equal laws only.
        evidence.at_most(
            np.abs(p - q).sum() ** 2 / (2 * np.log(2)), d, within=ROUNDING, what="Pinsker's bound"
        )
        evidence.equal(divergence(p, p), 0.0, within=0.0, what="D(P||P)")

    search()
    fair, unfair = np.array([0.5, 0.5]), np.array([0.9, 0.1])
    evidence.equal(divergence(fair, unfair), 0.736966, within=1e-6, what="fair from unfair")  # six places
    evidence.equal(divergence(unfair, fair), 0.531004, within=1e-6, what="unfair from fair")
