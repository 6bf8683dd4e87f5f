"""Cells of binned activity, and networks whose activity is discrete."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, entropy_bits, group_rows
from ibspec.estimators import Binning, Range, Width
from verification.information import ROUNDING, empirical, information
from verification.networks import RealNetwork, binary_words
from verification.strategies import label_lists
from verification.strategies_kernels import spread_rows

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


def measured(rows, cells, y=None):
    """The estimate of the software under test; rows count as different inputs."""
    return Binning(cells=cells).estimate(rows, Probe(ids=np.arange(len(rows)), y=y))


def even(cells, low=-1.0, high=1.0):
    """That many cells of equal width from low to high; `bins` of the software counts their edges."""
    return Range(low=low, high=high, bins=cells + 1)


@pytest.mark.claim(
    "bin.dependence",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.3; grabauskas-2019-draft-a §0.2.2",
    says="Binned information depends on the bins, from 0 for a single one up to the entropy of the distinct "
    "activities.",
)
def test_bins_decide(evidence):
    """One cell and very fine ones on any rows; then a sweep over three tanh units on all words of 12 bits."""
    finest = Width(1e-300)  # floor(t / 1e-300) tells apart all that float64 does

    @given(rows=spread_rows())
    def search(rows):
        evidence.case(rows=rows)
        coarse, fine = (measured(rows, cells).i_xt for cells in (even(1, -4.0, 4.0), finest))
        distinct = entropy_bits(group_rows(rows + 0.0))  # minus zero is zero
        evidence.equal(coarse, 0.0, within=0.0, what="a single cell")
        target(evidence.equal(fine, distinct, within=ROUNDING, what="finest cells"))

    search()
    net = RealNetwork.random((12, 3), "tanh", gain=1.0, rng=np.random.default_rng(0))
    (t,) = net.activities(binary_words(12))
    counts = (1, 2, 3, 4, 8, 16, 30, 64, 256, 4096)
    sweep = [measured(t, even(count)).i_xt for count in counts]
    evidence.equal(sweep[0], 0.0, within=0.0, what="4096 words, one cell")
    # A hundred pairs of words in one cell would cost 2 * 100 / 4096 = 0.05 bits.
    evidence.equal(sweep[-1], 12.0, within=0.05, what="4096 words, 4096 cells a unit")
    evidence.number(**{"cells a unit and bits, 12-3 tanh network": list(zip(counts, sweep, strict=True))})

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.plot(counts, sweep, "o-", color="#0072B2")
        axes.axhline(12, color="#595959", linestyle="--", label="H(X)")
        axes.set(xlabel="cells a unit on [-1, 1]", ylabel="I(X;T) in bits", xscale="log")
        axes.legend(frameon=False)

    evidence.draw(
        draw, "Binned I(X;T) of one untrained layer of three tanh units on all 4096 words of 12 bits."
    )


@pytest.mark.claim(
    "bin.refinement",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.2.2 (not stated there: it follows from the definition)",
    says="Finer cells never lower H(T) or I(T;Y), provided that the old edges stay.",
)
def test_nested_cells(evidence):
    """From k to 2k cells, half the width, and any edge added; edges that move break it."""

    @given(
        rows=spread_rows(),
        cells=st.integers(1, 40),
        width=st.floats(0.01, 4.0),
        edges=st.lists(st.floats(-3, 3), max_size=6),
        more=st.lists(st.floats(-3, 3), min_size=1, max_size=3),
        data=st.data(),
    )
    def search(rows, cells, width, edges, more, data):
        if data.draw(st.booleans()):
            rows = np.clip(np.round(rows * cells) / cells, -1, 1)  # on the edges themselves
        y = data.draw(label_lists(1, symbols=3, rows=len(rows)))[:, 0]
        evidence.case(rows=rows, y=y, cells=cells, width=width, edges=edges, more=more)
        worst = []
        for coarse, fine in ((even(cells), even(2 * cells)), (Width(width), Width(width / 2))):
            before, after = measured(rows, coarse, y), measured(rows, fine, y)
            worst.append(evidence.at_most(before.h_t, after.h_t, within=ROUNDING, what="H(T), halved cells"))
            evidence.at_most(before.i_ty, after.i_ty, within=ROUNDING, what="I(T;Y), halved cells")
        codes = [group_rows(np.digitize(rows, sorted(some))) for some in (edges, edges + more)]
        coarse, fine = (entropy_bits(code) for code in codes)
        target(max(*worst, evidence.at_most(coarse, fine, within=ROUNDING, what="H(T), added edges")))

    search()
    two = np.array([[0.4], [0.6]])
    halves, thirds = (measured(two, even(cells, 0.0, 1.0)).h_t for cells in (2, 3))
    evidence.equal(
        (halves, thirds), (1.0, 0.0), within=0.0, what="broken: 0.4 and 0.6 in two and three cells"
    )
    evidence.number(**{"broken by edges that move: H(T) with 2 cells, with 3": (halves, thirds)})


@pytest.mark.claim(
    "bin.cap",
    kind="bound",
    expected="holds",
    source="grabauskas-2019-draft-a §0.2.2 (not stated there: it follows from the definition)",
    says="H(T) ≤ min(log N, d log k) for d units of k cells.",
)
def test_cells_cap(evidence):
    """With all cells that a cutting can give, those outside its range too; a full grid reaches the cap."""

    @given(rows=spread_rows(most=60), bins=st.integers(2, 6), wraps=st.booleans())
    def search(rows, bins, wraps):
        evidence.case(rows=rows, bins=bins, wraps=wraps)
        cut = Range(low=-1, high=1, bins=bins, outside="wrap" if wraps else "own-cells")
        cells = bins if wraps else bins + 1
        cap = min(np.log2(len(rows)), rows.shape[1] * np.log2(cells))
        target(evidence.at_most(measured(rows, cut).h_t, cap, within=ROUNDING, what="H(T) and its cap"))

    search()
    centres = (np.arange(30) + 0.5) / 15 - 1
    grid = np.stack([part.ravel() for part in np.meshgrid(centres, centres)], axis=1)
    full = measured(grid, even(30)).h_t
    evidence.equal(full, 2 * np.log2(30), within=ROUNDING, what="a point in each of 30 x 30 cells")
    evidence.equal(full, 9.813781, within=SIX_PLACES, what="30 x 30 cells, six places")


def levels_of(t, levels):
    """Activity in (-1, 1) as whole numbers 0 .. levels - 1."""
    return np.minimum((np.asarray(t) + 1) / 2 * levels, levels - 1).astype(np.int64)


@pytest.mark.claim(
    "quant.straightforward",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §2.3.4, App. A; grabauskas-2019-proposal, extensions",
    says="In a network of discrete activity, 1 .. 256 a unit, I(X;T) is exactly H(T), counted without bins "
    "or noise; but a few units tell nearly all inputs apart.",
)
def test_discrete_activity(evidence):
    """Against the joint law of codes; noise in the layer breaks it, and three units saturate."""
    exact = Width(1.0)  # tells all whole numbers apart

    def quantised(network, x, levels):
        def forward(t):
            return (levels_of(t, levels) + 0.5) / levels * 2 - 1

        return [levels_of(t, levels) for t in network.activities(x, forward)]

    @given(
        units=st.integers(1, 3),
        levels=st.sampled_from([2, 4, 16, 256]),
        gain=st.floats(0.5, 4.0),
        seed=st.integers(0, 2**32 - 1),
    )
    def search(units, levels, gain, seed):
        rng = np.random.default_rng(seed)
        network = RealNetwork.random((4, units, units), "tanh", gain=gain, rng=rng)
        x = binary_words(4)[rng.integers(0, 16, 24)]  # repeated inputs
        evidence.case(units=units, levels=levels, gain=gain, seed=seed)
        worst = 0.0
        for codes in quantised(network, x, levels):
            found = Binning(cells=exact).estimate(codes, Probe(x=x))
            evidence.equal(found.i_xt, found.h_t, within=0.0, what="I(X;T) and H(T)")
            true = information(empirical(group_rows(x), group_rows(codes)))
            worst = max(worst, evidence.equal(found.i_xt, true, within=ROUNDING, what="I(X;T), joint law"))
        target(worst)

    search()
    noisy = Binning(cells=exact).estimate(np.array([[0], [1], [0], [1]]), Probe(ids=np.array([0, 0, 1, 1])))
    evidence.equal((noisy.i_xt, noisy.h_t), (0.0, 1.0), within=ROUNDING, what="broken: a random layer")
    words, table = binary_words(12), {}
    for units in (1, 2, 3):
        network = RealNetwork.random((12, units), "tanh", gain=1.0, rng=np.random.default_rng(units))
        (codes,) = quantised(network, words, 256)
        table[units] = measured(codes, exact).i_xt
        most = min(12.0, 8.0 * units)
        evidence.at_most(table[units], most, within=ROUNDING, what="4096 words: min(log2 N, 8 d)")
    # A hundred pairs of words in one cell would cost 2 * 100 / 4096 = 0.05 bits.
    evidence.equal(table[3], 12.0, within=0.05, what="4096 words: three units tell nearly all apart")
    evidence.number(**{f"256 levels, {units} units on 4096 words": value for units, value in table.items()})
