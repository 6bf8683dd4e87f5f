"""Readings of numbers that were measured: how weights wander, what chance alone would do, intervals."""

from ibspec.analysis.bootstrap import Interval, bootstrap_mean
from ibspec.analysis.random_walk import random_walk
from ibspec.analysis.wandering import (
    Wandering,
    displacement_exponent,
    displacements,
    ljung_box,
    relative_steps,
    wander,
)

__all__ = [
    "Interval",
    "Wandering",
    "bootstrap_mean",
    "displacement_exponent",
    "displacements",
    "ljung_box",
    "random_walk",
    "relative_steps",
    "wander",
]
