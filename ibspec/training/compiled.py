"""The engine for small fully connected nets on the CPU: a whole epoch of a net is one compiled call."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Float

from ibspec.training import kernels
from ibspec.training.batch_gradients import BatchGradients, summed_up
from ibspec.training.chain import Chain
from ibspec.training.engine import Demand, Task
from ibspec.training.flat import Fared, FlatEngine
from ibspec.training.optimisers import Adadelta, Adam, Sgd

LARGEST = 4096
MOST_INPUTS = 64
"""Parameters and inputs up to which nothing else was found much quicker (benchmarks/test_training.py).

On one thread, stacks of twenty replicas of 4,000 parameters take 0.9 of the time, of four 1.7 times as long,
of one 4 times. Rows of wide inputs take long to be laid out by units: twenty nets with 200 take 0.8 stacked.
"""

_KINDS = {
    "tanh": kernels.TANH,
    "relu": kernels.RELU,
    "leaky-relu": kernels.LEAKY_RELU,
    "sigmoid": kernels.SIGMOID,
    "softsign": kernels.SOFTSIGN,
    "softplus": kernels.SOFTPLUS,
    "linear": kernels.LINEAR,
}

_BLOCKS_PER_THREAD = 4
"""More blocks than threads, so that a thread that was held up does not hold up the others."""


@final
class CompiledEngine(FlatEngine):
    """Trains small chains of dense layers, each replica on its own, over as many threads as torch has.

    No replica's arithmetic depends on another's, nor on the thread that does it: the numbers are the same bit
    for bit with any number of threads and of replicas.
    """

    name: ClassVar[str] = "compiled"

    @classmethod
    def objection(cls, demand: Demand, chain: Chain) -> str | None:
        """Say what speaks against training these nets here, or None."""
        if demand.device.type != "cpu":
            return f"it works on the CPU, not on {demand.device.type}"
        inputs = chain[0].units_in
        if inputs > MOST_INPUTS:
            return f"it is slower than others above {MOST_INPUTS} inputs, and here are {inputs:,}"
        parameters = sum(layer.units * (layer.units_in + 1) for layer in chain)
        if parameters > LARGEST:
            return f"it is slower than others above {LARGEST:,} parameters, and here are {parameters:,}"
        return None

    def __init__(self, demand: Demand, task: Task) -> None:
        super().__init__(demand, task)
        replicas, parameters = self.flat.shape
        real = self.flat.numpy().dtype
        self._weights = self.flat.numpy()
        self._moments = np.zeros((replicas, 2, parameters), real)
        self._steps = np.zeros(replicas, np.int64)
        self._inputs = np.ascontiguousarray(self.x.numpy())
        self._answers = np.ascontiguousarray(task.y.numpy(), dtype=np.int64)
        _refuse_strays("classes", self._answers, self.chain[-1].units)
        for rows in task.train:
            _refuse_strays("rows", rows, min(len(self._inputs), len(self._answers)))
        self._widths = np.array([self.chain[0].units_in, *(layer.units for layer in self.chain)])
        self._kinds = np.array([_KINDS[layer.activation] for layer in self.chain])
        self._leaks = np.array([layer.leak for layer in self.chain], real)
        self._ends = np.cumsum([layer.units * (layer.units_in + 1) for layer in self.chain])
        self._rule_kind, self._rule = _rule(self.training.optimiser)
        self._pool: tuple[int, ThreadPoolExecutor] | None = None

    def _train(self, live: Sequence[int], gathers: bool) -> Mapping[int, Fared]:
        threads = min(torch.get_num_threads(), len(live))
        if threads <= 1:
            return self._train_block(gathers, live)
        blocks = np.array_split(np.array(live), min(len(live), threads * _BLOCKS_PER_THREAD))
        fared: dict[int, Fared] = {}
        work = partial(self._train_block, gathers)
        for block in self._threads(threads).map(work, (b.tolist() for b in blocks)):
            fared |= block
        return fared

    def _train_block(self, gathers: bool, members: Sequence[int]) -> dict[int, Fared]:
        optimiser = self.training.optimiser
        fared = {}
        parameters = self._weights.shape[1] if gathers else 0
        for replica in members:
            order = np.ascontiguousarray(self.draw_order(replica), dtype=np.int64)
            rows_per_step = self.training.rows_per_step(len(order))
            mean, spread = np.zeros(parameters), np.zeros(len(self._ends))
            loss, right = kernels.train_epoch(
                order,
                self._inputs,
                self._answers,
                rows_per_step,
                self._widths,
                self._kinds,
                self._leaks,
                self._rule_kind,
                self._rule,
                optimiser.learning_rate,
                optimiser.decay,
                self._weights[replica],
                self._moments[replica],
                int(self._steps[replica]),
                self._ends,
                mean,
                spread,
            )
            self._steps[replica] += math.ceil(len(order) / rows_per_step)
            gradients = self._gradients(mean, spread, len(order)) if gathers else None
            fared[replica] = Fared(loss, right, gradients)
        return fared

    def _gradients(
        self, mean: Float[np.ndarray, " parameters"], spread: Float[np.ndarray, " layers"], rows: int
    ) -> BatchGradients:
        size = min(self.training.rows_per_step(rows), rows)
        squares = np.add.reduceat(np.square(mean), [0, *self._ends[:-1]])
        return summed_up(self.layer_names, squares.tolist(), spread.tolist(), size, rows // size)

    def _threads(self, count: int) -> ThreadPoolExecutor:
        """Return threads that stay between epochs; they end with the engine."""
        if self._pool is None or self._pool[0] != count:
            self._pool = count, ThreadPoolExecutor(count, thread_name_prefix="ibspec-training")
        return self._pool[1]

    def _memory(self) -> Any:
        return {"moments": self._moments.copy(), "steps": self._steps.copy()}

    def _remember(self, memory: Any) -> None:
        self._moments[:], self._steps[:] = memory["moments"], memory["steps"]


def _refuse_strays(what: str, numbers: np.ndarray[Any, np.dtype[np.int64]], end: int) -> None:
    """Refuse numbers outside 0..end-1: compiled code does not look where it reads and writes."""
    if len(numbers) and not 0 <= numbers.min() <= numbers.max() < end:
        raise ValueError(f"{what} from {numbers.min()} to {numbers.max()}, of {end}")


def _rule(optimiser: Sgd | Adam | Adadelta) -> tuple[int, np.ndarray[Any, np.dtype[np.float64]]]:
    """Return an optimiser as `kernels.step` takes it: its number, and weight decay with its constants."""
    constants: tuple[float, ...]
    if isinstance(optimiser, Sgd):
        kind, constants = kernels.SGD, (optimiser.momentum, optimiser.nesterov)
    elif isinstance(optimiser, Adam):
        kind, constants = kernels.ADAM, (optimiser.beta1, optimiser.beta2, optimiser.eps)
    else:
        kind, constants = kernels.ADADELTA, (optimiser.rho, optimiser.eps)
    return kind, np.array([optimiser.weight_decay, *constants])
