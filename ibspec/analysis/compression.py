"""Whether, by how much and from when on information about the input falls in training."""

from dataclasses import dataclass
from typing import Final, final

from ibspec.analysis.smoothing import Curve, smooth

STANDARD_ERRORS: Final = 5.0
"""A change must exceed as many. The maximum is taken over a hundred means and more: at five, even the chance
that any of a thousand independent ones errs is below 0.03 %."""

ROUNDING: Final = 1e-9
"""Bits; changes below this are rounding on curves without noise."""


@final
@dataclass(frozen=True)
class Compression:
    """How far a curve falls from its maximum to its end.

    Attributes:
        bits: Largest smoothed value minus the last one; never negative.
        standard_error: Of that difference, in bits.
        onset: Epoch of the largest smoothed value; None where no fall was detected.
        peak: Largest smoothed value, in bits.
    """

    bits: float
    standard_error: float
    onset: float | None
    peak: float

    @property
    def is_detected(self) -> bool:
        """Whether the fall exceeds five standard errors."""
        return self.onset is not None


def compression(curve: Curve, epochs: Curve) -> Compression:
    """Measure the fall of I(X;T) from its smoothed maximum to its end, in bits.

    Where a curve is level before it falls, the onset is somewhere on the level stretch.

    Args:
        curve: I(X;T) in bits, a number a measured epoch.
        epochs: Measured epochs, rising.

    Raises:
        ShapeError: A curve and epochs that do not fit.
        SampleSizeError: Fewer than ten measured epochs.
    """
    smoothed = smooth(curve, epochs)
    top = int(smoothed.values.argmax())
    fall = float(smoothed.values[top] - smoothed.values[-1])
    detected = exceeds(fall, smoothed.standard_error)
    return Compression(
        bits=fall,
        standard_error=smoothed.standard_error,
        onset=float(smoothed.epochs[top]) if detected else None,
        peak=float(smoothed.values[top]),
    )


def exceeds(change: float, standard_error: float) -> bool:
    """Whether a change is larger than five standard errors and than rounding."""
    return change > max(STANDARD_ERRORS * standard_error, ROUNDING)
