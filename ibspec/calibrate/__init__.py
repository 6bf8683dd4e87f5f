"""How far estimators are off where the truth is known."""

from ibspec.calibrate.calibration import NAME, Calibration, calibrate
from ibspec.calibrate.law import Law
from ibspec.calibrate.laws import LAWS
from ibspec.calibrate.summary import summarise
from ibspec.calibrate.trial import Trial

__all__ = ["LAWS", "NAME", "Calibration", "Law", "Trial", "calibrate", "summarise"]
