"""When |a|^2 + |b|^2 - 2ab may stand for |a - b|^2: the digits that it cancels away must not be needed."""

from typing import final

FLOOR = -80.0
"""Exponents below this count as this: exp(-80) = 2e-35 cannot change a sum that is at least 1, and the
processor is a hundred times slower on the denormal results of smaller ones."""

GRAM_LIMIT = 3e4
"""Largest |row - mean|^2 / noise variance at which inner products give the distances. The error of an
exponent is some 1e-16 times that for random rows, and up to a hundred times more where all units are alike
and their rounding errors add up: 4e-10 bits in the worst case found. Beyond it, pairs close enough to count
use direct differences."""

WIDE = 1024
"""Units above which rounding errors that add up lower the limit in proportion."""

FARTHEST = 1e12
"""Reach beyond which inner products do not even tell which pairs are close."""


@final
class Trust:
    """How far inner products of centred rows can be trusted.

    Attributes:
        is_near: They give all exponents.
        is_far: They give none. In between, they tell which pairs are too far apart to count.
        bound: Exponents -|a - b|^2 / (8 v) above this, by inner products, need differences.
    """

    def __init__(self, reach: float, units: int) -> None:
        """`reach` is the largest |row - mean|^2 / noise variance; NaN or infinite if that overflowed."""
        growth = max(1.0, units / WIDE)
        self.is_near = reach <= GRAM_LIMIT / growth
        # Not `reach > FARTHEST`: a reach that overflowed to NaN is far.
        self.is_far = not reach <= FARTHEST
        self.bound = float("inf") if self.is_near else FLOOR - 1.0 - 1e-14 * reach * growth
