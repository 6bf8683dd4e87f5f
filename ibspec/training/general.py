"""The engine that trains any torch module, one replica after the other."""

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, final

import numpy as np
import torch
from jaxtyping import Int
from torch import nn

from ibspec.core import child_generator, child_seed
from ibspec.training.batch_gradients import Running, layer_of, summed_up, trained_parameters
from ibspec.training.engine import Demand, Engine, EpochReport, Task, order_of_epoch, why_diverged
from ibspec.training.evaluation import logits_of
from ibspec.training.losses import loss_of, right_answers


@final
@dataclass
class _Replica:
    """One net and all that its next step depends on."""

    number: int
    net: nn.Module
    optimiser: torch.optim.Optimizer
    rows: Int[np.ndarray, " rows"]
    order: np.random.Generator
    noise: dict[str, torch.Tensor]
    steps: int = 0
    diverged: str | None = None


@final
class GeneralEngine(Engine):
    """Trains any module by torch's autograd.

    Dropout and other noise draw from torch's own generators; each replica keeps its state of them, so
    that replicas do not disturb one another and the caller's generator stays where it was.
    """

    name: ClassVar[str] = "general"

    @classmethod
    def supports(cls, demand: Demand) -> tuple[bool, str]:
        """Everything is supported."""
        return True, ""

    def __init__(self, demand: Demand, task: Task) -> None:
        self.training, self.device, self.task = demand.training, demand.device, task
        self._epoch = 0
        seed = self.training.seed
        self._replicas = [
            _Replica(
                number,
                net.to(self.device),
                self.training.optimiser.build(net.parameters()),
                task.train[number],
                child_generator(seed, "order", number),
                self._fresh_noise(child_seed(seed, "noise", number)),
            )
            for number, net in enumerate(demand.nets)
        ]

    @property
    def epoch(self) -> int:
        """Epochs done."""
        return self._epoch

    @property
    def live(self) -> tuple[int, ...]:
        """The replicas that have not diverged."""
        return tuple(replica.number for replica in self._replicas if replica.diverged is None)

    def advance(self, *, gradients: bool = False) -> list[EpochReport]:
        """Train every live replica for one more epoch."""
        self._epoch += 1
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices=devices):
            return [self._train(replica, gradients) for replica in self._replicas if replica.diverged is None]

    def weights(self, replica: int) -> dict[str, torch.Tensor]:
        """Return a copy of a replica's weights and buffers."""
        state = self._replicas[replica].net.state_dict()
        return {name: value.detach().clone() for name, value in state.items()}

    def state(self) -> dict[str, Any]:
        """Return all that the next epoch depends on."""
        return {
            "epoch": self._epoch,
            "replicas": [
                {
                    "net": copy.deepcopy(replica.net.state_dict()),
                    "optimiser": copy.deepcopy(replica.optimiser.state_dict()),
                    "order": copy.deepcopy(replica.order.bit_generator.state),
                    "noise": {name: value.clone() for name, value in replica.noise.items()},
                    "steps": replica.steps,
                    "diverged": replica.diverged,
                }
                for replica in self._replicas
            ],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Go back to a state."""
        self._epoch = state["epoch"]
        for replica, saved in zip(self._replicas, state["replicas"], strict=True):
            replica.net.load_state_dict(saved["net"])
            replica.optimiser.load_state_dict(copy.deepcopy(saved["optimiser"]))
            replica.order.bit_generator.state = saved["order"]
            replica.noise = {name: value.clone() for name, value in saved["noise"].items()}
            replica.steps, replica.diverged = saved["steps"], saved["diverged"]

    def _train(self, replica: _Replica, gathers: bool) -> EpochReport:
        self._restore_noise(replica.noise)
        replica.net.train()
        loss_sum = torch.zeros((), dtype=torch.float64, device=self.device)
        right = torch.zeros((), dtype=torch.int64, device=self.device)
        rows = order_of_epoch(self.training, replica.rows, replica.order)
        order = torch.from_numpy(rows).to(self.device)
        size = self.training.rows_per_step(len(rows))
        trained = trained_parameters(replica.net)
        running = Running(list(trained.values())) if gathers else None
        for batch in torch.split(order, size):
            is_full = len(batch) == min(size, len(rows))
            loss, hits = self._step(replica, batch, running if is_full else None, trained)
            loss_sum += loss.double() * len(batch)
            right += hits
        loss_mean = float(loss_sum) / len(rows)
        are_finite = all(bool(torch.isfinite(p).all()) for p in replica.net.parameters())
        replica.diverged = why_diverged(loss_mean, are_finite, self._epoch)
        replica.noise = self._present_noise()
        accuracy = int(right) / len(rows) if self.training.loss == "cross-entropy" else math.nan
        gradients = None
        if running is not None:
            (means,), (spreads,) = running.means().tolist(), running.spreads().tolist()
            layers = [layer_of(name) for name in trained]
            gradients = summed_up(layers, means, spreads, min(size, len(rows)), running.count)
        return EpochReport(replica.number, loss_mean, accuracy, replica.diverged, gradients)

    def _step(
        self,
        replica: _Replica,
        batch: Int[torch.Tensor, " rows"],
        running: Running | None,
        trained: Mapping[str, nn.Parameter],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        x, y = self.task.x[batch], self.task.y[batch]
        optimiser = self.training.optimiser
        if optimiser.decay:
            for group in replica.optimiser.param_groups:
                group["lr"] = optimiser.rate(replica.steps)
        outputs = logits_of(replica.net, x)
        loss = loss_of(self.training.loss, outputs, y)
        replica.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        if running is not None:
            running.add([each.grad for each in trained.values()])
        replica.optimiser.step()
        replica.steps += 1
        return loss.detach(), right_answers(outputs, y)

    def _fresh_noise(self, seed: int) -> dict[str, torch.Tensor]:
        noise = {"cpu": torch.Generator().manual_seed(seed).get_state()}
        if self.device.type == "cuda":
            noise["cuda"] = torch.Generator(self.device).manual_seed(seed).get_state()
        return noise

    def _present_noise(self) -> dict[str, torch.Tensor]:
        noise = {"cpu": torch.get_rng_state()}
        if self.device.type == "cuda":
            noise["cuda"] = torch.cuda.get_rng_state(self.device)
        return noise

    def _restore_noise(self, noise: dict[str, torch.Tensor]) -> None:
        torch.set_rng_state(noise["cpu"])
        if self.device.type == "cuda":
            torch.cuda.set_rng_state(noise["cuda"], self.device)
