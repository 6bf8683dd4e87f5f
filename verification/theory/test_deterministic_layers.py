"""I(X;T) = H(T) when T is a function of X: why, and when not."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, conditional_entropy_bits, entropy_bits, group_rows
from ibspec.estimators import Binning, Range, Width
from verification.information import ROUNDING, conditional, empirical, entropy, information
from verification.strategies import few_symbol_rows, label_lists, real_rows

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


def shortcut(t) -> float:
    """I(X;T) taken to be H(T), as the sources do."""
    return entropy_bits(group_rows(np.asarray(t).reshape(len(t), -1)))


def plug_in(x, t) -> float:
    """I(X;T) of the empirical law, as a divergence, with X and T told apart by whole rows."""
    return information(empirical(*(group_rows(np.asarray(v).reshape(len(v), -1)) for v in (x, t))))


@pytest.mark.claim(
    "mi.deterministic-ht",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eqs. 3.6-3.7 and §2.3.4; grabauskas-2019-draft-a eqs. 21-22; "
    "grabauskas-2019-draft-b eqs. 25-26",
    says="If T is a function of X on the sample then H(T|X) = 0 and I(X;T) = H(T).",
)
def test_information_is_entropy(evidence):
    """Repeated rows and cut activity are allowed; a noisy T and an X that is cut as well are not."""

    @given(x=few_symbol_rows(), width=st.sampled_from([0.3, 1.0, 2.0]), data=st.data())
    def search(x, width, data):
        table = data.draw(real_rows(least=27, most=27))  # a value for each row of up to 3 symbols
        t = table[group_rows(x) % len(table)]
        evidence.case(x=x, t=t, width=width)
        cut = Width(width).cut(t)
        evidence.equal(plug_in(x, cut), shortcut(cut), within=ROUNDING, what="I(X;T) and H(T)")
        found = Binning(cells=Width(width)).estimate(t, Probe(x=x))
        evidence.equal(found.h_t - found.i_xt, 0.0, within=0.0, what="H(T|X) of the estimator")
        target(evidence.equal(found.i_xt, plug_in(x, cut), within=ROUNDING, what="the estimator"))

    search()
    found = Binning(cells=Width(1.0)).estimate(np.array([0.0, 0.0, 1.0]), Probe(x=np.array([0, 0, 1])))
    evidence.equal(found.i_xt, 0.918296, within=SIX_PLACES, what="x = 0, 0, 1")
    evidence.differ(found.i_xt, np.log2(3), by=0.5, what="log2 3")
    noisy_x, noisy_t = [0, 0], [0, 1]  # one input, two activities
    evidence.differ(shortcut(noisy_t), plug_in(noisy_x, noisy_t), by=0.5, what="broken: stochastic T")
    cut_x, cut_t = [0, 0], [0, 1]  # x = 0.1 and 0.4 in one cell, T in two
    evidence.differ(shortcut(cut_t), plug_in(cut_x, cut_t), by=0.5, what="broken: X is cut too")
    evidence.number(
        **{
            "broken by a stochastic T: I, H(T)": (plug_in(noisy_x, noisy_t), shortcut(noisy_t)),
            "broken by cutting X: I, H(T)": (plug_in(cut_x, cut_t), shortcut(cut_t)),
        }
    )


@pytest.mark.claim(
    "mi.uniqueness",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §3.2.2; grabauskas-2019-draft-a §0.3.2; grabauskas-2019-draft-b §0.3.2",
    says="H(T|X) = 0 needs T to be a function of X and not that the rows of X are distinct; distinct rows "
    "only make H(X) = log₂ N.",
)
def test_uniqueness_is_not_needed(evidence):
    """With repeated rows the index knows as much as X does; where T is no function of X it knows more."""

    @given(x=few_symbol_rows(), rows=label_lists(1, rows=27))
    def search(x, rows):
        ids = group_rows(x)
        t = rows[ids % 27, 0]
        evidence.case(x=x, t=t)
        evidence.equal(conditional(empirical(x=ids, y=t)), 0.0, within=0.0, what="H(T|X)")
        by_index = plug_in(np.arange(len(x)), t)
        target(evidence.equal(by_index, plug_in(x, t), within=ROUNDING, what="I(index;T) and I(X;T)"))
        evidence.equal(plug_in(x, t), entropy_bits(t), within=ROUNDING, what="I(X;T) and H(T)")
        unique = len(np.unique(ids)) == len(x)
        assert (np.log2(len(x)) - Probe(x=x).h_x < 1e-9) == unique, "distinct rows make H(X) = log2 N"

    search()
    evidence.equal(plug_in([0, 0, 1], [0, 0, 1]), 0.918296, within=SIX_PLACES, what="x = 0, 0, 1")
    x, t = [0, 0], [0, 1]  # equal rows, different activities
    evidence.equal(plug_in([0, 1], t), 1.0, within=ROUNDING, what="broken: I(index;T)")
    evidence.differ(plug_in([0, 1], t), plug_in(x, t), by=0.5, what="broken: I(index;T) against I(X;T)")
    evidence.number(**{"broken by a stochastic T: I(index;T), I(X;T)": (plug_in([0, 1], t), plug_in(x, t))})


@pytest.mark.claim(
    "mi.ht-le-hx",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eq. 2.10",
    says="If T is a function of X then H(T) + H(X|T) = H(X), so H(T) ≤ H(X).",
)
def test_layer_has_no_more_entropy(evidence):
    """Searched over maps of repeated rows; noise in T breaks both."""

    @given(x=few_symbol_rows(), rows=label_lists(1, rows=27))
    def search(x, rows):
        ids = group_rows(x)
        t = rows[ids % 27, 0]
        evidence.case(x=x, t=t)
        h_x, h_t = entropy_bits(ids), entropy_bits(t)
        left = conditional_entropy_bits(ids, t)
        evidence.equal(h_t + left, h_x, within=ROUNDING, what="H(T) + H(X|T)")
        target(evidence.at_most(h_t, h_x, within=ROUNDING, what="H(T) <= H(X)"))

    search()
    x, t = np.array([0, 0]), np.array([0, 1])  # one input, two activities
    evidence.differ(entropy_bits(t), entropy_bits(x), by=0.5, what="broken: stochastic T")
    assert entropy_bits(t) > entropy_bits(x), "a noisy T must be able to exceed H(X)"
    evidence.number(**{"broken by a stochastic T: H(T), H(X)": (entropy_bits(t), entropy_bits(x))})


@pytest.mark.claim(
    "mi.equality-injective",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §2.3.4, after eq. 2.10; grabauskas-2019-draft-a eq. 4; "
    "grabauskas-2019-draft-b eq. 4",
    says="H(X|T) = 0 if and only if the map is injective on the inputs that occur; it need not be "
    "invertible.",
)
def test_injective_on_the_sample(evidence):
    """All 27 maps of three inputs, with and without an input that never occurs."""
    for images in np.ndindex(3, 3, 3):
        for occurring in ((0, 1, 2), (0, 1), (0, 0, 2), (1,)):
            x = np.array(occurring)
            t = np.array(images)[x]
            evidence.case(x=x, map=images)
            injective = len(np.unique(t)) == len(np.unique(x))
            left = conditional_entropy_bits(x, t)
            assert (left < 1e-9) == injective, f"H(X|T) = {left} although injective is {injective}"
            evidence.equal(entropy_bits(t) + left, entropy_bits(x), within=ROUNDING, what="H(T) + H(X|T)")
    x = np.array([1.0, 2.0])
    relu = Binning(cells=Range(low=0, high=3, bins=4)).estimate(np.maximum(x, 0), Probe(x=x))
    evidence.equal(relu.i_xt, entropy(np.array([0.5, 0.5])), within=0.0, what="relu on 1 and 2")
