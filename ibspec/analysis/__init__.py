"""Readings of numbers that were measured: events of training, what chance alone would do, intervals."""

from ibspec.analysis.bootstrap import Interval, bootstrap_mean, bootstrap_median
from ibspec.analysis.bottleneck import BottleneckCurve, bottleneck_curve, merge_inputs
from ibspec.analysis.compression import Compression, compression
from ibspec.analysis.dose_response import dose_response
from ibspec.analysis.equivalence import Equivalence, equivalence
from ibspec.analysis.error_bounds import ErrorBracket, bracket_error, fano, highest_error, lowest_error
from ibspec.analysis.factorial import standardised_coefficients
from ibspec.analysis.fitting import Fitting, end_of_fitting
from ibspec.analysis.groups import Comparison, compare_groups
from ibspec.analysis.holm import holm
from ibspec.analysis.kink import Kink, even_in_log, kink
from ibspec.analysis.no_compression import NoCompression, no_compression
from ibspec.analysis.random_walk import random_walk
from ibspec.analysis.signs import SignTest, sign_test
from ibspec.analysis.simultaneity import Simultaneity, simultaneity
from ibspec.analysis.slopes import log_slope
from ibspec.analysis.smoothing import Smoothed, noise_of, smooth
from ibspec.analysis.snr_drop import SnrDrop, first_crossing, snr_drop
from ibspec.analysis.wandering import (
    Wandering,
    displacement_exponent,
    displacements,
    ljung_box,
    relative_steps,
    wander,
)

__all__ = [
    "BottleneckCurve",
    "Comparison",
    "Compression",
    "Equivalence",
    "ErrorBracket",
    "Fitting",
    "Interval",
    "Kink",
    "NoCompression",
    "SignTest",
    "Simultaneity",
    "Smoothed",
    "SnrDrop",
    "Wandering",
    "bootstrap_mean",
    "bootstrap_median",
    "bottleneck_curve",
    "bracket_error",
    "compare_groups",
    "compression",
    "displacement_exponent",
    "displacements",
    "dose_response",
    "end_of_fitting",
    "equivalence",
    "even_in_log",
    "fano",
    "first_crossing",
    "highest_error",
    "holm",
    "kink",
    "ljung_box",
    "log_slope",
    "lowest_error",
    "merge_inputs",
    "no_compression",
    "noise_of",
    "random_walk",
    "relative_steps",
    "sign_test",
    "simultaneity",
    "smooth",
    "snr_drop",
    "standardised_coefficients",
    "wander",
]
