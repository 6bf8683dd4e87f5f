"""Following an adaptive schedule in somebody's own training loop."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import final

import torch
from torch import nn

from ibspec.core import Probe
from ibspec.results import Measurement
from ibspec.schedules import Adaptive, Walk, information_of, scale_of

Weights = dict[str, torch.Tensor]


@final
class Pursuit:
    """Measures what the schedule asks for, and keeps the weights that it may still ask for.

    Args:
        model: The net in training.
        schedule: How to step.
        probe: Of the measurements.
        last: The last epoch.

    Raises:
        SpecError: Distances are to be shares of an entropy that is 0.
    """

    def __init__(self, model: nn.Module, schedule: Adaptive, probe: Probe, last: int) -> None:
        self._model, self._schedule = model, schedule
        self._walk, self._scale = Walk(schedule, last), scale_of(schedule, probe)
        self._kept: dict[int, Weights] = {}

    def come_to(self, epoch: int, look: Callable[[int], list[Measurement]]) -> list[Measurement]:
        """Return the rows of all that is measured now that training has come to an epoch.

        Args:
            epoch: Epochs of training done.
            look: Measures the model as it stands, for an epoch.
        """
        walk, rows = self._walk, list[Measurement]()
        if epoch in walk.wanted:
            rows += self._answer(epoch, look)
        elif self._schedule.looks_back and epoch >= walk.open_from:
            self._kept[epoch] = _copy(self._model)
        while behind := [each for each in walk.wanted if each in self._kept]:
            for each in behind:
                with self._put_back(self._kept.pop(each)):
                    rows += self._answer(each, look)
        self._kept = {each: weights for each, weights in self._kept.items() if each >= walk.open_from}
        return rows

    def _answer(self, epoch: int, look: Callable[[int], list[Measurement]]) -> list[Measurement]:
        rows = look(epoch)
        self._walk.take(epoch, information_of(rows, self._scale))
        return rows

    @contextmanager
    def _put_back(self, weights: Weights) -> Iterator[None]:
        """Let the model have other weights meanwhile."""
        own = _copy(self._model)
        try:
            self._model.load_state_dict(weights)
            yield
        finally:
            self._model.load_state_dict(own)


def _copy(model: nn.Module) -> Weights:
    return {name: value.detach().clone() for name, value in model.state_dict().items()}
