"""When the training loss kinks."""

from dataclasses import dataclass
from typing import final

import numpy as np

from ibspec.analysis.broken_line import fit_broken_line
from ibspec.analysis.slopes import log_times
from ibspec.analysis.smoothing import Curve, checked
from ibspec.core.errors import ShapeError


@final
@dataclass(frozen=True)
class Kink:
    """A break of a power law.

    Attributes:
        step: When, in the unit of the steps.
        before: Exponent before it: log10 of the curve per log10 of the step.
        after: Exponent after it.
        bic_gain: BIC of one power law minus BIC of two that meet at the break.
        chance: How likely so clear a break is where there is one power law.
        is_accepted: Whether BIC gains more than 10 and the chance is below 1 %.
    """

    step: float
    before: float
    after: float
    bic_gain: float
    chance: float
    is_accepted: bool


def kink(
    loss: Curve, steps: Curve, rng: np.random.Generator, *, falling: bool = False, resamples: int = 999
) -> Kink | None:
    """Find the break of log loss against log step: two straight lines that meet, by least squares.

    Every point counts alike: of a loss known at every step, most lie in the last decade. Choose some that are
    even in log step first (`even_in_log`).

    Args:
        loss: Above zero, in any unit.
        steps: Rising and above zero: steps, or epochs from 1.
        rng: Draws blocks of residuals.
        falling: Look only at breaks behind which the curve falls faster, or rises less.
        resamples: Drawn for the chance.

    Returns:
        The best break, accepted or not; None where there is none to look at (an exact power law).

    Raises:
        ShapeError: A loss or a step is not above zero, or they do not fit.
        SampleSizeError: Fewer than eleven points.

    Source:
        A reading of candidate-8240R-2019 section 2.3.4, item 1, which says "kinked" without saying when.
    """
    numbers, times = checked(loss, steps)
    if (numbers <= 0).any():
        raise ShapeError(f"a power law needs numbers above zero; the least is {float(numbers.min()):g}")
    found = fit_broken_line(
        log_times(times), np.log10(numbers), rng, turn="down" if falling else "any", resamples=resamples
    )
    if found is None:
        return None
    return Kink(
        step=float(10**found.at),
        before=found.before,
        after=found.after,
        bic_gain=found.bic_gain,
        chance=found.chance,
        is_accepted=found.is_accepted,
    )


def even_in_log(steps: Curve, points: int = 200) -> np.ndarray:
    """Return places of steps that lie about evenly on a logarithmic axis, each place once.

    Args:
        steps: Rising and above zero.
        points: Wanted at most.
    """
    logs = log_times(np.asarray(steps, dtype=np.float64))
    wanted = np.linspace(logs[0], logs[-1], points)
    after = np.searchsorted(logs, wanted).clip(1, len(logs) - 1) if len(logs) > 1 else np.zeros(1, dtype=int)
    nearer = np.where(wanted - logs[after - 1] < logs[after] - wanted, after - 1, after)
    return np.unique(nearer)
