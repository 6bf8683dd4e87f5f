"""The engine for fully connected nets that trains all replicas in the same few calls of torch."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, final

import numpy as np
import torch

from ibspec.training.batch_gradients import BatchGradients, Running, summed_up
from ibspec.training.chain import Chain
from ibspec.training.compiled_running import CompiledRunning
from ibspec.training.engine import Demand, Task
from ibspec.training.flat import Fared, FlatEngine
from ibspec.training.stack import Stack

ROOM = 2**21
"""Activities of one step (rows times units) that replicas together may hold: what a CPU's cache takes."""


@final
class StackedEngine(FlatEngine):
    """Trains chains of dense layers, replicas being a batch dimension of every operation.

    Replicas with equally many rows form stacks; one that diverges leaves its stack. How torch multiplies
    matrices may depend on how many there are, so the size of a stack may show in the rounding.
    """

    name: ClassVar[str] = "stacked"

    @classmethod
    def objection(cls, demand: Demand, chain: Chain) -> str | None:
        """Nothing speaks against it."""
        return None

    def __init__(self, demand: Demand, task: Task) -> None:
        super().__init__(demand, task)
        self._stacks = [self._stack(members) for members in self._companies()]

    def _train(self, live: Sequence[int], gathers: bool) -> Mapping[int, Fared]:
        # Who was found to have diverged after the last epoch leaves now.
        self._stacks = [
            stack.without(lost) if (lost := set(stack.members) - set(live)) else stack
            for stack in self._stacks
            if not set(stack.members).isdisjoint(live)
        ]
        fared: dict[int, Fared] = {}
        for stack in self._stacks:
            orders = np.stack([self.draw_order(replica) for replica in stack.members])
            places = torch.from_numpy(orders).to(self.device)
            running = stack.running() if gathers else None
            losses, right = stack.train(self.x, self.task.y, places, running)
            gradients = self._summed_up(running, orders.shape)
            results = zip(losses.tolist(), right.tolist(), gradients, strict=True)
            fared |= {member: Fared(*result) for member, result in zip(stack.members, results, strict=True)}
        return fared

    def _summed_up(
        self, running: Running | CompiledRunning | None, shape: tuple[int, ...]
    ) -> list[BatchGradients | None]:
        """Return the statistics of each replica of a stack, from its orders' (replicas, rows)."""
        replicas, rows = shape
        if running is None:
            return [None] * replicas
        size = min(self.training.rows_per_step(rows), rows)
        return [
            summed_up(self.layer_names, means, spreads, size, running.count)
            for means, spreads in zip(running.means().tolist(), running.spreads().tolist(), strict=True)
        ]

    def _stack(self, members: Sequence[int]) -> Stack:
        return Stack(members, self.flat, self.chain, self.training)

    def _companies(self) -> list[list[int]]:
        """Return which replicas train together: as many rows each, and not too many for the room."""
        by_rows: dict[int, list[int]] = {}
        for replica, rows in enumerate(self.task.train):
            by_rows.setdefault(len(rows), []).append(replica)
        units = self.chain[0].units_in + sum(layer.units for layer in self.chain)
        companies = []
        for count, members in by_rows.items():
            size = max(1, ROOM // (units * max(1, min(count, self.training.rows_per_step(count)))))
            companies += [members[start : start + size] for start in range(0, len(members), size)]
        return companies

    def _memory(self) -> Any:
        return [(list(stack.members), stack.memory()) for stack in self._stacks]

    def _remember(self, memory: Any) -> None:
        # The same stacks as then, since their sizes show in the rounding.
        self._stacks = [self._stack(members) for members, _ in memory]
        for stack, (_, kept) in zip(self._stacks, memory, strict=True):
            stack.remember(kept)
