"""Counts of neighbours against closed forms, independent programs, a slow oracle and their invariances."""

from typing import Any

import ennemi
import numpy as np
import pytest
from ennemi._entropy_estimators import _estimate_single_mi
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from ibspec.core import Estimate, Probe
from ibspec.estimators.ksg import Ksg
from tests.estimators.neighbour_laws import (
    LN2,
    Law,
    additive_uniform,
    assert_near,
    gamma_exponential,
    half_cube,
    i_ty,
    i_xt,
    normals,
    over_seeds,
    shifted_uniforms,
    student,
    uniform,
    zero_inflated,
)

ASKED = 0.02
"""Bits of bias at N = 10,000 up to 2 + 2 columns and 2 bits: what this estimator was asked to keep to."""

SUMS = 1e-12
"""Bits: whole counts, and means of a few thousand digammas in another order."""


def ksg(x: Any = None, t: Any = None, y: Any = None, seed: int = 0, **parameters: Any) -> Estimate:
    return Ksg(**parameters).estimate(t, Probe(x=x, y=y), rng=np.random.default_rng(seed))


# ---- truths -------------------------------------------------------------------------------------------

TRUTHS = [
    *(normals(bits, pairs) for pairs in (1, 2) for bits in (0.0, 1.0, 2.0)),
    normals(1.0, 1, uniform),
    normals(1.0, 1, half_cube),
    normals(1.0, 2, uniform),
    additive_uniform(0.1),
    additive_uniform(0.5),
    student(3, 1),
    gamma_exponential(2.0),
]


@pytest.mark.parametrize("law", TRUTHS, ids=lambda law: law.name)
def test_information_between_real_variables(law: Law) -> None:
    assert_near(over_seeds(law, lambda s: i_xt(Ksg(), s), 10_000, 3), law.bits, ASKED)


def test_an_atom_against_a_continuous_variable() -> None:
    """Gao et al.'s case, of twice the allowance: near the atom a box holds both kinds of rows."""
    law = zero_inflated(0.5, 1.0)
    assert_near(over_seeds(law, lambda s: i_xt(Ksg(), s), 10_000, 3), law.bits, 2 * ASKED)


@pytest.mark.parametrize("law", [normals(2.0, 1), normals(1.0, 2)], ids=lambda law: law.name)
def test_second_variant(law: Law) -> None:
    assert_near(over_seeds(law, lambda s: i_xt(Ksg(variant=2), s), 10_000, 3), law.bits, ASKED)


@pytest.mark.parametrize("law", [shifted_uniforms(2), shifted_uniforms(5)], ids=lambda law: law.name)
def test_information_on_classes(law: Law) -> None:
    assert_near(over_seeds(law, lambda s: i_ty(Ksg(), s), 10_000, 3), law.bits, ASKED)


def test_real_targets_are_measured_like_inputs() -> None:
    x, t = normals(1.0).draw(np.random.default_rng(0), 500)
    assert ksg(t=t, y=x[:, 0]).i_ty == ksg(x=x, t=t).i_xt


@pytest.mark.parametrize(("variant", "bits"), [(1, 0.0), (2, -1 / 3 / LN2)])
def test_variable_of_one_value_and_a_mixture(variant: Any, bits: float) -> None:
    """All rows but one at an atom. Variant 2 is 1/k nats too small there, variant 1 right."""
    rng = np.random.default_rng(0)
    t = np.zeros((2000, 1))
    t[7] = 1.0
    found = ksg(x=rng.normal(size=(2000, 1)), t=t, variant=variant)
    assert found.i_xt == pytest.approx(bits, abs=0.01)  # one row of 2000 may be off by the ceiling of 10 bits
    assert found.warnings == ("ties",)


