"""Distances of wide rows come from inner products, yet equal rows are at distance 0."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

import ibspec.estimators.renyi as renyi_module
from ibspec.core import Probe
from ibspec.estimators import Fixed, Renyi, Tapia, WickstromKernel, Yu
from ibspec.estimators.row_distances import BLOCK, WIDE, row_distances

UNITS = 2 * WIDE


def rows_at(offset: float, scale: float, seed: int = 0) -> np.ndarray:
    """Rows with equal ones and near ones among them."""
    rows = offset + np.random.default_rng(seed).normal(size=(150, UNITS))
    rows[20:40] = rows[:20]
    rows[40:60] = rows[:20] + 1e-5 * rows[60:80]
    return rows * scale


@pytest.mark.parametrize("offset", [0.0, 30.0])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_they_are_the_distances_of_differences(offset, scale):
    rows = rows_at(offset, scale)
    found = row_distances(torch.from_numpy(rows)).numpy()
    wanted = cdist(rows / scale, rows / scale)
    # A square loses at most six of sixteen digits to cancelling, and a root halves what it has lost; the
    # offset costs the rows themselves 30 * 1e-16 of a distance of 1e-5 or more.
    np.testing.assert_allclose(found / scale, wanted, rtol=1e-9, atol=0)
    assert (found[np.arange(20), np.arange(20, 40)] == 0).all()
    assert (np.diag(found) == 0).all()
    np.testing.assert_array_equal(found, found.T)


def test_rows_that_are_all_equal_are_at_no_distance():
    assert not row_distances(torch.full((40, UNITS), 0.1, dtype=torch.float64)).any()
    x = np.random.default_rng(0).normal(size=(40, 2))
    found = Renyi(width=Fixed(sigma=1.0)).estimate(np.full((40, UNITS), 0.1), Probe(x=x))
    assert (found.i_xt, found.extras["s_t"]) == (pytest.approx(0.0, abs=1e-9), pytest.approx(0.0, abs=1e-9))


@pytest.mark.parametrize("rule", [Yu(), Tapia(), Fixed(sigma=2.0)])
def test_a_product_of_kernels_is_one_kernel(rule):
    parts = [torch.from_numpy(rows_at(0.0, 1.0, seed)) for seed in range(3)]
    exponents, width = rule.product(torch.cat(parts, dim=1), 3, "layer")
    each = [rule.kernel(part, "layer") for part in parts]
    assert [width] * 3 == [width for _, width in each]
    # Exponents of some hundreds, to 1e-15 of themselves for each of three terms.
    np.testing.assert_allclose(exponents, sum(one for one, _ in each), rtol=1e-12, atol=1e-12)


def test_a_width_that_looks_at_distances_has_no_such_product():
    assert WickstromKernel().product(torch.zeros(3, 2), 2, "layer") is None


@pytest.mark.parametrize("units", [3, UNITS])
@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.int8, torch.bool])
def test_numbers_of_any_kind_are_reckoned_in_float64(dtype, units):
    rows = torch.from_numpy(np.random.default_rng(3).normal(size=(50, units)) * 3).to(dtype)
    found = row_distances(rows)
    assert found.dtype == torch.float64
    np.testing.assert_allclose(found, cdist(rows.double(), rows.double()), rtol=1e-9, atol=0)


@pytest.mark.parametrize("units", [5, 2000])
def test_columns_are_standardised_whichever_block_they_are_in(units):
    """2,000 columns of 150 rows are two blocks; the last column is constant, and counts for nothing."""
    rng = np.random.default_rng(4)
    assert BLOCK / 150 < 2000
    rows = rng.normal(size=(150, units)) * rng.lognormal(sigma=3.0, size=units) + rng.normal(size=units)
    rows[:, -1] = 0.1
    rows[10:15] = rows[:5]
    found = row_distances(torch.from_numpy(rows), standardise=True).numpy()
    wanted = np.where(rows.std(axis=0) > 1e-12, (rows - rows.mean(axis=0)) / rows.std(axis=0), 0.0)
    # A column at 1,000 deviations from 0 has lost three digits, as in NumPy; the roots of sums lose less.
    np.testing.assert_allclose(found, cdist(wanted, wanted), rtol=1e-9, atol=1e-9)
    assert (found[np.arange(5), np.arange(10, 15)] == 0).all()


def test_entropies_of_inputs_and_labels_are_reckoned_once_a_probe(monkeypatch):
    """And not of another probe, order or width; nor where other rows are drawn each time."""
    rng = np.random.default_rng(5)
    t, x, y = rng.normal(size=(30, 2)), rng.normal(size=(30, 3)), rng.integers(0, 2, 30)
    asked = []
    true = renyi_module.entropy
    monkeypatch.setattr(renyi_module, "entropy", lambda *args: asked.append(1) or true(*args))
    probe = Probe(x=x, y=y)
    counts, found = [], []
    for each, which in ((Renyi(), probe), (Renyi(), probe), (Renyi(), Probe(x=x[::-1], y=y))):
        asked.clear()
        found.append(each.estimate(t, which))
        counts.append(len(asked))
    assert counts == [5, 3, 5]
    assert found[0] == found[1] != found[2]
    for other in (Renyi(alpha=2.0), Renyi(width=Yu()), Renyi(samples=20)):
        fresh = other.estimate(t, Probe(x=x, y=y), rng=np.random.default_rng(0))
        assert other.estimate(t, probe, rng=np.random.default_rng(0)) == fresh
    drawn = {Renyi(samples=20).estimate(t, probe, rng=np.random.default_rng(s)).extras["s_x"] for s in (0, 1)}
    assert len(drawn) == 2


@pytest.mark.parametrize("alpha", [0.7, 1.0, 1.01, 1.5, 2.0])
def test_classes_are_blocks(alpha):
    """The same kernel as a real target that is as good as a class, 1000 widths apart."""
    rng = np.random.default_rng(1)
    t, y = rng.normal(size=(90, 3)), rng.integers(0, 4, 90)
    of_classes = Renyi(alpha=alpha, width=Fixed(sigma=1.0)).estimate(t, Probe(y=y))
    of_targets = Renyi(alpha=alpha, width=Fixed(sigma=1.0)).estimate(t, Probe(y=1000.0 * y + 0.5))
    # Below order 1 rounding of 86 zero eigenvalues counts: 1e-16 to the power 0.7 each, over 0.3.
    tolerance = 1e-8 if alpha < 1 else 1e-10
    assert of_classes.i_ty == pytest.approx(of_targets.i_ty, abs=tolerance)
    assert of_classes.extras["s_y"] == pytest.approx(of_targets.extras["s_y"], abs=tolerance)
