"""Training: a spec's choices, engines that carry them out, and the stream of snapshots."""

from ibspec.training.engine import Demand, Engine, Task
from ibspec.training.evaluation import evaluate, logits_of, weight_norms
from ibspec.training.general import GeneralEngine
from ibspec.training.optimisers import Adadelta, Adam, AnyOptimiser, Sgd
from ibspec.training.snapshot import Snapshot, snapshots
from ibspec.training.training import Training

ENGINES: tuple[type[Engine], ...] = (GeneralEngine,)
"""Engines from the most special to the one that does everything."""

__all__ = [
    "ENGINES",
    "Adadelta",
    "Adam",
    "AnyOptimiser",
    "Demand",
    "Engine",
    "GeneralEngine",
    "Sgd",
    "Snapshot",
    "Task",
    "Training",
    "evaluate",
    "logits_of",
    "snapshots",
    "weight_norms",
]
