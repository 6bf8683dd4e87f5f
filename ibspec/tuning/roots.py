"""The noise variances at which a number takes a wanted value."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import final

import numpy as np
from scipy.optimize import brentq

from ibspec.core import UserError

LOWEST, HIGHEST = 1e-9, 1e9
"""Variances that are looked at; beyond them kernels are 0 or 1 to the last bit for activities of any use."""

PER_DECADE = 4
"""Variances between which a sign may change; the numbers in question rise or fall over whole decades."""

ROUNDING = 1e-9
"""Of the number: nearer to the target it may lie on either side. Kernel sums are good to 1e-12 bits."""

ACCURACY = 1e-12
"""Of the logarithm of a variance."""


class NoRootError(UserError):
    """No noise variance gives the wanted value."""


@final
@dataclass(frozen=True)
class Root:
    """A variance that gives a wanted value.

    Attributes:
        variance: In squared units of what the kernels lie on.
        value: What is found there, in the units of the target.
    """

    variance: float
    value: float


def find_roots(number: Callable[[float], float], target: float, what: str) -> list[Root]:
    """Return all variances from 1e-9 to 1e9 at which a number takes a value, the smallest first.

    Args:
        number: Of a variance; continuous.
        target: The wanted value.
        what: The number, in words, for the error.

    Raises:
        NoRootError: The number is above the target everywhere, or below; says how near it comes.
    """
    decades = np.log10(HIGHEST) - np.log10(LOWEST)
    grid = np.linspace(np.log(LOWEST), np.log(HIGHEST), round(decades * PER_DECADE) + 1)
    excess = [number(float(np.exp(each))) - target for each in grid]
    clear = [(place, each) for place, each in zip(grid, excess, strict=True) if abs(each) > ROUNDING]
    roots: list[Root] = []
    for (left, below), (right, above) in pairwise(clear):
        if below * above < 0:
            place = brentq(lambda each: number(float(np.exp(each))) - target, left, right, xtol=ACCURACY)
            roots.append(Root(float(np.exp(place)), number(float(np.exp(place)))))
    if roots:
        return roots
    nearest = int(np.argmin(np.abs(excess)))
    side = "below" if sum(each for _, each in clear) < 0 else "above"
    gap = f"within {max(abs(excess[nearest]), ROUNDING):.3g}"
    raise NoRootError(
        f"no noise variance gives it: {what} stays {side} {target:.6g} from {LOWEST:g} to {HIGHEST:g}, and "
        f"comes {gap} of it at {np.exp(grid[nearest]):.3g}"
    )
