"""Sample propagation and the kernel bounds: one number, drawn, and its two sides."""

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Kde, SamplePropagation
from verification.kernels import KDE_ROUNDING, LN2, QUADRATURE, noisy_information
from verification.strategies_kernels import spread_rows

SIGMAS = st.sampled_from([0.1, 0.3, 1.0, 2.0])

ERRORS = 5
"""Standard errors of the draws; of 3,000 comparisons of a long search 0.002 go beyond by chance."""

DRAWS = 200
"""Points around each row: a mean of hundreds to thousands of them is as good as normal."""

NODES = np.linspace(-11, 11, 1501)
"""Of the quadrature over the noise, in standard deviations: exp(-60) is left out."""


@dataclass(frozen=True)
class Exact:
    """Mean over rows and draws of log2 p(T|S) / p(T), and the variance of each row's logarithm."""

    mean: float
    variances: np.ndarray

    def error(self, draws: int) -> float:
        """Standard deviation of the mean over rows and that many draws a row."""
        return float(np.sqrt(self.variances.sum() / draws) / self.variances.size)


def exactly(rows, sigma) -> Exact:
    """Of one unit, by the trapezoid rule over the noise of each row."""
    s = rows.ravel() / sigma
    apart = s[:, None, None] - s[None, :, None]
    logs = -np.log2(np.exp(-(apart**2) / 2 - apart * NODES).mean(axis=1))
    weights = np.exp(-(NODES**2) / 2) / np.sqrt(2 * np.pi) * (NODES[1] - NODES[0])
    means = logs @ weights
    return Exact(float(means.mean()), np.maximum((logs - means[:, None]) ** 2 @ weights, 0.0))


def propagated(rows, sigma, draws=DRAWS):
    """The estimate of the software under test; rows count as different inputs."""
    estimator = SamplePropagation(sigma=sigma, draws=draws)
    return estimator.estimate(rows, Probe(ids=np.arange(len(rows))), rng=np.random.default_rng(1)).i_xt


def bounds(rows, sigma):
    """Both kernel bounds of the software under test, at the same noise."""
    return Kde(noise_variance=sigma**2).estimate(rows, Probe(ids=np.arange(len(rows)))).i_xt_bounds


@pytest.mark.claim(
    "propagation.between",
    kind="bound",
    expected="holds",
    source="Kolchinsky & Tracey (2017), Entropy 19, 361, eqs. 10 and 13; Goldfeld et al. (2019), ICML, "
    "arXiv:1810.05728, eqs. 8-11",
    says="On the same rows and noise, sample propagation is on average the number that the kernel bounds "
    "enclose: lower ≤ its mean ≤ upper, and each estimate is that far off as its draws are.",
)
def test_between_the_bounds(evidence):
    """Mean and error by quadrature in one unit, and in two on full grids, where both add over the sides."""

    def compare(rows, sigma, exact, where):
        low, high = bounds(rows, sigma)
        above = evidence.at_most(exact.mean, high, within=QUADRATURE, what=f"{where}: mean <= upper")
        below = evidence.at_most(low, exact.mean, within=QUADRATURE, what=f"{where}: lower <= mean")
        found, slack = propagated(rows, sigma), ERRORS * exact.error(DRAWS) + KDE_ROUNDING
        evidence.equal(found, exact.mean, within=slack, what=f"{where}: estimate and mean")
        evidence.at_most(found, high, within=slack, what=f"{where}: estimate <= upper, drawn")
        evidence.at_most(low, found, within=slack, what=f"{where}: lower <= estimate, drawn")
        target(max(above, below))  # and not the draws: a search for the least lucky ones would find them

    @given(rows=spread_rows(least=2, most=6, columns=1), sigma=SIGMAS)
    def on_the_line(rows, sigma):
        evidence.case(rows=rows, sigma=sigma)
        exact = exactly(rows, sigma)
        one = noisy_information(rows, sigma**2)
        evidence.equal(exact.mean, one, within=QUADRATURE, what="two quadratures")
        compare(rows, sigma, exact, "line")

    @given(sides=st.lists(spread_rows(least=2, most=3, columns=1), min_size=2, max_size=2), sigma=SIGMAS)
    def on_grids(sides, sigma):
        evidence.case(sides=sides, sigma=sigma)
        one, other = (exactly(side, sigma) for side in sides)
        rows = np.stack([part.ravel() for part in np.meshgrid(*sides, indexing="ij")], axis=1)
        both = Exact(one.mean + other.mean, np.add.outer(one.variances, other.variances))
        compare(rows, sigma, both, "grid")

    on_the_line()
    on_grids()
    pair = np.array([[-1.0], [1.0]])
    for sigma, printed in ((0.25, 0.69305), (0.5, 0.63272), (1.0, 0.33683)):
        mean = exactly(pair, sigma).mean * LN2
        evidence.equal(mean, printed, within=5e-6, what="±1, five places", unit="nats")
