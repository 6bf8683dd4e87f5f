"""How fast a quantity moves: what is predicted of a step, and what the step does."""

from dataclasses import dataclass
from typing import final


@final
@dataclass(frozen=True)
class Rate:
    """The change of one quantity in one step: loss in nats, information in bits.

    Attributes:
        predicted: By the first derivative at the start of the step.
        second_order: What the second order adds to that.
        realised: The change itself.
        contracting: Of information: the share of pairs of points, by their weight in the bound, that come
            closer at the start of the step. NaN for a loss.
    """

    predicted: float
    second_order: float
    realised: float
    contracting: float
