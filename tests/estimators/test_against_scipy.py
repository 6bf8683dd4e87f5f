"""Estimators against scipy's own entropies."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from ibspec.core import LN2, Probe
from ibspec.estimators import Binning, Gaussian, KozachenkoLeonenko, Width

SPACINGS = ("vasicek", "van es", "ebrahimi", "correa")

LAWS: tuple[Any, ...] = (stats.norm(3, 2), stats.uniform(-1, 4), stats.expon(0, 0.5), stats.t(5))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.dist.name)
def test_differential_entropy_of_one_unit(law: Any) -> None:
    """Neighbours here, spacings there, of the same samples: ours no farther from the truth than the
    farthest of theirs, and four standard errors."""
    ours, theirs = [], []
    for seed in range(12):
        rows = law.rvs(1000, random_state=np.random.default_rng([seed, 4]))
        estimate = KozachenkoLeonenko().estimate(rows, Probe(ids=np.arange(1000)))
        ours.append(estimate.extras["differential_h_t"])
        theirs.append([stats.differential_entropy(rows, method=method) / LN2 for method in SPACINGS])
    true = float(law.entropy()) / LN2
    farthest = float(np.abs(np.mean(theirs, axis=0) - true).max())
    error = float(np.std(ours, ddof=1)) / math.sqrt(len(ours))
    assert float(np.mean(ours)) == pytest.approx(true, abs=farthest + 4 * error)


@pytest.mark.parametrize("seed", range(4))
def test_covariances_by_entropies(seed: int) -> None:
    """h(X) + h(T) - h(X,T) of normals with the sample's covariances."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, 2))
    t = x @ rng.normal(size=(2, 3)) + rng.normal(size=(80, 3))
    h_x, h_t, h_xt = (
        float(stats.multivariate_normal(cov=np.cov(rows, rowvar=False)).entropy())
        for rows in (x, t, np.hstack([x, t]))
    )
    found = Gaussian(bias_correction="none").estimate(t, Probe(x=x)).i_xt
    assert found == pytest.approx((h_x + h_t - h_xt) / LN2, abs=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_cells_by_contingency(seed: int) -> None:
    """H(T), and the relative entropy of the table from what its margins expect."""
    rng = np.random.default_rng(seed)
    t, y = rng.normal(size=90), rng.integers(0, 4, 90)
    table = stats.contingency.crosstab(np.floor(t / 0.5), y).count
    found = Binning(cells=Width(0.5)).estimate(t, Probe(y=y, ids=np.arange(90)))
    assert found.h_t == pytest.approx(stats.entropy(table.sum(axis=1), base=2), abs=1e-12)
    expected = stats.contingency.expected_freq(table)
    assert found.i_ty == pytest.approx(stats.entropy(table.ravel(), expected.ravel(), base=2), abs=1e-12)
