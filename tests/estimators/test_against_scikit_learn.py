"""Estimators against scikit-learn, where the two know the same thing under other names."""

import math
from typing import Any

import numpy as np
import pytest
from sklearn.cross_decomposition import CCA
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.feature_selection import mutual_info_regression
from sklearn.metrics import mutual_info_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import KBinsDiscretizer

from ibspec.core import LN2, Probe
from ibspec.estimators import Binning, Fixed, Gaussian, Kde, Ksg, Quantiles, Renyi, SamplePropagation, Width

KERNELS = 1e-9
"""Bits: what kernel sums promise; theirs are sums in a tree of a few dozen leaves."""

ROUNDING = 1e-12


def cloud(seed: int, samples: int = 120, units: int = 3) -> tuple[Any, Any, Any]:
    """Inputs, activity that depends on them, three classes that depend on the activity."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(samples, units))
    t = x @ rng.normal(size=(units, units)) + rng.normal(size=(samples, units))
    y = np.digitize(t[:, 0] + rng.normal(size=samples), [-0.7, 0.7])
    return x, t, y


def density_bits(rows: Any, variance: float) -> float:
    """f(1) in bits: -mean ln of scikit-learn's density, without the kernel's own volume."""
    scores = KernelDensity(bandwidth=math.sqrt(variance)).fit(rows).score_samples(rows)
    return -(float(scores.mean()) + rows.shape[1] / 2 * math.log(2 * math.pi * variance)) / LN2


@pytest.mark.parametrize("variance", [0.05, 0.5, 5.0])
@pytest.mark.parametrize("seed", range(3))
def test_kernel_bounds_are_kernel_densities(seed: int, variance: float) -> None:
    _, t, y = cloud(seed)
    found = Kde(noise_variance=variance).estimate(t, Probe(y=y, ids=np.arange(len(t))))
    upper, lower = (density_bits(t, factor * variance) for factor in (1, 4))
    upper_y, lower_y = (
        sum(np.mean(y == label) * density_bits(t[y == label], factor * variance) for label in range(3))
        for factor in (1, 4)
    )
    assert found.i_xt_bounds == pytest.approx((lower, upper), abs=KERNELS)
    assert found.i_ty == pytest.approx(upper - upper_y, abs=KERNELS)
    assert found.i_ty_bounds == pytest.approx((lower - upper_y, upper - lower_y), abs=KERNELS)


def discriminant(t: Any, y: Any) -> QuadraticDiscriminantAnalysis:
    """Theirs with covariances over n - 1.

    They divide by n (so does this version of scikit-learn; earlier ones divided by n - 1, and the two differ
    by 0.001 bits for classes of 40 rows). Either is an estimate of the same number; ours is unbiased.
    """
    model = QuadraticDiscriminantAnalysis(solver="svd", store_covariance=True).fit(t, y)
    for place, size in enumerate(np.bincount(y)):
        rows = t[y == place]
        by_n = np.allclose(model.covariance_[place], np.cov(rows, rowvar=False, bias=True))
        model.scalings_[place] = model.scalings_[place] * (size / (size - 1) if by_n else 1.0)
    return model


@pytest.mark.parametrize("seed", range(3))
def test_normal_classes_are_quadratic_discriminants(seed: int) -> None:
    """H(Y) + mean log2 q(y|t), q their posterior."""
    _, t, y = cloud(seed)
    theirs = discriminant(t, y).predict_log_proba(t)[np.arange(len(t)), y]
    shares = np.bincount(y) / len(y)
    expected = (float(theirs.mean()) - float(shares @ np.log(shares))) / LN2
    found = Gaussian(bias_correction="none").estimate(t, Probe(y=y))
    assert found.i_ty == pytest.approx(expected, abs=1e-9)  # eigenvalues of small covariances, twice


@pytest.mark.parametrize("seed", range(3))
def test_rows_left_out_are_discriminants_fitted_without_them(seed: int) -> None:
    """Fitted once more for every row, the shares of the classes too."""
    _, t, y = cloud(seed, samples=60, units=2)
    shares = np.bincount(y) / len(y)
    logs = []
    for row in range(len(t)):
        kept = np.arange(len(t)) != row
        logs.append(discriminant(t[kept], y[kept]).predict_log_proba(t[[row]])[0, y[row]])
    expected = (float(np.mean(logs)) - float(shares @ np.log(shares))) / LN2
    assert Gaussian().estimate(t, Probe(y=y)).i_ty == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_spans_are_canonical_correlations(seed: int) -> None:
    """I = -sum log2(1 - r^2) / 2; theirs come from an iteration that stops at 1e-12."""
    x, t, _ = cloud(seed, samples=300)
    one, other = CCA(n_components=3, max_iter=5000, tol=1e-12).fit(x, t).transform(x, t)
    r = np.array([np.corrcoef(a, b)[0, 1] for a, b in zip(one.T, other.T, strict=True)])
    found = Gaussian(bias_correction="none").estimate(t, Probe(x=x)).i_xt
    assert found == pytest.approx(-0.5 * float(np.log2(1 - r**2).sum()), abs=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_cells_are_a_clustering(seed: int) -> None:
    """Information of two labellings, cells and classes, in nats."""
    _, t, y = cloud(seed)
    cell = np.unique(np.floor(t / 1.5), axis=0, return_inverse=True)[1].ravel()
    found = Binning(cells=Width(1.5)).estimate(t, Probe(y=y, ids=np.arange(len(t))))
    assert found.i_ty == pytest.approx(mutual_info_score(y, cell) / LN2, abs=ROUNDING)


@pytest.mark.parametrize("bins", [2, 5, 8])
def test_quantile_cells_of_distinct_values(bins: int) -> None:
    """Theirs lie between two values, ours on one: the same cells if no value comes twice and all are even."""
    t = np.random.default_rng(bins).normal(size=(40 * bins, 2))
    made = KBinsDiscretizer(
        bins, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None
    ).fit_transform(t)
    assert np.array_equal(Quantiles(bins=bins, per="unit").cut(t), made + 1)


def test_quantile_cells_of_a_unit_at_rest_differ() -> None:
    """They cut rows, and give up cells whose edges meet; we cut distinct values, as was published."""
    t = np.concatenate([np.zeros(60), np.arange(1.0, 41.0)])[:, None]
    with pytest.warns(UserWarning, match="Bins whose width are too small"):
        made = KBinsDiscretizer(
            10, encode="ordinal", strategy="quantile", quantile_method="linear", subsample=None
        ).fit_transform(t)
    assert len(np.unique(made)) < 6
    assert len(np.unique(Quantiles(bins=10).cut(t))) == 10


@pytest.mark.parametrize("alpha", [1.01, 2.0])
def test_matrices_are_radial_kernels(alpha: float) -> None:
    _, t, _ = cloud(0, samples=60)
    found = Renyi(alpha=alpha, width=Fixed(sigma=1.5)).estimate(t, Probe(ids=np.arange(60))).extras["s_t"]
    eigenvalues = np.linalg.eigvalsh(rbf_kernel(t, gamma=1 / (2 * 1.5**2)) / 60).clip(min=0)
    assert found == pytest.approx(math.log2((eigenvalues**alpha).sum()) / (1 - alpha), abs=1e-9)


@pytest.mark.parametrize("sigma", [0.3, 1.0])
def test_propagated_samples_are_a_mixture_with_known_parts(sigma: float) -> None:
    """Their density of the same mixture at draws of theirs: two means, at most four joint errors apart."""
    s = np.random.default_rng(0).normal(size=(25, 2))
    found = SamplePropagation(sigma=sigma, draws=1000).estimate(
        s, Probe(ids=np.arange(25)), rng=np.random.default_rng(0)
    )
    mixture = GaussianMixture(25, covariance_type="spherical", random_state=0)
    mixture.weights_, mixture.means_ = np.full(25, 1 / 25), s
    mixture.covariances_ = np.full(25, sigma**2)
    mixture.precisions_cholesky_ = 1 / np.sqrt(mixture.covariances_)
    t, part = mixture.sample(25_000)
    own = -((t - s[part]) ** 2).sum(axis=1) / (2 * sigma**2) - math.log(2 * math.pi * sigma**2)
    logs = (own - mixture.score_samples(t)) / LN2
    error = math.hypot(found.extras["i_xt_error"], float(logs.std()) / math.sqrt(len(logs)))
    assert found.i_xt == pytest.approx(float(logs.mean()), abs=4 * error)


@pytest.mark.parametrize("offset", [1e6, 1e10, 1e12])
def test_large_means_drown_theirs(offset: float) -> None:
    """I(X + c; T) is I(X;T). They add noise of 1e-10 times the *mean* of |X|, uncentred; ours stands.

    At c = 1e6 the noise is 1e-4 deviations, and both agree. At 1e10 it is as wide as X, and they lose half.
    scikit-learn#30772 reports that. Ours loses what float64 does: 1e-4 deviations a value at 1e12.
    """
    rng = np.random.default_rng(0)
    x = rng.normal(size=(1000, 1))
    t = 0.75 * x + math.sqrt(1 - 0.75**2) * rng.normal(size=(1000, 1))
    true = -0.5 * math.log2(1 - 0.75**2)
    within = 4 * 0.034 / LN2  # one sample: printed deviation at N = 1,000
    ours = Ksg().estimate(t, Probe(x=x + offset)).i_xt
    theirs = mutual_info_regression(x + offset, t[:, 0], n_neighbors=3, random_state=0)[0] / LN2
    assert ours == pytest.approx(Ksg().estimate(t, Probe(x=x)).i_xt, abs=0.01)
    assert ours == pytest.approx(true, abs=within)
    assert (abs(theirs - true) < within) == (offset < 1e9)
