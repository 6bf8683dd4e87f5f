"""Carrying out an experiment: checks first, then training and measuring, everything written as it comes."""

from ibspec.runner.ending import Outcome
from ibspec.runner.planning import Plan, plan
from ibspec.runner.preparation import Prepared, prepare
from ibspec.runner.progress import Moment, Progress
from ibspec.runner.run import run

__all__ = ["Moment", "Outcome", "Plan", "Prepared", "Progress", "plan", "prepare", "run"]
