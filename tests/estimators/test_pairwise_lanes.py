"""Powers of two and the arithmetic of eight lanes, against Python's own."""

import math
from decimal import Decimal, localcontext
from typing import no_type_check

import numpy as np
import pytest

from ibspec.core.compiled import compiled
from ibspec.estimators.pairwise.exponential import exp2
from ibspec.estimators.pairwise.lanes import above, clamp, fma, load, splat, store, total, without_first


@compiled
@no_type_check
def powers(x, out):
    for i in range(0, len(x), 8):
        store(out, i, exp2(load(x, i)))


def computed(x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    powers(x, out)
    return out


def test_powers_of_two_are_right_to_the_last_bits() -> None:
    """1e-15: the polynomial's 6e-16 and two roundings of 1e-16. Judged in 30 decimal digits."""
    x = np.concatenate([np.linspace(-116, 0, 4000), np.linspace(-0.51, 0.51, 4000)])
    with localcontext() as context:
        context.prec = 30
        exact = [Decimal(2) ** Decimal(value) for value in x.tolist()]
        worst = max(abs(Decimal(a) / b - 1) for a, b in zip(computed(x).tolist(), exact, strict=True))
    assert worst < Decimal("1e-15")


def test_whole_powers_of_two_are_exact() -> None:
    x = np.arange(-120.0, 120.0)
    assert computed(x).tolist() == [math.ldexp(1, int(n)) for n in x]


def test_powers_of_two_never_fall() -> None:
    """More distance never gives a larger kernel, but for the last bits."""
    values = computed(np.linspace(-3, 0, 80_000))
    assert np.all(np.diff(values) > -4e-16)


@compiled
@no_type_check
def lane_by_lane(a, b, c, out):
    x, y, z = load(a, 0), load(b, 0), load(c, 0)
    store(out, 0, x + y)
    store(out, 8, x - y)
    store(out, 16, x * y)
    store(out, 24, fma(x, y, z))
    store(out, 32, clamp(x, splat(-1.0), splat(1.0)))
    for count in range(10):
        store(out, 40 + 8 * count, without_first(x, count - 1))
    return total(x), above(x, 0.5)


def test_lanes_compute_as_numbers_do() -> None:
    rng = np.random.default_rng(0)
    a, b, c = rng.normal(size=(3, 8))
    a[3], a[5] = math.nan, math.inf
    out = np.empty(120)
    added, bits = lane_by_lane(a, b, c, out)
    for at, expected in enumerate([a + b, a - b, a * b]):
        np.testing.assert_array_equal(out[8 * at :][:8], expected)
    # One rounding instead of two: they differ by one unit in the last place of the product, 2e-16.
    np.testing.assert_allclose(out[24:32], a * b + c, atol=1e-15, rtol=1e-15)
    clamped = np.clip(a, -1, 1)
    clamped[3] = -1  # NaN, as said
    np.testing.assert_array_equal(out[32:40], clamped)
    for count in range(10):
        kept = np.where(np.arange(8) >= count - 1, a, 0)
        np.testing.assert_array_equal(out[40 + 8 * count :][:8], kept)
    assert math.isnan(added)
    assert [bool(bits >> k & 1) for k in range(8)] == [math.isnan(x) or x > 0.5 for x in a]


def test_a_product_and_sum_are_rounded_once() -> None:
    """(1 + 2^-30)^2 - 1 - 2^-29 is 2^-60; rounding the square first would leave 0."""
    a, out = np.full(8, 1 + 2.0**-30), np.empty(120)
    lane_by_lane(a, a, np.full(8, -1 - 2.0**-29), out)
    assert out[24] == 2.0**-60


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lanes_load_either_precision_from_anywhere(dtype: type) -> None:
    @compiled
    @no_type_check
    def sums(array, out):
        for i in range(len(out)):
            out[i] = total(load(array, i))

    array, out = np.arange(20, dtype=dtype) / 4, np.empty(12)
    sums(array, out)
    assert out.tolist() == [float(array[i : i + 8].sum()) for i in range(12)]
