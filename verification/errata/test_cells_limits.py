"""Cells of equally many values are not cells of equal mass; hashed information has a ceiling."""

import math

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Binning, Edge, Quantiles
from verification.information import ROUNDING


def entropy(values, bins):
    """H(T) in bits of one unit, by the software under test."""
    estimator = Binning(cells=Quantiles(bins=bins))
    return estimator.estimate(values, Probe(ids=np.arange(len(values)))).h_t


@pytest.mark.claim(
    "quantiles.entropy",
    kind="extension",
    expected="refuted",
    source="Chelombiev, Houghton & O'Donnell (2019), ICLR, arXiv:1902.09037, section 3.1, its name, "
    "entropy-based adaptive binning, taken at its word",
    says="A unit cut by quantiles of its distinct values has the largest entropy that so many cells "
    "can have.",
)
def test_a_unit_at_rest(evidence):
    """Values that occur often take one cell like any other, with all their rows."""

    @given(seed=st.integers(0, 2**32 - 1), bins=st.integers(1, 12), share=st.integers(1, 8))
    def search(seed, bins, share):
        values = np.random.default_rng(seed).standard_normal(bins * share)
        evidence.case(values=values, bins=bins)
        full = entropy(values, bins)
        target(evidence.equal(full, math.log2(bins), within=ROUNDING, what="corrected: no value twice"))

    search()
    # Half the rows at 0, where a ReLU rests, and 30 others: a cell each for 0 and 29, one cell for a pair.
    values = np.concatenate([np.zeros(30), np.arange(1, 31)])
    found = entropy(values, 31)
    at_rest = 1.0 + 0.5 * math.log2(30)
    evidence.equal(found, at_rest, within=ROUNDING, what="a unit that rests half of the time")
    best = entropy(np.arange(62.0), 31)  # the same cells, filled evenly
    evidence.equal(best, math.log2(31), within=ROUNDING, what="as many cells, filled evenly")
    evidence.differ(
        found, best, by=0.5, what="entropy of 31 cells", unit_values="0 thirty times, then 1 to 30",
        entropy_by_distinct_values=found, entropy_of_equal_mass=best,
    )  # fmt: skip
    assert found < best, "the counterexample must lack entropy"


@pytest.mark.claim(
    "edge.capacity",
    kind="extension",
    expected="refuted",
    source="Noshad, Zeng & Hero (2019), ICASSP, arXiv:1801.09125, section 3, convergence read for the "
    "published program",
    says="With the program's constants EDGE shows any information, given enough samples: all of it, and none "
    "where there is none.",
)
def test_limits_of_a_cell(evidence):
    """Each cell's logarithm is kept between 0.001 and 10 bits."""
    fine = Edge(gamma=1e-6)  # all else as published
    free = Edge(gamma=1e-6, clip=None)
    symbols = np.arange(4096.0)
    grid = np.stack(np.meshgrid(np.arange(4.0), np.arange(4.0)), axis=-1).reshape(-1, 2).repeat(4, axis=0)

    def both(t, x):
        return tuple(each.estimate(t, Probe(x=x), rng=np.random.default_rng(0)).i_xt for each in (fine, free))

    most, without_limits = both(symbols, symbols)
    evidence.equal(without_limits, 12.0, within=ROUNDING, what="corrected: 4096 symbols, no limits")
    evidence.equal(most, 10.0, within=ROUNDING, what="4096 symbols")
    least, nothing = both(grid[:, 0], grid[:, 1])
    evidence.equal(nothing, 0.0, within=ROUNDING, what="corrected: independent symbols, no limits")
    evidence.equal(least, 0.001, within=ROUNDING, what="independent symbols")
    evidence.differ(
        most, 12.0, by=1.0, what="EDGE of a copy", X="4096 symbols, each once", T="X", true_bits=12.0,
        EDGE=most, EDGE_of_independent_symbols=least,
    )  # fmt: skip
