"""Information with the net unknown: what is meant by it, and what follows from the definition alone."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Binning, Width
from verification.information import ROUNDING, empirical, entropy
from verification.strategies import each_drawn
from verification.windows import (
    UNIT,
    about_x,
    net_by_the_book,
    pairs_by_the_book,
    single_by_the_book,
    together,
    windows,
)

NINE_PLACES = 1e-9
"""Bits: differences of sums of a few hundred terms, as the catalogue allows them."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


@pytest.mark.claim(
    "air.definition",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 §3.4; grabauskas-2019-draft-a §0.2.6, §0.2.10; grabauskas-2019-draft-b §0.5",
    says="As-If-Random can be read as I(X;T) and I(T;Y) of all pairs of row and net, each equally likely: "
    "H(T) - mean H(T|x) and H(T) - sum p(y) H(T|y), with the same bins for all nets.",
)
def test_all_pairs_of_net_and_row(evidence):
    """The estimator, fed net by net, against the joint law of all pairs; bins that move break it."""

    @given(table=windows(), data=st.data())
    def search(table, data):
        ids = data.draw(each_drawn(table.shape[1], st.integers(0, 4)))
        y = data.draw(each_drawn(table.shape[1], st.integers(0, 2)))
        evidence.case(table=table, ids=ids, y=y)
        found = together(table, Probe(y=y, ids=ids))
        book = pairs_by_the_book(table, ids), pairs_by_the_book(table, y)
        target(evidence.equal((found.i_xt, found.i_ty), book, within=ROUNDING, what="counted, by the book"))

    @given(seed=st.integers(0, 2**32 - 1), width=st.sampled_from([0.3, 1.0, 2.5]))
    def search_reals(seed, width):
        values = np.random.default_rng(seed).normal(size=(4, 10))
        evidence.case(seed=seed, width=width)
        found = together(values, Probe(ids=np.arange(10)), Binning(cells=Width(width)))
        book = pairs_by_the_book(np.floor(values / width).astype(int), np.arange(10))
        evidence.equal(found.i_xt, book, within=ROUNDING, what="cut by the estimator, by the book")

    search()
    search_reals()
    swapped, same = np.array([[0, 1], [1, 0]]), np.array([[0, 1], [0, 1]])
    evidence.equal(
        (about_x(swapped), about_x(same)), (0.0, 1.0), within=ROUNDING, what="two nets, two inputs"
    )
    moved = np.array([same[0], 1 - same[1]])
    evidence.differ(about_x(moved), about_x(same), by=0.5, what="broken: bins that another net names anew")
    evidence.number(
        **{
            "nets (0, 1) and (1, 0): I(X;T)": about_x(swapped),
            "nets (0, 1) and (0, 1): I(X;T)": about_x(same),
            "broken by naming the bins of the second net anew": about_x(moved),
        }
    )


@pytest.mark.claim(
    "air.le-single",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §3.4; grabauskas-2019-draft-a §0.2.10; grabauskas-2019-draft-b §0.5",
    says="As-If-Random information never exceeds the mean of its single epochs, and falls short of it by "
    "I(X;E|T), at most log2 K: more compression is a theorem about the estimator.",
)
def test_more_compression_by_construction(evidence):
    """Inequality and identity, with the gap from its own sums; the same about Y."""

    @given(table=windows(), data=st.data())
    def search(table, data):
        y = data.draw(each_drawn(table.shape[1], st.integers(0, 2)))
        evidence.case(table=table, y=y)
        rows = np.arange(table.shape[1])
        found = together(table, Probe(y=y, ids=rows))
        for name, of in (("x", rows), ("y", y)):
            i, gap = (found.i_xt, "i_xe_given_t") if name == "x" else (found.i_ty, "i_ye_given_t")
            single = single_by_the_book(table, of)
            evidence.at_most(i, single, within=NINE_PLACES, what=f"together <= mean of single, {name}")
            truth = net_by_the_book(table, of)
            evidence.equal(found.extras[gap], truth, within=NINE_PLACES, what=f"gap and I({name};E|T)")
            cap = float(np.log2(len(table)))
            excess = evidence.at_most(truth, cap, within=NINE_PLACES, what=f"I({name};E|T) <= log2 K")
            target(excess, label=name)

    search()
    cap = np.array([[0, 1], [1, 0]])
    evidence.number(
        **{
            "nets (0, 1) and (1, 0): mean of single nets, together, log2 K": (
                single_by_the_book(cap, np.arange(2)),
                about_x(cap),
                1.0,
            )
        }
    )


