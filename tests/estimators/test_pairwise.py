"""Kernel sums where they are hard: rows far from the mean beside rows that nearly coincide."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Kde
from ibspec.estimators.pairwise import inner_products
from ibspec.estimators.pairwise import sums as pairwise
from ibspec.estimators.pairwise.sums import kernel_sums
from tests.estimators.oracles import AGREEMENT, f_bits


@pytest.fixture(scope="module", params=["compiled", "torch"], autouse=True)
def _way(request: pytest.FixtureRequest) -> Iterator[None]:
    """Everything here holds for the compiled loops and for what a GPU computes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairwise, "is_compiled", lambda rows: request.param == "compiled")
        yield


def bounds(t: np.ndarray, v: float = 1.0) -> tuple[float, float]:
    estimate = Kde(noise_variance=v).estimate(t, Probe(ids=np.arange(len(t))))
    assert estimate.i_xt_bounds is not None
    return estimate.i_xt_bounds


def assert_agrees(t: np.ndarray, v: float = 1.0) -> None:
    low, high = bounds(t, v)
    assert high == pytest.approx(f_bits(t, v), abs=AGREEMENT, rel=0)
    assert low == pytest.approx(f_bits(t, 4 * v), abs=AGREEMENT, rel=0)


def clusters(n: int, units: int, distance: float, spread: float, at: np.ndarray, seed: int = 0) -> np.ndarray:
    """Rows about 0 and (where `at`) about `distance` along the diagonal, `spread` wide, the noise being 1."""
    t = np.random.default_rng(seed).normal(size=(n, units)) * spread / math.sqrt(units)
    t[at] += distance / math.sqrt(units)
    return t


UNITS = pytest.mark.parametrize("units", [1, 5, 32, 33, 40, 784, 2000])


@UNITS
@pytest.mark.parametrize("distance", [30.0, 300.0, 900.0, 1100.0, 1e5, 1e7, 1e9, 1e12])
@pytest.mark.parametrize("spread", [0.0, 0.1, 1.0])
def test_two_tight_clusters_far_apart(units: int, distance: float, spread: float) -> None:
    """The mean lies between them, far from every row."""
    n = 60 if units > 100 else 300
    assert_agrees(clusters(n, units, distance, spread, np.arange(n) % 2 == 0))


@UNITS
@pytest.mark.parametrize("distance", [1e4, 1e6, 1e9, 1e12, 1e15])
def test_one_row_far_away(units: int, distance: float) -> None:
    """An outlier moves the mean away from all others: their own digits must survive it."""
    n = 60 if units > 100 else 300
    assert_agrees(clusters(n, units, distance, 1.0, np.arange(n) == 7))


@pytest.mark.parametrize("reach", [0.9e4, 0.9e5, 1.1e5, 0.99e6, 1.01e6, 1e9, 1e12])
@pytest.mark.parametrize("units", [100, 384, 784, 2000])
@pytest.mark.parametrize("n", [6, 64, 257])
def test_equal_units_round_the_same_way(reach: float, units: int, n: int) -> None:
    """All units alike: the rounding errors of an inner product add up instead of cancelling.

    Saturated layers look like this. `reach` is |row - mean|^2 / noise variance.
    """
    rng = np.random.default_rng(units)
    for _ in range(3 if n * units < 300_000 else 1):
        height = rng.uniform(0.5, 1)
        t = np.full((n, units), height) * np.where(np.arange(n) % 2, 1.0, -1.0)[:, None]
        v = units * height**2 / reach
        t[:, 0] += rng.normal(size=n) * math.sqrt(v)
        assert_agrees(t, v)


@pytest.mark.parametrize(
    ("n", "units", "height"),
    [
        (64, 553, 0.5886187220283534),
        (257, 754, 0.9157604538817667),
        (258, 763, 0.748000635019616),
        (259, 380, 0.5742747012579587),
        (261, 763, 0.7586559684143563),
    ],
)
def test_worst_rounding_found_below_the_switch(n: int, units: int, height: float) -> None:
    """Out of 20,000 random heights, these lost most just below the limit of inner products."""
    side = np.where(np.arange(n) % 2, 1.0, -1.0)
    farthest = (1 + abs(side.mean())) ** 2 * units * height**2
    v = farthest / (0.99 * inner_products.GRAM_LIMIT)
    t = np.full((n, units), height) * side[:, None]
    t[:, 0] += np.random.default_rng(0).normal(size=n) * math.sqrt(v)
    assert_agrees(t, v)


