"""Schedules that look at what was measured: they skip where the curves stand still."""

import math
from typing import ClassVar, Literal, final

from pydantic import Field, PositiveInt, model_validator

from ibspec.schedules.schedule import Schedule

LONGEST = 2.0**31
"""Epochs; so that a skip that is multiplied for ever stays a number. No training is as long."""


class Adaptive(Schedule):
    """Goes ahead in steps ("skips") that grow while the information hardly moves.

    From a measured epoch the next one is a skip ahead, the last epoch at most. If the distance between the
    two is at most `delta`, the skip is multiplied; otherwise it shrinks. The distance is the largest
    |difference| over layers, over I(X;T) and I(T;Y) and over estimators; an epoch at which a number is
    missing is infinitely far from one at which it is there.

    Attributes:
        delta: Largest distance that does not count as a move: bits, or shares of H where normalised.
        normalised: Whether differences are divided by H(X) and by H(Y) of the probe, so that a move of
            I(T;Y) counts as much as one of I(X;T).
        multiplier: What a quiet step multiplies the skip by, rounded up to whole epochs; 1 keeps it.
        shrink: What a move does to the skip: `halve` it, `reset` it to `first`, or `never` (the printed
            routines, which leave every skip as long as the longest quiet stretch made it).
        first: The first skip.
        longest: No skip is longer.

    Source:
        grabauskas-2019 section 3.3.2 (skipping epochs); claims `skip.*` say what is missing in print:
        absolute values, the last epoch, and what makes a skip smaller.
    """

    is_adaptive: ClassVar[bool] = True
    looks_back: ClassVar[bool] = False
    """Whether epochs between two measured ones may still be measured."""

    delta: float = Field(gt=0, description="Largest distance that does not count as a move.")
    normalised: bool = Field(default=True, description="Whether differences are divided by H(X) and H(Y).")
    multiplier: float = Field(
        default=2.0, ge=1, le=1e6, description="What a quiet step multiplies the skip by."
    )
    shrink: Literal["halve", "reset", "never"] = Field(
        default="halve", description="What a move does to the skip."
    )
    first: PositiveInt = Field(default=1, description="The first skip, in epochs.")
    longest: PositiveInt | None = Field(default=None, description="No skip is longer.")

    @model_validator(mode="after")
    def _first_is_not_too_long(self) -> "Adaptive":
        if self.longest is not None and self.first > self.longest:
            raise ValueError(
                f"`first` must not be longer than `longest`; got first={self.first}, longest={self.longest}"
            )
        return self

    def includes(self, epoch: int) -> bool:
        """Whether the epoch may be measured: all may."""
        return True

    def next_skip(self, skip: int, is_quiet: bool) -> int:
        """Return the skip after a step of `skip` epochs."""
        if is_quiet:
            skip = math.ceil(min(skip * self.multiplier, LONGEST))
        elif self.shrink == "halve":
            skip = max(1, skip // 2)
        elif self.shrink == "reset":
            skip = self.first
        return skip if self.longest is None else min(skip, self.longest)


@final
class DeltaApproximate(Adaptive):
    """Never goes back: cheap in memory, but two neighbouring measured epochs may be further apart than delta.

    They are where the information moves faster than the skip shrinks; a run counts and stores how often.
    """

    kind: Literal["delta-approximate"] = "delta-approximate"


@final
class DeltaExact(Adaptive):
    """Goes back by bisection: neighbouring measured epochs are at most delta apart, or adjacent.

    A stretch whose ends are further apart than `delta` is halved (the middle rounded down) until this holds;
    weights of the epochs in it are kept meanwhile. Nothing is promised about epochs that were not measured,
    unless the curves are monotone; nor is the number of measured epochs the smallest possible.
    """

    looks_back: ClassVar[bool] = True

    kind: Literal["delta-exact"] = "delta-exact"