@pytest.mark.claim(
    "air.bounds",
    kind="bound",
    expected="holds",
    source="derived for grabauskas-2019 §3.4",
    says="As-If-Random information about X lies between max(0, mean single - log2 K, H(T) - log2 K) and "
    "min(log2 N, H(T), mean single).",
)
def test_between_bounds(evidence):
    """All five bounds, and a window at each of them."""

    def check(table):
        found = together(table, Probe(ids=np.arange(table.shape[1])))
        single = single_by_the_book(table, np.arange(table.shape[1]))
        h_t = entropy(empirical(table.ravel(), np.zeros(table.size))[:, 0])
        cap = float(np.log2(len(table)))
        floor = max(0.0, single - cap, h_t - cap)
        ceiling = min(float(np.log2(table.shape[1])), h_t, single)
        evidence.at_most(floor, found.i_xt, within=NINE_PLACES, what="floor")
        excess = evidence.at_most(found.i_xt, ceiling, within=NINE_PLACES, what="ceiling")
        return excess, floor, found.i_xt, ceiling

    @given(table=windows())
    def search(table):
        evidence.case(table=table)
        target(check(table)[0])

    search()
    tight = {
        "at 0": [[0, 1], [1, 0]],
        "at log2 N, H(T) and the mean": [[0, 1], [0, 1]],
        "at the mean less log2 K": [[0, 1, 2, 3], [1, 0, 3, 2]],
        "at H(T) less log2 K": [[0, 1], [2, 3]],
    }
    evidence.number(
        **{f"floor, found, ceiling; {name}": check(np.array(table))[1:] for name, table in tight.items()}
    )


@pytest.mark.claim(
    "air.k1-frozen",
    kind="identity",
    expected="holds",
    source="derived for grabauskas-2019 §3.4",
    says="For one epoch, or for weights that do not change, As-If-Random is the single-epoch value.",
)
def test_nothing_random(evidence):
    """A row of whole numbers once, and again and again."""

    @given(table=windows(nets=1, rows=12), times=st.integers(1, 8), data=st.data())
    def search(table, times, data):
        y = data.draw(each_drawn(table.shape[1], st.integers(0, 2)))
        evidence.case(row=table[0], times=times)
        probe = Probe(y=y, ids=np.arange(table.shape[1]))
        single = UNIT.estimate(table[0], probe)
        frozen = together(np.repeat(table, times, axis=0), probe)
        found, truth = (frozen.i_xt, frozen.i_ty), (single.i_xt, single.i_ty)
        target(evidence.equal(found, truth, within=ROUNDING, what="frozen, and one epoch"))

    search()
    row = np.array([0, 0, 0, 1, 1, 2, 3, 3])
    truth = entropy(np.array([3, 2, 1, 2]) / 8)
    found = about_x(np.repeat(row[None], 5, axis=0))
    evidence.equal(found, truth, within=ROUNDING, what="counts 3, 2, 1, 2 frozen for five epochs")
    evidence.number(**{"counts 3, 2, 1, 2 of eight rows, frozen for five epochs": found})


@pytest.mark.claim(
    "air.convexity",
    kind="theorem",
    expected="holds",
    source="derived for grabauskas-2019 §3.4",
    says="As-If-Random of a union of disjoint windows is at most the mean of their own values, weighted by "
    "size; a longer window may raise it all the same.",
)
def test_longer_windows(evidence):
    """Windows joined in two parts; how often one epoch more raises the number, and the smallest example."""

    @given(table=windows(), data=st.data())
    def search(table, data):
        cut = data.draw(st.integers(0, len(table)))
        evidence.case(table=table, cut=cut)
        parts = [part for part in (table[:cut], table[cut:]) if len(part)]
        mean = sum(len(part) * about_x(part) for part in parts) / len(table)
        target(evidence.at_most(about_x(table), mean, within=NINE_PLACES, what="union <= weighted mean"))

    search()
    constant, separating = np.array([[0, 0]]), np.array([[0, 1]])
    before, after = about_x(constant), about_x(np.concatenate([constant, separating]))
    evidence.equal((before, after), (0.0, 0.311278), within=SIX_PLACES, what="one epoch more")
    rng = np.random.default_rng(89)
    risen = 0
    for _ in range(300):
        table = rng.integers(0, rng.integers(2, 6), size=(rng.integers(2, 7), rng.integers(2, 9)))
        risen += about_x(table) > about_x(table[:-1]) + ROUNDING
    assert risen > 0, "a longer window must be able to raise the number"
    evidence.number(
        **{
            "a constant epoch, then one that separates two inputs: before, after": (before, after),
            "of 300 random windows, raised by their last epoch": risen,
        }
    )
