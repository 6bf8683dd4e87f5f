"""How gradients, loss and information move at given weights: plain functions of a net."""

from ibspec.dynamics.batches import of_one_size
from ibspec.dynamics.fixed import gradients_at
from ibspec.dynamics.information_rate import information_rates
from ibspec.dynamics.loss_rate import loss_rate
from ibspec.dynamics.parallel import ParallelNets
from ibspec.dynamics.per_sample import gradients_per_sample
from ibspec.dynamics.rate import Rate
from ibspec.dynamics.statistics import GradientStatistics

__all__ = [
    "GradientStatistics",
    "ParallelNets",
    "Rate",
    "gradients_at",
    "gradients_per_sample",
    "information_rates",
    "loss_rate",
    "of_one_size",
]
