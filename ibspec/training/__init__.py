"""Training: a spec's choices, engines that carry them out, and the stream of snapshots."""

from ibspec.training.batch_gradients import ALL, BatchGradients, Norms, parameters_by_layer
from ibspec.training.choice import ENGINES, choose_engine
from ibspec.training.compiled import CompiledEngine
from ibspec.training.engine import Demand, Engine, Task
from ibspec.training.evaluation import evaluate, logits_of, weight_norms
from ibspec.training.general import GeneralEngine
from ibspec.training.one_step import one_step_away
from ibspec.training.optimisers import Adadelta, Adam, AnyOptimiser, Sgd
from ibspec.training.snapshot import Snapshot, epochs_of, snapshots
from ibspec.training.stacked import StackedEngine
from ibspec.training.training import Training

__all__ = [
    "ALL",
    "ENGINES",
    "Adadelta",
    "Adam",
    "AnyOptimiser",
    "BatchGradients",
    "CompiledEngine",
    "Demand",
    "Engine",
    "GeneralEngine",
    "Norms",
    "Sgd",
    "Snapshot",
    "StackedEngine",
    "Task",
    "Training",
    "choose_engine",
    "epochs_of",
    "evaluate",
    "logits_of",
    "one_step_away",
    "parameters_by_layer",
    "snapshots",
    "weight_norms",
]
