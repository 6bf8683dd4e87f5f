"""Information measured on some of the rows."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs
from ibspec.estimators import Binning, Exact, Lnn, Range
from verification.information import ROUNDING, entropy
from verification.strategies import label_lists

ALL, PART = 4096, 3480


def measured(codes, rows):
    """I(X;T) of some rows, each of them a different input."""
    return Exact().estimate(codes[rows], Probe(ids=rows))


@pytest.mark.claim(
    "prop.subset",
    kind="bound",
    expected="holds",
    source="grabauskas-2019-draft-a §0.2.3",
    says="I(X;T) counted on some of the rows is at most log2 of their number, and another number than on all "
    "of them, smaller or larger.",
)
def test_some_of_the_rows(evidence):
    """The condition is that rows are counted: an estimate that fits densities passes the cap."""

    @given(codes=label_lists(1), seed=st.integers(0, 2**32 - 1))
    def search(codes, seed):
        rng = np.random.default_rng(seed)
        rows = np.sort(rng.choice(len(codes), size=int(rng.integers(1, len(codes) + 1)), replace=False))
        evidence.case(codes=codes, rows=rows)
        found = measured(codes, rows).i_xt
        target(evidence.at_most(found, np.log2(len(rows)), within=ROUNDING, what="I <= log2 of the rows"))

    search()
    words = symmetric_inputs()
    layer = np.tanh((2.0 * words - 1) @ np.random.default_rng(0).normal(size=(12, 2)) / 2)
    cells = Binning(cells=Range(low=-1, high=1, bins=30))
    part = np.arange(PART)
    whole, some = (cells.estimate(layer[rows], Probe(ids=rows)).i_xt for rows in (np.arange(ALL), part))
    evidence.differ(whole, some, by=1e-3, what="all rows, and the training part")
    caps = [Exact().estimate(words[rows], Probe(ids=rows)).i_xt for rows in (np.arange(ALL), part)]
    evidence.equal(caps, (12.0, 11.764872), within=5e-7, what="caps of 4096 and 3480 rows")
    copies = np.array([0, 0, 0, 1])
    smaller, larger = (measured(copies[:, None], np.array(rows)).i_xt for rows in ([0, 1], [2, 3]))
    evidence.equal((smaller, larger), (0.0, 1.0), within=ROUNDING, what="two of four rows, either way")
    evidence.equal(
        measured(copies[:, None], np.arange(4)).i_xt, entropy(np.array([0.75, 0.25])), within=ROUNDING,
        what="all four rows",
    )  # fmt: skip
    x = np.random.default_rng(1).normal(size=(64, 1))
    uncounted = Lnn().estimate(np.tanh(x), Probe(x=x)).i_xt
    evidence.at_most(6.0, uncounted, what="without counting: lnn of T = tanh(X) on 64 rows, above 6 bits")
    evidence.number(
        **{
            "all 4096 rows and 3480 of them, 30 cells a unit": (whole, some),
            "lnn of T = tanh(X), 64 rows": uncounted,
        }
    )
