"""When the signal in the gradients goes under in their noise."""

from dataclasses import dataclass
from typing import final

import numpy as np

from ibspec.analysis.kink import Kink, kink
from ibspec.analysis.smoothing import Curve, checked


@final
@dataclass(frozen=True)
class SnrDrop:
    """The fall of a signal-to-noise ratio, by two readings.

    Attributes:
        turn: The break behind which the ratio falls faster; None where no break turns down.
        crossing: First measured step at which the ratio is below 1; None where it never is after having been
            1 or more. A ratio that starts below 1 crosses nothing.
    """

    turn: Kink | None
    crossing: float | None


def snr_drop(snr: Curve, steps: Curve, rng: np.random.Generator, *, resamples: int = 999) -> SnrDrop:
    """Find when the signal-to-noise ratio of gradients drops.

    The break with the largest turn downwards of log ratio on log step, measured against its standard error:
    the turn alone is largest at the ends, where few points hold a slope. There is one break: a ratio that
    falls and then levels off turns most where it levels off, which is no drop, so look at the crossing too.

    Args:
        snr: Norm of the mean of gradients over that of their standard deviation; above zero.
        steps: Rising and above zero.
        rng: Draws blocks of residuals.
        resamples: Drawn for the chance.

    Raises:
        ShapeError: A ratio or a step is not above zero, or they do not fit.
        SampleSizeError: Fewer than eleven points.

    Source:
        A reading of candidate-8240R-2019 section 2.3.4, item 2.
    """
    return SnrDrop(kink(snr, steps, rng, falling=True, resamples=resamples), first_crossing(snr, steps))


def first_crossing(snr: Curve, steps: Curve) -> float | None:
    """Return the first step at which a ratio is below 1 after one at which it was not."""
    numbers, times = checked(snr, steps)
    places = np.flatnonzero((numbers[1:] < 1) & (numbers[:-1] >= 1))
    return float(times[1 + places[0]]) if len(places) else None