@pytest.mark.parametrize("symbols", [2, 5])
def test_discrete_variables_give_nearly_the_plug_in_information(symbols: int) -> None:
    """Gao et al.'s rule: psi of counts in place of their logarithms, so off by less than cells / N nats."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, symbols, 3000)
    t = np.where(rng.random(3000) < 0.7, x, rng.integers(0, symbols, 3000))
    law = np.bincount(x * symbols + t, minlength=symbols**2).reshape(symbols, symbols) / 3000
    plug_in = np.sum(law * np.log2(law / law.sum(axis=1, keepdims=True) / law.sum(axis=0)))
    allowed = symbols**2 / 3000 / LN2
    assert ksg(x=x, t=t).i_xt == pytest.approx(plug_in, abs=allowed)
    assert ksg(x=x, t=t, variant=2).i_xt == pytest.approx(ksg(x=x, t=t).i_xt, abs=SUMS)  # all radii are 0
    assert ksg(t=t, y=x).i_ty == pytest.approx(plug_in, abs=allowed)
    assert ksg(x=x, t=t).warnings == ("ties",)


@pytest.mark.parametrize("neighbours", [1, 3, 10])
@pytest.mark.parametrize("columns", [1, 3, 9])
def test_a_copy_stands_at_the_ceiling(neighbours: int, columns: int) -> None:
    """X = T: the k - 1 nearer rows, and the row itself, are closer in both, so I = psi(N) - psi(k)."""
    x = np.random.default_rng(0).normal(size=(200, columns))
    top = (digamma(200) - digamma(neighbours)) / LN2
    first = ksg(x=x, t=x, neighbours=neighbours)
    assert first.i_xt == pytest.approx(top, abs=SUMS)
    assert "saturated" in first.warnings
    second = ksg(x=x, t=x, neighbours=neighbours, variant=2)
    assert second.i_xt == pytest.approx(top - 1 / neighbours / LN2, abs=SUMS)


# ---- independent programs -----------------------------------------------------------------------------


@pytest.fixture
def exact_digamma(monkeypatch: pytest.MonkeyPatch) -> None:
    """ennemi's own digamma is a short series, 1e-6 off at 3; with scipy's its counts can be compared."""
    monkeypatch.setattr("ennemi._entropy_estimators._psi", digamma)


@pytest.mark.usefixtures("exact_digamma")
@pytest.mark.parametrize("neighbours", [1, 3, 20])
@pytest.mark.parametrize(
    "law", [normals(1.0, 1), normals(1.0, 2), normals(2.0, 5), student(1, 1)], ids=lambda law: law.name
)
def test_agrees_with_ennemi(law: Law, neighbours: int) -> None:
    """The same counts, so the same number. Asked by columns its public function takes one at a time."""
    x, t = law.draw(np.random.default_rng(3), 800)
    theirs = float(np.mean(_estimate_single_mi(x, t, neighbours)))
    ours = ksg(x=x, t=t, neighbours=neighbours, standardise=False).i_xt
    assert ours == pytest.approx(theirs / LN2, abs=SUMS)


@pytest.mark.parametrize("bits", [0.0, 1.0, 4.0])
def test_agrees_with_ennemi_as_it_comes(bits: float) -> None:
    """It standardises and adds noise of 1e-10. 1e-3 bits: a digamma 1e-6 off, and a few counts moved by 1."""
    x, t = normals(bits).draw(np.random.default_rng(3), 1000)
    theirs = ennemi.estimate_mi(t[:, 0], x[:, 0], k=3).item()
    assert ksg(x=x, t=t).i_xt == pytest.approx(theirs / LN2, abs=1e-3)


@pytest.mark.usefixtures("exact_digamma")
@pytest.mark.parametrize("symbols", [2, 5])
def test_agrees_with_ennemi_on_classes(symbols: int) -> None:
    t, y = shifted_uniforms(symbols).draw(np.random.default_rng(3), 800)
    theirs = ennemi.estimate_mi(y, t, discrete_y=True, preprocess=False).item()
    assert ksg(t=t, y=y, standardise=False).i_ty == pytest.approx(theirs / LN2, abs=SUMS)


def test_agrees_with_scikit_learn() -> None:
    """It adds noise of 1e-10: at most a few counts of thousands move by one, 1e-4 bits each."""
    x, t = normals(1.0).draw(np.random.default_rng(3), 1000)
    theirs = mutual_info_regression(x, t[:, 0], n_neighbors=3, random_state=0)[0]
    assert ksg(x=x, t=t).i_xt == pytest.approx(theirs / LN2, abs=1e-3)


def test_agrees_with_scikit_learn_on_classes() -> None:
    """A class of a single row is left out there too.

    Classes of less than twice k rows are not compared: there it takes distances from |a|^2 + |b|^2 - 2ab,
    whose rounding decides whether the k-th neighbour is closer than itself.
    """
    t, y = shifted_uniforms(4).draw(np.random.default_rng(3), 1000)
    y[0], y[1:9] = 17, 18
    theirs = mutual_info_classif(t, y, n_neighbors=3, random_state=0)[0]
    found = ksg(t=t, y=y)
    assert found.i_ty == pytest.approx(theirs / LN2, abs=1e-3)
    assert found.warnings == ("dropped-points",)
    assert found.extras["i_ty_dropped"] == 1.0


# ---- a slow oracle ------------------------------------------------------------------------------------


def oracle(x: np.ndarray, t: np.ndarray, k: int, variant: int) -> float:
    """Eqs. 8 and 9 as printed, from matrices of all distances; no rows may be equal."""
    n = len(x)
    d_x, d_t = (np.abs(each[:, None] - each[None]).max(axis=2) for each in (x, t))
    joint = np.maximum(d_x, d_t)
    total = 0.0
    for i in range(n):
        others = np.delete(np.arange(n), i)
        near = others[np.argsort(joint[i, others], kind="stable")[:k]]
        if variant == 1:
            radius = joint[i, near[-1]]
            n_x, n_t = ((d[i, others] < radius).sum() for d in (d_x, d_t))
            total += digamma(k) - digamma(n_x + 1) - digamma(n_t + 1)
        else:
            n_x, n_t = ((d[i, others] <= d[i, near].max()).sum() for d in (d_x, d_t))
            total += digamma(k) - 1 / k - digamma(n_x) - digamma(n_t)
    return float((digamma(n) + total / n) / LN2)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(12, 60),
    units=st.sampled_from([(1, 1), (2, 3), (7, 1), (4, 9)]),
    k=st.integers(1, 10),
    variant=st.sampled_from([1, 2]),
)
def test_agrees_with_the_oracle(
    seed: int, samples: int, units: tuple[int, int], k: int, variant: Any
) -> None:
    rng = np.random.default_rng(seed)
    x, t = (rng.normal(size=(samples, width)) for width in units)
    t[:, 0] += x[:, 0]
    found = ksg(x=x, t=t, neighbours=k, variant=variant, standardise=False)
    assert found.i_xt == pytest.approx(oracle(x, t, k, variant), abs=SUMS)


def ross(t: np.ndarray, y: np.ndarray, k: int) -> float:
    """Eq. 2 of Ross as printed, m the rows within the distance of the k-th neighbour of the same class."""
    distances = np.abs(t[:, None] - t[None]).max(axis=2)
    sizes = np.bincount(y)[y]
    rows = np.flatnonzero(sizes > 1)
    total = 0.0
    for i in rows:
        others = rows[rows != i]
        own = others[y[others] == y[i]]
        own_k = min(k, len(own))
        m = (distances[i, others] <= np.sort(distances[i, own])[own_k - 1]).sum()
        total += digamma(own_k) - digamma(sizes[i]) - digamma(m)
    return float((digamma(len(rows)) + total / len(rows)) / LN2)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32 - 1),
    samples=st.integers(12, 60),
    units=st.sampled_from([1, 3, 9]),
    classes=st.integers(2, 12),
    k=st.integers(1, 6),
)
def test_agrees_with_the_oracle_on_classes(seed: int, samples: int, units: int, classes: int, k: int) -> None:
    """The k-th neighbour counts in place of the row itself; classes smaller than k + 1 use what they have."""
    rng = np.random.default_rng(seed)
    t, y = rng.normal(size=(samples, units)), rng.integers(0, classes, samples)
    y[:4] = (0, 0, 1, 1)
    found = ksg(t=t, y=y, neighbours=k, standardise=False)
    assert found.i_ty == pytest.approx(ross(t, y, k), abs=SUMS)
    sizes = np.bincount(y)
    assert ("few-samples" in found.warnings) == bool(((sizes > 1) & (sizes <= k)).any())
    assert ("dropped-points" in found.warnings) == bool((sizes == 1).any())


def lattice(seed: int, scale: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers, no two of one column equal, many equally far; times a power of two."""
    rng = np.random.default_rng(seed)
    x = rng.permutation(40)[:, None]
    t = rng.permutation(40)[:, None]
    return x * scale, t * scale


@pytest.mark.parametrize("scale", [1.0, 2.0**-60, 2.0**60])
@pytest.mark.parametrize("seed", range(5))
def test_only_strictly_closer_rows_count(seed: int, scale: float) -> None:
    """On a lattice others lie at just the radius: not counted at any scale (a fixed 1e-15 would fail)."""
    x, t = lattice(seed, scale)
    found = ksg(x=x, t=t, standardise=False)
    assert found.i_xt == pytest.approx(oracle(x, t, 3, 1), abs=SUMS)
    wide = _counted_up_to_the_radius(x, t, 3)
    assert abs(found.i_xt - wide) > 0.1, "this lattice would not have told the two apart"
    assert "ties" in found.warnings


def _counted_up_to_the_radius(x: np.ndarray, t: np.ndarray, k: int) -> float:
    d_x, d_t = (np.abs(each - each.T) for each in (x, t))
    radius = np.sort(np.maximum(d_x, d_t), axis=1)[:, k, None]
    counts = digamma((d_x <= radius).sum(axis=1)) + digamma((d_t <= radius).sum(axis=1))
    return float((digamma(len(x)) + digamma(k) - counts.mean()) / LN2)
