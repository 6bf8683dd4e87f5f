"""Cells by distinct values, and cells of a hash: what they hold."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Edge, Quantiles
from verification.information import ROUNDING, empirical, information

SEEDS = st.integers(0, 2**32 - 1)

NARROW = Edge(clip=None, gamma=1e-6)
"""Cells far narrower than the step of whole numbers, and no limits."""


def cells(values, bins):
    """The cell of each value of one unit, by the software under test."""
    return Quantiles(bins=bins).cut(np.asarray(values, dtype=float)[:, None])[:, 0]


def repeated(seed):
    """Values of which some occur often."""
    rng = np.random.default_rng(seed)
    values = rng.standard_normal(int(rng.integers(1, 80)))
    values[rng.random(len(values)) < rng.choice([0.0, 0.5])] = 0.0
    return rng.permutation(values)


@pytest.mark.claim(
    "quantiles.equal-mass",
    kind="theorem",
    expected="holds",
    source="Chelombiev, Houghton & O'Donnell (2019), ICLR, arXiv:1902.09037, section 3.1",
    says="Cells by quantiles of distinct values hold equally many of them, give or take one, in the order of "
    "the values; no value is in two cells, and rising maps change none.",
)
def test_equally_many_distinct_values(evidence):
    """Where there are fewer values than cells, each has a cell of its own."""

    @given(seed=SEEDS, bins=st.integers(1, 20))
    def search(seed, bins):
        values = repeated(seed)
        evidence.case(values=values, bins=bins)
        cell = cells(values, bins)
        distinct, first = np.unique(values, return_index=True)
        held = np.unique(cell[first], return_counts=True)[1]
        evidence.equal(len(held), min(bins, len(distinct)), within=0, what="cells in use", unit="cells")
        uneven = evidence.at_most(float(held.max() - held.min()), 1.0, what="values a cell", unit="values")
        target(uneven)
        evidence.at_most(0.0, float(np.diff(cell[first]).min(initial=0)), what="cells rise", unit="cells")
        mapped = cells(np.exp(values) ** 3, bins)
        evidence.equal(mapped, cell, within=0, what="after a rising map", unit="cells")
        by_value = dict(zip(values.tolist(), cell.tolist(), strict=True))
        evidence.equal([by_value[v] for v in values.tolist()], cell, within=0, what="one cell a value")

    search()


@pytest.mark.claim(
    "edge.plug-in",
    kind="identity",
    expected="holds",
    source="Noshad, Zeng & Hero (2019), ICASSP, arXiv:1801.09125, eqs. 4-7, the width of cells falling to 0",
    says="On discrete data, with cells narrower than any step and no limits, EDGE is the plug-in information "
    "of the sample, for real inputs and for classes.",
)
def test_hashes_of_symbols(evidence):
    """Every hashing then has the same cells: one for each symbol."""

    @given(seed=SEEDS, units=st.integers(1, 3))
    def search(seed, units):
        rng = np.random.default_rng(seed)
        samples = int(rng.integers(20, 120))
        x = rng.integers(0, rng.integers(2, 6), samples)
        t = np.stack([np.where(rng.random(samples) < 0.7, x, rng.integers(0, 4, samples))] * units, axis=1)
        t[:, -1] += rng.integers(0, 2, samples)
        evidence.case(x=x, t=t)
        names = np.unique(t, axis=0, return_inverse=True)[1].ravel()
        counted = information(empirical(x, names))
        estimate = NARROW.estimate(t, Probe(x=x, y=x), rng=np.random.default_rng(seed))
        target(evidence.equal(estimate.i_xt, counted, within=ROUNDING, what="I(X;T) and counting"))
        if x.min() < x.max():
            evidence.equal(estimate.i_ty, counted, within=ROUNDING, what="I(T;Y) and counting")

    search()
