"""What the engines for chains of dense layers share: all weights in one matrix, and the bookkeeping."""

import copy
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import nn

from ibspec.core import child_generator
from ibspec.training.batch_gradients import BatchGradients, layer_of
from ibspec.training.chain import Chain, NotAChainError, common_chain
from ibspec.training.engine import Demand, Engine, EpochReport, Task, order_of_epoch, why_diverged
from ibspec.training.optimisers import Adadelta, Adam, Sgd


@final
@dataclass(frozen=True)
class Fared:
    """What one replica's batches came to in one epoch.

    Attributes:
        loss: Mean cross-entropy in nats.
        right: Right answers.
        gradients: Of the batches, where they were asked for.
    """

    loss: float
    right: int
    gradients: BatchGradients | None = None


class FlatEngine(Engine):
    """Trains replicas of one chain of dense layers whose weights are the rows of one matrix.

    The parameters of the nets are views of that matrix, so a net is what its row is at any time.
    """

    def __init__(self, demand: Demand, task: Task) -> None:
        self.training, self.device, self.task = demand.training, demand.device, task
        self.chain = common_chain(demand.nets)
        self.nets = [net.to(self.device) for net in demand.nets]
        self.flat = _take_over(self.nets, self.chain)
        self.layer_names = [layer_of(layer.weight) for layer in self.chain]
        self.x = task.x.flatten(1)
        self._refuse_other_inputs()
        self._orders = [child_generator(self.training.seed, "order", r) for r in range(len(self.nets))]
        self._diverged: list[str | None] = [None] * len(self.nets)
        self._epoch = 0

    @classmethod
    def supports(cls, demand: Demand) -> tuple[bool, str]:
        """Chains of dense layers are supported, where nothing of the engine's own speaks against them."""
        if not isinstance(demand.training.optimiser, Sgd | Adam | Adadelta):
            return False, f"it does not know the optimiser {demand.training.optimiser.kind}"
        if demand.training.loss != "cross-entropy":
            return False, f"it does not know the loss {demand.training.loss}"
        try:
            objection = cls.objection(demand, common_chain(demand.nets))
        except NotAChainError as error:
            return False, f"it trains chains of dense layers, and here {error}"
        return objection is None, objection or ""

    @classmethod
    @abstractmethod
    def objection(cls, demand: Demand, chain: Chain) -> str | None:
        """Say what speaks against training these nets here, or None."""

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self._epoch

    @property
    def live(self) -> tuple[int, ...]:
        """The replicas that have not diverged."""
        return tuple(number for number, reason in enumerate(self._diverged) if reason is None)

    def advance(self, *, gradients: bool = False) -> list[EpochReport]:
        """Train every live replica for one more epoch."""
        self._epoch += 1
        fared = self._train(self.live, gradients)
        is_finite = torch.isfinite(self.flat).all(dim=1).tolist()
        reports = []
        for replica, result in sorted(fared.items()):
            self._diverged[replica] = why_diverged(result.loss, is_finite[replica], self._epoch)
            accuracy = result.right / len(self.task.train[replica])
            why = self._diverged[replica]
            reports.append(EpochReport(replica, result.loss, accuracy, why, result.gradients))
        return reports

    def weights(self, replica: int) -> dict[str, torch.Tensor]:
        """Return a copy of a replica's weights."""
        state = self.nets[replica].state_dict()
        return {name: value.detach().clone() for name, value in state.items()}

    def state(self) -> dict[str, Any]:
        """Return all that the next epoch depends on."""
        return {
            "epoch": self._epoch,
            "weights": self.flat.clone(),
            "orders": [copy.deepcopy(order.bit_generator.state) for order in self._orders],
            "diverged": list(self._diverged),
            "memory": self._memory(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        for order, saved in zip(self._orders, state["orders"], strict=True):
            order.bit_generator.state = saved
        self._epoch = state["epoch"]
        self.flat.copy_(state["weights"])
        self._diverged = list(state["diverged"])
        self._remember(state["memory"])

    def draw_order(self, replica: int) -> Int[np.ndarray, " rows"]:
        """Return a replica's training rows in the order of its next epoch."""
        return order_of_epoch(self.training, self.task.train[replica], self._orders[replica])

    @abstractmethod
    def _train(self, live: Sequence[int], gathers: bool) -> Mapping[int, Fared]:
        """Train these replicas for one more epoch and leave their weights in `flat`.

        Args:
            live: Replicas.
            gathers: Whether the gradients of the batches are asked for.
        """

    @abstractmethod
    def _memory(self) -> Any:
        """Return a copy of what the optimisers remember."""

    @abstractmethod
    def _remember(self, memory: Any) -> None:
        """Go back to what the optimisers remembered; `flat` and `live` are those of that moment already."""

    def _refuse_other_inputs(self) -> None:
        if self.x.shape[1] != self.chain[0].units_in:
            raise ValueError(f"the net takes {self.chain[0].units_in} inputs; the task has {self.x.shape[1]}")
        if self.x.dtype != self.flat.dtype:
            raise ValueError(f"the weights are {self.flat.dtype}, the inputs {self.x.dtype}")


@torch.no_grad()
def _take_over(nets: Sequence[nn.Module], chain: Chain) -> Float[torch.Tensor, "replicas parameters"]:
    """Return all weights, a net a row, weights before biases, layer by layer; the nets become views of it."""
    names = [name for layer in chain for name in (layer.weight, layer.bias)]
    flat = torch.stack(
        [torch.cat([net.get_parameter(name).detach().reshape(-1) for name in names]) for net in nets]
    )
    for row, net in zip(flat, nets, strict=True):
        start = 0
        for name in names:
            parameter = net.get_parameter(name)
            end = start + parameter.numel()
            parameter.data = row[start:end].view(parameter.shape)
            start = end
    return flat
