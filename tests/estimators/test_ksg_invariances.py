"""What must not change counts of neighbours: order, units, monotone maps."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma

from ibspec.core import Probe
from ibspec.estimators.ksg import Ksg
from tests.estimators.neighbour_laws import (
    LN2,
    assert_near,
    half_cube,
    i_xt,
    normals,
    over_seeds,
    uniform,
)
from tests.estimators.test_ksg import ASKED, SUMS, ksg

# ---- invariances --------------------------------------------------------------------------------------

ESTIMATORS = st.builds(
    Ksg, neighbours=st.integers(1, 6), variant=st.sampled_from([1, 2]), standardise=st.booleans()
)


@st.composite
def samples_of(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, t and classes: a few columns each, dependent, 10 to 60 rows."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows = draw(st.integers(10, 60))
    x = rng.normal(size=(rows, draw(st.integers(1, 4))))
    t = rng.normal(size=(rows, draw(st.integers(1, 4)))) + draw(st.sampled_from([0.0, 3.0])) * x[:, :1]
    return x, t, rng.integers(0, 3, rows)


@given(sample=samples_of(), estimator=ESTIMATORS, seed=st.integers(0, 99))
def test_order_of_rows_does_not_matter(sample: Any, estimator: Ksg, seed: int) -> None:
    x, t, y = sample
    order = np.random.default_rng(seed).permutation(len(x))
    one = estimator.estimate(t, Probe(x=x, y=y))
    other = estimator.estimate(t[order], Probe(x=x[order], y=y[order]))
    assert other.i_xt == pytest.approx(one.i_xt, abs=SUMS)
    assert other.i_ty == pytest.approx(one.i_ty, abs=SUMS)


@given(sample=samples_of(), estimator=ESTIMATORS, seed=st.integers(0, 99))
def test_order_of_columns_and_roles_do_not_matter(sample: Any, estimator: Ksg, seed: int) -> None:
    x, t, _ = sample
    rng = np.random.default_rng(seed)
    one = estimator.estimate(t, Probe(x=x)).i_xt
    assert estimator.estimate(x, Probe(x=t)).i_xt == pytest.approx(one, abs=SUMS)
    mixed = estimator.estimate(rng.permuted(t, axis=1) if t.shape[1] == 1 else t[:, ::-1], Probe(x=x)).i_xt
    assert mixed == pytest.approx(one, abs=SUMS)


@given(
    sample=samples_of(),
    variant=st.sampled_from([1, 2]),
    factors=st.lists(st.sampled_from([1e-9, -0.3, 1.0, 7.0, 1e12]), min_size=8, max_size=8),
    shift=st.sampled_from([0.0, -3.0, 100.0]),
)
def test_units_of_measurement_do_not_matter(
    sample: Any, variant: Any, factors: list[float], shift: float
) -> None:
    """Every column has its own; no count moves, as continuous rows have no two distances within 1e-12."""
    x, t, y = sample
    scale = np.array(factors)
    estimator = Ksg(variant=variant)
    one = estimator.estimate(t, Probe(x=x, y=y))
    other = estimator.estimate(
        (t + shift) * scale[: t.shape[1]], Probe(x=x * scale[-x.shape[1] :] + shift, y=y)
    )
    assert other.i_xt == pytest.approx(one.i_xt, abs=SUMS)
    assert other.i_ty == pytest.approx(one.i_ty, abs=SUMS)


@given(sample=samples_of(), exponent=st.integers(-300, 300), shift=st.sampled_from([0.0, 1.0]))
def test_raw_rows_may_be_scaled_together(sample: Any, exponent: int, shift: float) -> None:
    """A power of two rounds nothing: the same bits."""
    x, t, _ = sample
    x, t = np.round(x, 3) + shift, np.round(t, 3)
    estimator = Ksg(standardise=False)
    scaled = estimator.estimate(np.ldexp(t, exponent), Probe(x=np.ldexp(x, exponent)))
    assert scaled == estimator.estimate(t, Probe(x=x))


def test_raw_and_standardised_columns_differ_where_scales_do() -> None:
    x, t = normals(1.0, 2).draw(np.random.default_rng(0), 300)
    t = t * [1.0, 1000.0]
    assert ksg(x=x, t=t).i_xt != pytest.approx(ksg(x=x, t=t, standardise=False).i_xt, abs=0.01)


@pytest.mark.parametrize("warp", [uniform, half_cube, np.exp], ids=lambda f: f.__name__)
def test_monotone_maps_change_little(warp: Any) -> None:
    """Information does not change; the estimate does by less than what was asked of each (twice 0.02)."""

    def change(sample: Any) -> float:
        x, t = sample
        return i_xt(Ksg(), (x, warp(t))) - i_xt(Ksg(), (x, t))

    assert_near(over_seeds(normals(1.5), change, 4000, 4), 0.0, 2 * ASKED)


@given(sample=samples_of(), k=st.integers(1, 6))
def test_nothing_exceeds_the_ceiling(sample: Any, k: int) -> None:
    x, t, y = sample
    n = len(x)
    found = ksg(x=x, t=t, y=y, neighbours=k)
    assert found.i_xt <= (digamma(n) - digamma(k)) / LN2 + SUMS
    sizes = np.bincount(y)[y]
    kept = sizes > 1
    if found.i_ty is not None:
        assert found.i_ty <= (digamma(kept.sum()) - digamma(sizes[kept]).mean()) / LN2 + SUMS
