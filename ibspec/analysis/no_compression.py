"""Showing that a layer does not compress, which a layer at its cap cannot show."""

from dataclasses import dataclass
from typing import Final, Literal, final

import numpy as np
from jaxtyping import Float

from ibspec.analysis.compression import compression
from ibspec.analysis.equivalence import Equivalence, equivalence
from ibspec.analysis.smoothing import Curve

MARGIN: Final = 0.1
"""Bits; a smaller fall is none."""

SATURATED: Final = 0.01
"""Bits below the largest value possible: a curve nearer to it shows the cap and not the layer."""

SEEDS: Final = 10
"""For a statement about absence."""


@final
@dataclass(frozen=True)
class NoCompression:
    """What can be said about the absence of compression in a layer.

    Attributes:
        status: `shown`; `not shown`, which is not "compresses"; or `cannot be shown`.
        reason: Why it cannot, or empty.
        fall: From maximum to end, mean over seeds and limits in bits; None where it cannot be tested.
    """

    status: Literal["shown", "not shown", "cannot be shown"]
    reason: str
    fall: Equivalence | None


def no_compression(
    curves: Float[np.ndarray, "seeds epochs"], epochs: Curve, *, cap: float, margin: float = MARGIN
) -> NoCompression:
    """Test whether I(X;T) falls by less than a margin from its smoothed maximum to its end.

    A maximum of noise lies above its mean: on noisy curves the fall is overestimated, and absence is shown
    more rarely.

    Args:
        curves: I(X;T) in bits, a row a seed.
        epochs: Measured epochs, rising.
        cap: Largest value possible in bits, log2 N of the probe.
        margin: Bits.

    Raises:
        ShapeError: Curves and epochs that do not fit.
        SampleSizeError: Fewer than ten measured epochs.
    """
    table = np.asarray(curves, dtype=np.float64)
    found = [compression(curve, epochs) for curve in table]
    # What ends at the cap may have fallen above it, where nothing is seen.
    free = [one.bits for one in found if one.peak - one.bits < cap - SATURATED]
    if len(free) < SEEDS:
        reason = f"{SEEDS} seeds are needed; got {len(found)}"
        if len(free) < len(found):
            reason += (
                f", of which {len(found) - len(free)} end within {SATURATED:g} bit of the cap, {cap:.4g} bits"
            )
        return NoCompression("cannot be shown", reason, None)
    fall = equivalence(np.array(free), margin)
    # The fall is never negative, so that only the upper limit can fail.
    return NoCompression("shown" if fall.high < margin else "not shown", "", fall)
