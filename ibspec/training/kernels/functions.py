"""Functions of one number that a processor can compute for many at once.

numba makes one call a number of `math`'s functions; these are a dozen multiplications of float32 instead.
Of float64 they are `math`'s. float32 stays float32: so are the constants, which float64 takes in exactly.
"""

import math
from typing import Any

import numpy as np
from numba import types
from numba.extending import overload
from numpy.polynomial import Chebyshev, Polynomial

from ibspec.core.compiled import compiled_loosely

ZERO, ONE, TWO = (np.float32(c) for c in (0.0, 1.0, 2.0))

_LOG2_E, _LN2_HIGH, _LN2_LOW = np.float32(1.44269504), np.float32(0.693359375), np.float32(-2.12194440e-4)
"""ln 2 in two parts (Cody & Waite): the first has few bits, so that a multiple of it is exact."""

_LEAST_EXPONENT = np.float32(-87.0)
"""e^-87 is about the smallest number of full precision."""

_NEAR_ZERO = np.float32(0.625)
"""Below, 1 - 2 / (e^2x + 1) would lose digits."""

_E2, _E3, _E4, _E5, _E6, _E7 = (np.float32(1 / math.factorial(n)) for n in range(2, 8))
_A3, _A5, _A7, _A9, _A11, _A13, _A15 = (np.float32(1 / n) for n in range(3, 16, 2))


def _tanh_near_zero() -> list[np.float32]:
    """Coefficients of q^0..q^4 in (tanh(x) / x - 1) / q with q = x^2, interpolated where Chebyshev tells."""
    domain = [0.0, float(_NEAR_ZERO) ** 2]
    f = Chebyshev.interpolate(lambda q: (np.tanh(np.sqrt(q)) / np.sqrt(q) - 1.0) / q, 4, domain)
    return [np.float32(c) for c in f.convert(kind=Polynomial).coef]


_T3, _T5, _T7, _T9, _T11 = _tanh_near_zero()


def tanh(x: Any) -> Any:
    """The hyperbolic tangent."""


def exp(x: Any) -> Any:
    """e^x for x <= 0."""


def log1p(u: Any) -> Any:
    """ln(1 + u) for 0 <= u <= 1."""


@compiled_loosely("contract")
def _parts(x: Any) -> Any:
    """Return (p, s) with e^x = s (1 + p), s a power of two and |ln(1 + p)| <= ln(2) / 2; x <= 0, float32.

    The Taylor series of degree 7 leaves a relative error of 0.35^7 / 8! = 1.5e-8, a quarter of an ulp.
    """
    # NaN is not below, and goes through.
    x = _LEAST_EXPONENT if x < _LEAST_EXPONENT else x
    k = np.float32(np.rint(x * _LOG2_E))
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    tail = _E2 + r * (_E3 + r * (_E4 + r * (_E5 + r * (_E6 + r * _E7))))
    # The exponent field of a float32 starts at bit 23 and is 127 for 1.
    s = np.int32(np.int32(np.int32(k) + np.int32(127)) << np.int32(23)).view(np.float32)
    return r + r * r * tail, s


@overload(tanh)
def _choose_tanh(x: Any) -> Any:
    def double(x: Any) -> Any:
        return math.tanh(x)

    def single(x: Any) -> Any:
        q = x * x
        small = x + x * q * (_T3 + q * (_T5 + q * (_T7 + q * (_T9 + q * _T11))))
        p, s = _parts(-TWO * abs(x))
        e = s * p + s
        return small if abs(x) < _NEAR_ZERO else math.copysign(ONE - TWO * e / (ONE + e), x)

    return double if x is types.float64 else single


@overload(exp)
def _choose_exp(x: Any) -> Any:
    def double(x: Any) -> Any:
        return math.exp(x)

    def single(x: Any) -> Any:
        p, s = _parts(x)
        return s * p + s

    return double if x is types.float64 else single


@overload(log1p)
def _choose_log1p(u: Any) -> Any:
    def double(u: Any) -> Any:
        return math.log1p(u)

    def single(u: Any) -> Any:
        # 2 artanh(u / (2 + u)); the series stops at 15, leaving (1/9)^8 / 17 = 1.4e-9 of the first term.
        v = u / (TWO + u)
        q = v * v
        tail = q * (_A3 + q * (_A5 + q * (_A7 + q * (_A9 + q * (_A11 + q * (_A13 + q * _A15))))))
        return TWO * (v + v * tail)

    return double if u is types.float64 else single
