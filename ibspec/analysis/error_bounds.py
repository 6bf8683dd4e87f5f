"""What information about the label says about how often the label is guessed wrong."""

import math
from dataclasses import dataclass
from typing import final

from scipy.optimize import brentq

ROUNDING = 1e-9
"""Bits by which a conditional entropy may pass its ends; those of some thousand samples are off by less."""


@final
@dataclass(frozen=True)
class ErrorBracket:
    """Where the error of the best guess of Y from T lies, as a probability.

    Information does not fix the error: laws with the same I(T;Y) reach from one end to the other.

    Attributes:
        lowest: No guess from T is wrong less often.
        highest: The best guess from T is wrong no more often; a net may be worse than the best guess.
    """

    lowest: float
    highest: float


def bracket_error(i_ty: float, h_y: float, classes: int) -> ErrorBracket:
    """Return the lowest and the highest error of the best guess of Y from T, given I(T;Y) in bits.

    Args:
        i_ty: The information, not an estimate outside 0 <= I(T;Y) <= H(Y): that belongs to no law.
        h_y: H(Y) in bits.
        classes: How many values Y takes, at least one.

    Raises:
        ValueError: No law has this information and this entropy.
    """
    if not -ROUNDING <= i_ty <= h_y + ROUNDING:
        raise ValueError(f"wanted I(T;Y) between 0 and H(Y) = {h_y:.6g} bits; got {i_ty:.6g}")
    remaining = h_y - i_ty
    return ErrorBracket(lowest_error(remaining, classes), highest_error(remaining, classes))


def lowest_error(h_y_given_t: float, classes: int) -> float:
    """Return the smallest error that H(Y|T) bits allow.

    Raises:
        ValueError: The entropy is not between 0 and log2 of the classes.

    Source:
        Fano's inequality, Cover & Thomas (2006), eq. 2.140: h2(P) + P log2(|Y| - 1) >= H(Y|T).
    """
    entropy = _checked(h_y_given_t, classes)
    most = 1 - 1 / classes  # the left side grows up to here, where it is log2 |Y|
    if entropy >= math.log2(classes):
        return most
    if entropy == 0:
        return 0.0
    return float(brentq(lambda error: fano(error, classes) - entropy, 0.0, most, xtol=1e-15))


def highest_error(h_y_given_t: float, classes: int) -> float:
    """Return the largest error that the best guess can have at H(Y|T) bits.

    With many classes half the entropy passes what guessing without T attains; then that is returned.

    Raises:
        ValueError: The entropy is not between 0 and log2 of the classes.

    Source:
        Hellman & Raviv (1970), IEEE Trans. Inf. Theory 16, eq. 7: P <= H(Y|T) / 2, in bits.
    """
    return min(_checked(h_y_given_t, classes) / 2, 1 - 1 / classes)


def fano(error: float, classes: int) -> float:
    """Return h2(P) + P log2(|Y| - 1): the most that H(Y|T) can be at error P, in bits."""
    spread = error * math.log2(classes - 1) if classes > 2 else 0.0
    return spread - sum(p * math.log2(p) for p in (error, 1 - error) if p > 0)


def _checked(entropy: float, classes: int) -> float:
    """Return an entropy with the rounding at its ends taken off."""
    most = math.log2(classes)
    if not -ROUNDING <= entropy <= most + ROUNDING:
        raise ValueError(f"wanted H(Y|T) between 0 and log2({classes}) = {most:.6g} bits; got {entropy:.6g}")
    return min(max(entropy, 0.0), most)
