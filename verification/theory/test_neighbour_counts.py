"""Counts of neighbours and local fits: what holds on every sample."""

import math

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.special import digamma, gammaln

from ibspec.core import LN2, Probe
from ibspec.estimators import KozachenkoLeonenko, Ksg
from ibspec.estimators.neighbours.local_fit import bias, local_entropies

SUMS = 1e-11
"""Bits: whole counts, and digammas or logarithms added in another order."""

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed, columns=1):
    """Dependent rows without ties, and classes of at least four rows."""
    rng = np.random.default_rng(seed)
    samples = int(rng.integers(12, 60))
    x = rng.standard_normal((samples, columns))
    t = rng.choice([0.0, 1.0, 100.0]) * x + rng.standard_normal((samples, columns))
    return x, t, np.arange(samples) % 3


@pytest.mark.claim(
    "ksg.ceiling",
    kind="bound",
    expected="holds",
    source="Kraskov, Stögbauer & Grassberger (2004), Phys. Rev. E 69, 066138, eq. 8; Ross (2014), PLoS ONE "
    "9, e87357, eq. 2",
    says="Where no two rows are equally far from a third, counts of neighbours show at most psi(N) - psi(k) "
    "nats, which T = X has, and of classes at most psi(N) - mean psi(N_y).",
)
def test_ceiling(evidence):
    """And with equal distances they can show more: the condition is needed."""

    @given(seed=SEEDS, columns=st.integers(1, 3), k=st.integers(1, 3))
    def search(seed, columns, k):
        x, t, y = drawn(seed, columns)
        evidence.case(x=x, t=t, k=k)
        found = Ksg(neighbours=k).estimate(t, Probe(x=x, y=y))
        ceiling = (digamma(len(x)) - digamma(k)) / LN2
        target(evidence.at_most(found.i_xt, ceiling, within=SUMS, what="I(X;T) <= psi(N) - psi(k)"))
        of_y = (digamma(len(x)) - digamma(np.bincount(y))[y].mean()) / LN2
        evidence.at_most(found.i_ty, of_y, within=SUMS, what="I(T;Y) <= psi(N) - mean psi(N_y)")
        copy = Ksg(neighbours=k).estimate(x, Probe(x=x)).i_xt
        evidence.equal(copy, ceiling, within=SUMS, what="T = X is at the ceiling")

    search()
    square = np.array([[a, b] for a in range(6) for b in range(6)], dtype=float)
    on_lattice = Ksg().estimate(square, Probe(x=square)).i_xt
    ceiling = (digamma(36) - digamma(3)) / LN2
    evidence.differ(on_lattice, ceiling, by=0.5, what="a lattice of 6 x 6, T = X")
    assert on_lattice > ceiling, "with equal distances it must be able to exceed the ceiling"


def by_balls(rows):
    """Kozachenko & Leonenko with k = 1 and Euclidean balls, in nats, by their formula."""
    samples, d = rows.shape
    radius = cKDTree(rows).query(rows, 2)[0][:, 1]
    ball = d / 2 * math.log(math.pi) - gammaln(d / 2 + 1)
    return float(digamma(samples) - digamma(1) + ball + d * np.log(radius).mean())


@pytest.mark.claim(
    "lnn.nearest",
    kind="identity",
    expected="holds",
    source="Gao, Oh & Viswanath (2016), arXiv:1609.02208, section 2.2, read at k = m = 1 and order 0; "
    "Kozachenko & Leonenko (1987)",
    says="A local fit of order 0 to one neighbour, its bias taken off, is the entropy of Kozachenko and "
    "Leonenko with k = 1, but for ln(N-1) in the place of psi(N).",
)
def test_flat_fit_to_one_neighbour(evidence):
    """The weight of the one neighbour is exp(-1/2) for every row, and its constant is in the bias."""

    @given(seed=SEEDS, columns=st.integers(1, 4))
    def search(seed, columns):
        rows = drawn(seed, columns)[1]
        evidence.case(rows=rows)
        fitted = float(local_entropies(rows, 1, 1, 0).mean()) - bias(1, 1, 0, columns)
        centre = math.log(len(rows) - 1) - float(digamma(len(rows)))
        target(
            evidence.equal(fitted, by_balls(rows) + centre, within=SUMS, what="fit and balls", unit="nats")
        )
        if columns == 1:  # a cube is a ball there
            own = KozachenkoLeonenko(neighbours=1).estimate(rows, Probe(ids=np.arange(len(rows))))
            entropy = own.extras["differential_h_t"] * LN2
            evidence.equal(fitted, entropy + centre, within=SUMS, what="fit and ours", unit="nats")

    search()
