"""Nets from the same start, each for ever on a batch of its own."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import nn

from ibspec.core import child_seed
from ibspec.dynamics.batches import of_one_size
from ibspec.dynamics.gradient import batch_gradient
from ibspec.dynamics.in_training import in_training
from ibspec.dynamics.layers import places
from ibspec.dynamics.statistics import Accumulated, GradientStatistics
from ibspec.training import Demand, Task, Training, choose_engine


@final
class ParallelNets:
    """Nets from the same start, net b trained for ever on batch b by the run's optimiser.

    They are replicas whose training rows are their batch, trained with full batches; so the engine that is
    quickest for such nets trains them, all together, and an epoch of the engine is a step.

    As soon as they have moved, their gradients differ in their weights too, not in their batches alone: their
    SNR agrees with that of `gradients_at` at step 0 and at no other (claim `snr.parallel`).

    Args:
        net: Any module; a copy of it is trained.
        start: Its state at step 0.
        x: Inputs, on the net's device.
        y: Classes, or real numbers.
        batches: Rows of each; a short last one is left out (`of_one_size`).
        training: Whose optimiser, loss and seed; its batch size has no part.

    Raises:
        ValueError: No batch has a row.

    Source:
        candidate-8240R-2019 §2.3.3.
    """

    def __init__(
        self,
        net: nn.Module,
        start: Mapping[str, torch.Tensor],
        x: Float[torch.Tensor, "samples ..."],
        y: Shaped[torch.Tensor, " samples"],
        batches: Sequence[Int[np.ndarray, " rows"]],
        training: Training,
    ) -> None:
        self._batches = of_one_size(batches)
        first = copy.deepcopy(net)
        first.load_state_dict(start)
        self._nets = [first, *(copy.deepcopy(first) for _ in self._batches[1:])]
        # Noise inside the nets is not that of the run's replicas.
        alone = {"batch_size": "full", "seed": child_seed(training.seed, "parallel")}
        how = training.model_copy(update=alone)
        self._task, self._loss = Task(x, y, self._batches), training.loss
        demand = Demand(self._nets, how, x.device)
        self._engine = choose_engine(demand)[0](demand, self._task)

    @property
    def steps(self) -> int:
        """Steps that each net has made."""
        return self._engine.epoch

    def advance_to(self, steps: int) -> None:
        """Train every net until it has made so many steps; one that has diverged stays where it is.

        Raises:
            ValueError: They have made more already.
        """
        if steps < self.steps:
            raise ValueError(f"wanted {steps} steps; the nets have made {self.steps} and cannot go back")
        while self.steps < steps and self._engine.live:
            self._engine.advance()

    def statistics(
        self, layers: Mapping[str, Sequence[str]], *, seed: int = 0
    ) -> dict[str, GradientStatistics]:
        """Return signal and noise of the gradients, net b's on batch b at its own weights.

        A net that has diverged makes them `not-finite`.

        Args:
            layers: Names of the parameters of each layer, as `parameters_by_layer` gives them.
            seed: Of noise inside the nets.
        """
        parts, sums = places(self._nets[0], layers), Accumulated(len(self._batches[0]))
        for net, batch in zip(self._nets, self._batches, strict=True):
            with in_training(net, seed):
                gradient = batch_gradient(net, self._task.x, self._task.y, batch, self._loss)
            sums.add(gradient)
        return sums.statistics(parts)

    def state(self) -> dict[str, Any]:
        """Return all that the next step depends on."""
        return self._engine.state()

    def load(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self._engine.load(state)
