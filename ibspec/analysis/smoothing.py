"""Curves over training without their noise, and how large that noise is."""

import math
from dataclasses import dataclass
from typing import final

import numpy as np
from jaxtyping import Float

from ibspec.core.errors import SampleSizeError, ShapeError

POINTS = 9
"""Measured epochs in a mean."""

Curve = Float[np.ndarray, " epochs"]


@final
@dataclass(frozen=True)
class Smoothed:
    """Means of nine neighbouring measurements.

    Attributes:
        values: In the unit of the curve; eight fewer than were measured.
        epochs: The middle one of each nine.
        noise: Standard deviation of one measurement about the trend.
    """

    values: Float[np.ndarray, " windows"]
    epochs: Float[np.ndarray, " windows"]
    noise: float

    @property
    def standard_error(self) -> float:
        """Of the difference of two means that share no measurement: noise sqrt(2/9)."""
        return self.noise * math.sqrt(2 / POINTS)


def smooth(curve: Curve, epochs: Curve) -> Smoothed:
    """Average each nine measurements that follow one another.

    At the ends nothing is cut short: a mean of fewer would be noisier than the others and win their maximum.
    So the first mean belongs to the fifth measured epoch, and what happens before it is told as if it
    happened there.

    Args:
        curve: A number a measured epoch, all finite.
        epochs: Rising, at any distances.

    Raises:
        ShapeError: As many epochs as numbers, rising epochs and finite numbers are wanted.
        SampleSizeError: Fewer than ten measured epochs: there would be one mean and no trend.
    """
    numbers, times = checked(curve, epochs)
    if len(numbers) <= POINTS:
        raise SampleSizeError(
            f"means of {POINTS} need more than {POINTS} measured epochs to show a trend; got {len(numbers)}. "
            "Measure more often (`measure.when`) or train longer (`training.epochs`)."
        )
    windows = np.lib.stride_tricks.sliding_window_view(numbers, POINTS)
    half = POINTS // 2
    return Smoothed(windows.mean(axis=1), times[half:-half], noise_of(numbers))


def noise_of(curve: Curve) -> float:
    """Return the standard deviation of a measurement from first differences: their root mean square / sqrt 2.

    A trend between neighbours counts as noise, so that steep curves measured seldom look noisier than they
    are: what is then called a fall is one. Noise that is alike in neighbours is missed.
    """
    steps = np.diff(np.asarray(curve, dtype=np.float64))
    return float(np.sqrt((steps**2).mean() / 2))


def checked(curve: Curve, epochs: Curve) -> tuple[Curve, Curve]:
    """Return a curve and its epochs as float64 once they fit.

    Raises:
        ShapeError: They do not.
    """
    numbers, times = np.asarray(curve, dtype=np.float64), np.asarray(epochs, dtype=np.float64)
    if numbers.ndim != 1 or numbers.shape != times.shape:
        raise ShapeError(
            f"a curve needs one number an epoch; got shapes {numbers.shape} and {times.shape} (epochs)"
        )
    if not np.isfinite(numbers).all():
        raise ShapeError(
            f"a curve needs finite numbers; {int((~np.isfinite(numbers)).sum())} of {len(numbers)} are not. "
            "Leave out epochs that could not be measured."
        )
    if not (np.diff(times) > 0).all():
        raise ShapeError(f"measured epochs must rise; got {times.tolist()[:8]} and so on")
    return numbers, times
