"""Which epochs to measure. Epoch 0, before training, and the last epoch always are."""

from typing import Annotated

from pydantic import Field

from ibspec.schedules.every import Every
from ibspec.schedules.listed import Listed
from ibspec.schedules.log_spaced import LogSpaced
from ibspec.schedules.schedule import Schedule
from ibspec.schedules.segments import Segment, Segments

AnySchedule = Annotated[Every | Listed | LogSpaced | Segments, Field(discriminator="kind")]
"""The schedules that a spec can name, told apart by `kind`."""

__all__ = ["AnySchedule", "Every", "Listed", "LogSpaced", "Schedule", "Segment", "Segments"]
