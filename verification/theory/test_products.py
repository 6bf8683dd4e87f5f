"""Independent copies: which estimates add as information does, on the data themselves."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Binning, Fixed, Gaussian, Kde, Renyi, Width

ESTIMATORS = {
    "kernel bounds": Kde(noise_variance=0.1),
    "counting": Binning(cells=Width(0.5)),
    "covariances": Gaussian(bias_correction="none"),
    "matrices, order 1": Renyi(alpha=1.0, width=Fixed(sigma=1.0)),
    "matrices, order 2": Renyi(alpha=2.0, width=Fixed(sigma=1.0)),
}

SUMS = 1e-9
"""Bits: kernel sums, angles and eigenvalues of at most 144 rows, each off by a few 1e-15."""


def numbers(estimator, x, t):
    """I(X;T) in bits, and its bounds where there are some."""
    found = estimator.estimate(t, Probe(x=x))
    return np.array([found.i_xt, *(found.i_xt_bounds or ())])


def sample(rng, columns):
    """Dependent rows, some cells and values shared."""
    rows = int(rng.integers(6, 13))
    x = rng.standard_normal((rows, columns))
    return x, x + 0.7 * rng.standard_normal((rows, columns))


def beside(one, other):
    """Every row of one beside every row of the other."""
    i, j = (index.ravel() for index in np.indices((len(one), len(other))))
    return np.hstack([one[i], other[j]])


@pytest.mark.claim(
    "estimates.copies",
    kind="identity",
    expected="holds",
    source="Cover & Thomas (2006), Theorem 2.5.2, for independent pairs; read for estimates on all pairs "
    "of rows",
    says="On all pairs of rows of two samples, kernel bounds, counting, covariances and matrix-based "
    "information are the sums of those of the two samples.",
)
def test_pairs_of_rows(evidence):
    """Kernel sums, counts, determinants and traces of products are products."""

    @given(seed=st.integers(0, 2**32 - 1), columns=st.tuples(st.integers(1, 2), st.integers(1, 2)))
    def search(seed, columns):
        rng = np.random.default_rng(seed)
        (x, t), (others_x, others_t) = (sample(rng, each) for each in columns)
        evidence.case(x=x, t=t, others_x=others_x, others_t=others_t)
        worst = 0.0
        for name, estimator in ESTIMATORS.items():
            apart = numbers(estimator, x, t) + numbers(estimator, others_x, others_t)
            together = numbers(estimator, beside(x, others_x), beside(t, others_t))
            worst = max(worst, evidence.equal(together, apart, within=SUMS, what=name))
        target(worst)

    search()