@given(
    seed=st.integers(0, 2**32 - 1),
    units=st.sampled_from([1, 8, 32, 33, 200]),
    levels=st.lists(st.sampled_from([0.0, 1.0, 30.0, 1e3, 1e5, 1e8]), min_size=1, max_size=4),
    n=st.integers(2, 90),
)
def test_nested_scales(seed: int, units: int, levels: list[float], n: int) -> None:
    """Clusters of clusters: distances of all sizes at once, and some rows twice."""
    rng = np.random.default_rng(seed)
    t = rng.normal(size=(n, units)) * 0.7
    for level in levels:
        t += rng.normal(size=(3, units))[rng.integers(0, 3, n)] * level
    t[rng.integers(0, n, n // 4)] = t[0]
    assert_agrees(t, float(units))


@pytest.mark.parametrize("units", [8, 40])
@pytest.mark.parametrize("distance", [0.0, 100.0, 300.0])
@pytest.mark.parametrize("limit", [0.0, 1e2, math.inf])
def test_inner_products_and_differences_agree(units: int, distance: float, limit: float) -> None:
    """Where inner products are good enough, taking either way gives the same sums, for 1281 rows too.

    1e-11: reach is 1e5 at most, an exponent then off by 1e-12 for these random units.
    """
    t = clusters(1281, units, distance, 1.0, np.arange(1281) % 3 == 0)
    by_default = bounds(t)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inner_products, "GRAM_LIMIT", limit)
        assert bounds(t) == pytest.approx(by_default, abs=1e-11, rel=0)


@pytest.mark.parametrize("units", [3, 40])
def test_an_offset_costs_inner_products_nothing(units: int) -> None:
    """Rows are centred first: an offset of 1e5 standard deviations alone would cost 1e-6 bits."""
    t = np.random.default_rng(0).normal(size=(300, units)) / math.sqrt(units)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inner_products, "GRAM_LIMIT", math.inf)
        assert_agrees(t + 1e5)


@pytest.mark.parametrize("units", [40, 784])
def test_far_rows_leave_exactly_one(units: int) -> None:
    """A row's distance to itself is 0, not the difference of two rounded norms."""
    t = torch.from_numpy(np.random.default_rng(0).normal(size=(300, units)))
    v = units / 5e3  # |row - mean|^2 / v is about 5e3: inner products, and kernels of at most exp(-80)
    sums = kernel_sums(t, v, [100, 200])
    for name in ("wide", "narrow", "wide_class", "narrow_class"):
        assert set(getattr(sums, name).tolist()) == {1.0}, name


@pytest.mark.parametrize("units", [2, 40])
@pytest.mark.parametrize("spread", [1.0, 1e4])
def test_threads_change_no_bit(units: int, spread: float, threads: None) -> None:
    """Blocks of rows are added in their order, whoever computed them; and the setting is put back."""
    t = clusters(1500, units, 3 * spread, spread, np.arange(1500) % 2 == 0)
    torch.set_num_threads(1)
    alone = bounds(t)
    for count in (2, 3):
        torch.set_num_threads(count)
        assert bounds(t) == alone
        assert torch.get_num_threads() == count


@pytest.mark.parametrize("share", [0.02, 0.5], ids=["few close pairs", "many close pairs"])
@pytest.mark.parametrize("scale", [1e2, 1e4, 1e5, 1e7])
@pytest.mark.parametrize("radius", [0.5, 3.0, 6.5, 8.0])
def test_close_pairs_in_wide_layers_are_recomputed(share: float, scale: float, radius: float) -> None:
    """Few of them one by one, many of them with their whole tile; near and not so near."""
    rng = np.random.default_rng(0)
    n, units = 400, 50
    t = rng.normal(size=(n, units)) * scale
    twins = rng.random(n) < math.sqrt(share)
    t[twins] = t[0] + rng.normal(size=(int(twins.sum()), units)) * radius / math.sqrt(units)
    assert_agrees(t)


@pytest.mark.parametrize("units", [3, 40])
def test_squares_that_overflow_are_far_apart(units: int) -> None:
    """Two pairs of equal rows, infinitely far apart as far as float64 can tell: one bit."""
    t = np.full((4, units), 1e200)
    t[::2] *= -1
    assert bounds(t) == (1.0, 1.0)


def test_sums_hold_each_row_s_own_one() -> None:
    rows = torch.tensor([[0.0], [1e9], [-1e9], [5e8]], dtype=torch.float64)
    sums = kernel_sums(rows, 1.0, [2, 2])
    for name in ("wide", "narrow", "wide_class", "narrow_class"):
        assert getattr(sums, name).tolist() == [1.0] * 4, name


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, torch.float64, torch.int64])
def test_sums_are_float64_whatever_the_rows(dtype: Any) -> None:
    rows = torch.arange(6, dtype=dtype).reshape(3, 2)
    sums = kernel_sums(rows, 2.0, [1, 2])
    near, far = math.exp(-8 / 4), math.exp(-32 / 4)
    assert sums.narrow.dtype == torch.float64
    # 1e-14: three additions of numbers near 1.
    assert sums.narrow.tolist() == pytest.approx([1 + near + far, 1 + 2 * near, 1 + near + far], abs=1e-14)
    assert sums.narrow_class.tolist() == pytest.approx([1, 1 + near, 1 + near], abs=1e-14)
    wide_near = near**0.25
    assert sums.wide_class.tolist() == pytest.approx([1, 1 + wide_near, 1 + wide_near], abs=1e-14)
