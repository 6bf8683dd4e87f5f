"""Which epochs to measure. Epoch 0, before training, and the last epoch always are."""

from typing import Annotated

from pydantic import Field

from ibspec.schedules.adaptive import Adaptive, DeltaApproximate, DeltaExact
from ibspec.schedules.between import interpolate
from ibspec.schedules.distance import Information, distance
from ibspec.schedules.every import Every
from ibspec.schedules.information import Scale, information_of, scale_of
from ibspec.schedules.listed import Listed
from ibspec.schedules.log_spaced import LogSpaced
from ibspec.schedules.schedule import Schedule
from ibspec.schedules.segments import Segment, Segments
from ibspec.schedules.walk import Walk

AnySchedule = Annotated[
    Every | Listed | LogSpaced | Segments | DeltaApproximate | DeltaExact, Field(discriminator="kind")
]
"""The schedules that a spec can name, told apart by `kind`."""

__all__ = [
    "Adaptive",
    "AnySchedule",
    "DeltaApproximate",
    "DeltaExact",
    "Every",
    "Information",
    "Listed",
    "LogSpaced",
    "Scale",
    "Schedule",
    "Segment",
    "Segments",
    "Walk",
    "distance",
    "information_of",
    "interpolate",
    "scale_of",
]
