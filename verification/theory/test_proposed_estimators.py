"""Estimators that the sources propose, where the information is known, and where it is infinite."""

import numpy as np
import pytest
from scipy.stats import f as f_law

from ibspec.core import Probe
from ibspec.estimators import KozachenkoLeonenko, Ksg, Lnn, LocalGaussian

CORRELATION = 0.5

TRUTH = 0.2075187496
"""-log2(1 - r^2) / 2 bits for r = 0.5."""

FEW, MANY = 100, 800

SEEDS = 30

LOCAL, LOCAL_SEEDS = 40, 4
"""Local normals are fitted row by row, a hundredth of a second each."""

ERRORS = 5.0
"""Standard errors over seeds that a mean may be off; with three estimators by chance once in 10^6."""

SPREAD = 3 / 8 * float(np.sqrt(f_law.ppf(1 - 1e-5, SEEDS - 1, SEEDS - 1)))
"""Of the spread at 800 rows over that at 100: sqrt(1/8) in theory, 0.354, taken as at most 3/8, times what
chance adds to the ratio of two spreads over thirty seeds once in 10^5."""


def estimators():
    """Neighbours, and normals fitted to neighbours."""
    return (Ksg(), KozachenkoLeonenko(), Lnn())


def noisy(estimator, rows, seed):
    """Bits between normals with correlation r."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 1))
    t = CORRELATION * x + np.sqrt(1 - CORRELATION**2) * rng.standard_normal((rows, 1))
    return estimator.estimate(t, Probe(x=x), rng=rng).i_xt


def functional(estimator, rows, seed):
    """Bits between a normal and its tanh: without noise the truth is infinite."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((rows, 1))
    return estimator.estimate(np.tanh(x), Probe(x=x), rng=rng).i_xt


@pytest.mark.claim(
    "prop.estimators",
    kind="definition",
    expected="holds",
    source="grabauskas-2019-proposal §3.1; grabauskas-2019 §3.2.4",
    says="Nearest-neighbour and local Gaussian estimators are read as estimates for noisy layers: there "
    "their error falls with the number of rows, and for a function of a continuous input they grow with it.",
)
def test_neighbours_and_local_normals(evidence):
    """Normals with correlation 0.5, and T = tanh(X)."""
    evidence.equal(-np.log2(1 - CORRELATION**2) / 2, TRUTH, within=5e-11, what="closed form")
    numbers = {}
    for estimator in estimators():
        few, many = (
            np.array([noisy(estimator, rows, seed) for seed in range(SEEDS)]) for rows in (FEW, MANY)
        )
        evidence.case(estimator=estimator.label)
        spreads = few.std(ddof=1), many.std(ddof=1)
        off = abs(many.mean() - TRUTH) - ERRORS * spreads[1] / np.sqrt(SEEDS)
        evidence.at_most(off, 0.0, what="bias at 800 rows, beyond 5 standard errors")
        evidence.at_most(spreads[1] / spreads[0], SPREAD, what="spread at 800 rows over 100 rows", unit="")
        grown = [functional(estimator, MANY, seed) - functional(estimator, FEW, seed) for seed in range(3)]
        # Distances along a curve shrink as 1/N: at least a bit a doubling, less the noise of few rows.
        evidence.at_most(np.log2(MANY / FEW) - 0.5, min(grown), what="growth of T = tanh(X), three doublings")
        numbers[f"{estimator.label}: bias and spread at 100 and 800 rows"] = (
            few.mean() - TRUTH, spreads[0], many.mean() - TRUTH, spreads[1],
        )  # fmt: skip
        numbers[f"{estimator.label}: T = tanh(X), bits gained from 100 to 800 rows"] = float(np.mean(grown))
    local = LocalGaussian()
    found = np.array([noisy(local, LOCAL, seed) for seed in range(LOCAL_SEEDS)])
    off = abs(found.mean() - TRUTH) - ERRORS * found.std(ddof=1) / np.sqrt(LOCAL_SEEDS)
    evidence.at_most(off, 0.0, what="local normals: bias at 40 rows, beyond 5 standard errors")
    grown = functional(local, 2 * LOCAL, 0) - functional(local, LOCAL, 0)
    evidence.at_most(1.0, grown, what="local normals: growth of T = tanh(X), one doubling")
    evidence.number(**numbers, **{f"{local.label}: bias at 40 rows": float(found.mean() - TRUTH)})
