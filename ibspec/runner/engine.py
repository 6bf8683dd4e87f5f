"""What a run trains, and the engine that trains it."""

import torch

from ibspec.runner.log import Log
from ibspec.runner.preparation import Prepared
from ibspec.training import Demand, Engine, Task, choose_engine


def task_of(prepared: Prepared) -> Task:
    """Return what is to be learned, on the device of the run."""
    return Task(
        torch.from_numpy(prepared.dataset.x).to(prepared.device),
        torch.from_numpy(prepared.dataset.y).to(prepared.device),
        [split.train for split in prepared.splits],
    )


def engine_of(prepared: Prepared, task: Task, log: Log) -> Engine:
    """Return the first engine that serves, at epoch 0; the log says why those before it do not."""
    nets = [prepared.build_net(replica) for replica in range(prepared.spec.training.replicas)]
    demand = Demand(nets, prepared.spec.training, prepared.device)
    engine, refusals = choose_engine(demand)
    for refusal in refusals:
        log.line(refusal)
    return engine(demand, task)
