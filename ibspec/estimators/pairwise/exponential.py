"""Powers of two, eight at a time."""

from typing import Any, no_type_check

from ibspec.core.compiled import compiled
from ibspec.estimators.pairwise.lanes import fma, splat, times_power_of_two

ROUNDER = 1.5 * 2.0**52
"""Added to a small number, it leaves the nearest integer in the low bits."""

# 2^f = 1 + f q(f) for |f| <= 1/2, q through ten Chebyshev nodes in 50 digits: 6e-16 off at most, relatively,
# rounding of the coefficients included; and exactly 1 at 0.
C1, C2, C3, C4, C5 = (
    0.6931471805599462,
    0.24022650695910075,
    0.05550410866465167,
    0.009618129107618665,
    0.0013333558200794592,
)
C6, C7, C8, C9, C10 = (
    0.00015403530424776529,
    1.5252672924850737e-05,
    1.3215451633221434e-06,
    1.0205905413765595e-07,
    7.070977866508138e-09,
)


@compiled
@no_type_check
def exp2(x: Any) -> Any:
    """Return 2^x of each lane for -1000 <= x <= 1000, to a relative 1e-15; 2^0 is exactly 1."""
    shifted = x + splat(ROUNDER)
    f = x - (shifted - splat(ROUNDER))  # exact: the nearest integer is taken off
    p = fma(splat(C10), f, splat(C9))
    p = fma(p, f, splat(C8))
    p = fma(p, f, splat(C7))
    p = fma(p, f, splat(C6))
    p = fma(p, f, splat(C5))
    p = fma(p, f, splat(C4))
    p = fma(p, f, splat(C3))
    p = fma(p, f, splat(C2))
    p = fma(p, f, splat(C1))
    return times_power_of_two(fma(p, f, splat(1.0)), shifted)
