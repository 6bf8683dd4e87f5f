"""Layers that forget everything or nothing: maps of the inputs that occur."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from ibspec.core import Probe, conditional_entropy_bits, group_rows
from ibspec.estimators import Binning, Kde, Range, Width
from verification.information import ROUNDING, empirical, entropy, information
from verification.networks import RealNetwork, binary_words
from verification.strategies import few_symbol_rows, label_lists

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""

UNBINNED = Binning(cells=Width(1e-300))
"""floor(t / 1e-300) tells apart all that float64 does."""


@pytest.mark.claim(
    "invert.zero-map",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1; grabauskas-2019-draft-b §0.1",
    says="A layer with the same activity for all inputs has I(X;T) = I(T;Y) = 0.",
)
def test_constant_layer(evidence):
    """By cells and by kernels; one input told apart from the others is enough to break it."""
    cuttings = [Width(0.5), Range(low=-1, high=1, bins=5)]

    @given(x=few_symbol_rows(), value=st.floats(-2, 2), units=st.integers(1, 3), data=st.data())
    def search(x, value, units, data):
        y = data.draw(label_lists(1, symbols=3, rows=len(x)))[:, 0]
        t = np.full((len(x), units), value)
        evidence.case(x=x, y=y, value=value)
        probe = Probe(x=x, y=y)
        for cells in cuttings:
            found = Binning(cells=cells).estimate(t, probe)
            evidence.equal((found.i_xt, found.i_ty), (0.0, 0.0), within=ROUNDING, what="I of cells")
        kernel = Kde(noise_variance=0.1).estimate(t, probe)
        worst = evidence.equal(
            (kernel.i_xt, kernel.i_ty, *kernel.i_xt_bounds),
            np.zeros(4),
            within=KDE_ROUNDING,
            what="I of kernels",
        )
        target(worst)
        ids = group_rows(x)
        told = entropy(np.array([np.mean(ids == 0), np.mean(ids != 0)]))
        broken = EXACT.estimate((ids == 0) * 2, probe).i_xt
        evidence.equal(broken, told, within=ROUNDING, what="broken: one input told apart")

    search()
    x = np.arange(4)
    found = EXACT.estimate(x == 0, Probe(x=x)).i_xt
    evidence.number(**{"broken by one input of four told apart: I(X;T)": found})


def interleave(words):
    """Write the bits of the 16-bit columns by turns into one whole number a row."""
    columns = words.shape[1]
    bits = (words.astype(np.int64)[:, :, None] >> np.arange(16)) & 1
    places = np.arange(16) * columns + np.arange(columns)[:, None]
    return (bits << places).sum(axis=(1, 2))


def separate(numbers, columns):
    """Undo `interleave`."""
    places = np.arange(16) * columns + np.arange(columns)[:, None]
    bits = (numbers[:, None, None] >> places) & 1
    return (bits << np.arange(16)).sum(axis=2)


@pytest.mark.claim(
    "invert.cardinality",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1; grabauskas-2019-draft-b §0.1",
    says="There is a one-to-one map between ℝ and ℝᵈ, so that one unit can carry all that d inputs say; "
    "no such map is continuous.",
)
def test_one_unit_carries_all(evidence):
    """Interleaved bits of float16 inputs come back; a continuous net of two inputs and one unit merges some.

    On a circle, f(p) - f(-p) changes sign over half a turn, so by bisection some p has f(p) = f(-p).
    """

    @given(columns=st.integers(2, 3), data=st.data())
    def carry(columns, data):
        shape = (data.draw(st.integers(1, 24)), columns)
        words = data.draw(npst.arrays(np.uint16, shape))
        evidence.case(words=words)
        number = interleave(words)
        lost = int((separate(number, columns) != words).any(axis=1).sum())
        evidence.equal(lost, 0, within=0.0, what="rows that do not come back", unit="rows")
        # At most 48 bits: a whole number in float64, which cells of width 1 tell from all others.
        probe = Probe(x=words.view(np.float16))
        found = EXACT.estimate(number.astype(np.float64), probe).i_xt
        target(evidence.equal(found, probe.h_x, within=ROUNDING, what="I(X;T) and H(X)"))

    carry()

    @given(seed=st.integers(0, 2**32 - 1), gain=st.floats(0.5, 4.0), hidden=st.integers(1, 5))
    def merge(seed, gain, hidden):
        network = RealNetwork.random((2, hidden, 1), "tanh", gain, np.random.default_rng(seed))
        evidence.case(seed=seed, gain=gain, hidden=hidden)

        def value(angle):
            point = np.array([[np.cos(angle), np.sin(angle)]])
            return float(list(network.activities(point))[-1][0, 0])

        low, high = 0.0, np.pi
        rising = value(0.0) <= value(np.pi)
        for _ in range(60):  # half a turn, halved sixty times, is below the spacing of float64
            middle = (low + high) / 2
            low, high = (
                (middle, high) if (value(middle) <= value(middle + np.pi)) == rising else (low, middle)
            )
        # Points 2 apart; the weights' gain of at most 4 a layer keeps the values' rounding below 1e-13.
        gap = abs(value(low) - value(low + np.pi))
        evidence.equal(gap, 0.0, within=1e-12, what="broken: continuous, two points 2 apart", unit="activity")

    merge()


def multiply_exactly(x, w):
    """X w for whole x and float64 w as whole numbers: w is a whole number over a power of two."""
    fractions = [float(entry).as_integer_ratio() for entry in w]
    common = max(denominator for _, denominator in fractions)
    whole = [numerator * (common // denominator) for numerator, denominator in fractions]
    return [sum(int(a) * b for a, b in zip(row, whole, strict=True)) for row in x]


@pytest.mark.claim(
    "invert.narrow-finite",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019-draft-a §0.1.2, §0.1.3; grabauskas-2019-draft-b §0.1.2, §0.1.3",
    says="On finitely many inputs, a single unit whose weights have a density and whose activation is "
    "injective keeps all of H(X) almost surely.",
)
def test_one_random_unit_keeps_all(evidence):
    """In whole numbers, and as measured where rounding leaves values apart; sign weights break it."""

    @given(
        x=few_symbol_rows(columns=6), seed=st.integers(0, 2**32 - 1), size=st.sampled_from([0.1, 1.0, 10.0])
    )
    def search(x, seed, size):
        w = size * np.random.default_rng(seed).standard_normal(x.shape[1])
        evidence.case(x=x, w=w)
        distinct, ids = np.unique(x, axis=0, return_inverse=True)
        sums = set(multiply_exactly(distinct, w))
        evidence.equal(len(sums), len(distinct), within=0.0, what="distinct sums, exactly", unit="values")
        z = distinct @ w
        z /= max(1.0, np.abs(z).max() / 4)  # here the slope of tanh is above 1e-3
        if np.diff(np.sort(z)).min(initial=1.0) > 1e-12:  # ten roundings stay between two values of tanh
            found = UNBINNED.estimate(np.tanh(z)[ids.ravel()], Probe(x=x)).i_xt
            target(evidence.equal(found, Probe(x=x).h_x, within=ROUNDING, what="I(X;T) and H(X)"))

    search()
    signs = 2 * binary_words(12) - 1
    rng = np.random.default_rng(0)
    gaussian, sign = rng.standard_normal(12), rng.choice([-1, 1], 12)
    kept = UNBINNED.estimate(np.tanh(signs @ gaussian / 8), Probe(x=signs)).i_xt
    evidence.equal(kept, 12.0, within=ROUNDING, what="12 signs, normal weights")
    evidence.equal(
        len(set(multiply_exactly(signs, gaussian))), 4096, within=0.0, what="values", unit="values"
    )
    broken = EXACT.estimate(signs @ sign, Probe(x=signs))
    evidence.equal(len(np.unique(signs @ sign)), 13, within=0.0, what="broken: sign weights", unit="values")
    evidence.number(**{"broken by sign weights on 12 signs: values, I(X;T)": (13, broken.i_xt)})


@st.composite
def faithful_chains(draw):
    """Inputs on 0..n-1, labels, and layers that each tell apart what occurs, whatever they do elsewhere."""
    size = draw(st.integers(1, 6))
    x = draw(label_lists(1, symbols=size))[:, 0]
    y = draw(label_lists(1, symbols=3, rows=len(x)))[:, 0]
    layers, t = [], x
    for _ in range(draw(st.integers(1, 4))):
        names = np.array(draw(st.permutations(range(8))))  # injective on all of 0..7
        unused = np.setdiff1d(np.arange(8), t)
        names[unused] = draw(st.integers(0, 7))  # ... and then perhaps not, where nothing occurs
        t = names[t]
        layers.append(t)
    return x, y, layers


@pytest.mark.claim(
    "invert.no-compression-implies-plane-trivial",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §2.3.4",
    says="If the map from X to layer t is injective on the data then every layer up to t has I(X;T) = H(X) "
    "and I(T;Y) = I(X;Y).",
)
def test_plane_is_one_point(evidence):
    """Searched over chains whose last layer tells all inputs apart; one layer that merges two breaks it."""

    @given(chain=faithful_chains())
    def search(chain):
        x, y, layers = chain
        evidence.case(x=x, y=y, layers=layers)
        probe = Probe(x=x, y=y)
        evidence.equal(conditional_entropy_bits(x, layers[-1]), 0.0, within=0.0, what="H(X|T) at the top")
        worst, about_y = 0.0, information(empirical(x, y))
        for t in layers:
            found = EXACT.estimate(t, probe)
            of_x = evidence.equal(found.i_xt, probe.h_x, within=ROUNDING, what="I(X;T) and H(X)")
            of_y = evidence.equal(found.i_ty, about_y, within=ROUNDING, what="I(T;Y) and I(X;Y)")
            worst = max(worst, of_x, of_y)
        target(worst)

    search()
    x = np.arange(4)
    probe = Probe(x=x, y=x)
    points = [(found.i_xt, found.i_ty) for found in (EXACT.estimate(t, probe) for t in (x, x // 2))]
    evidence.equal(points, [(2.0, 2.0), (1.0, 1.0)], within=ROUNDING, what="broken: the top merges pairs")
    evidence.number(**{"broken by a top layer that merges pairs: (I(X;T), I(T;Y)) by layer": points})
