"""Dense at first, sparser later: the way most papers measured."""

from typing import Literal, final

from pydantic import Field, PositiveInt, model_validator

from ibspec.core import Frozen, Many
from ibspec.schedules.schedule import Schedule


@final
class Segment(Frozen):
    """A stretch of epochs measured every so many.

    Attributes:
        every: Step from the first epoch of the segment on, which is itself measured.
        until: Last epoch of the segment; None for the last segment, which has no end.
    """

    every: PositiveInt
    until: PositiveInt | None = None


@final
class Segments(Schedule):
    """Segments one after the other; the first begins with epoch 1, each next one behind the `until` before.

    Every 1 until 20, 5 until 100, 20 until 2000, then 100 is what the reference program measures on the
    12-bit task (its epoch e, counted from 0 after one epoch of training, is our e + 1).

    Source:
        Saxe et al. (2018), ICLR, published notebooks.
    """

    kind: Literal["segments"] = "segments"
    segments: Many[Segment] = Field(min_length=1)

    @model_validator(mode="after")
    def _ends_rise(self) -> "Segments":
        ends = [segment.until for segment in self.segments]
        if ends[-1] is not None:
            raise ValueError("the last segment must have no `until`: it lasts to the end of training")
        known = [end for end in ends[:-1] if end is not None]
        if len(known) < len(ends) - 1 or known != sorted(set(known)):
            raise ValueError(f"`until` of all segments but the last must rise; got {ends[:-1]}")
        return self

    def includes(self, epoch: int) -> bool:
        """Whether the epoch is on the grid of its segment."""
        start = 1
        for segment in self.segments:
            if segment.until is None or epoch <= segment.until:
                return (epoch - start) % segment.every == 0
            start = segment.until + 1
        raise AssertionError("the last segment has no end")
