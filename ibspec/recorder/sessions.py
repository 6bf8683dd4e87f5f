"""Sessions of the estimators that must see more than one activity, and where their answers belong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import final

import numpy as np

from ibspec.core import Activity, Estimate, Probe, as_rows, mean_estimate
from ibspec.estimators import Estimator, Session


@final
@dataclass(frozen=True)
class Slot:
    """Where a measurement stands in the table.

    Attributes:
        channel: Which of the layer's channels it is about; None for all of the layer.
        is_mean: Whether it is the mean over the layer's channels.
    """

    epoch: int
    depth: int
    layer: str
    channel: int | None = None
    is_mean: bool = False


Curve = tuple[Slot, Sequence[Activity]]
"""A place in the table, and the parts of a layer whose information stands there."""


Place = tuple[int, str]
"""An epoch and a layer."""

Answer = tuple[int, Estimate]
"""Of the session of one part of a layer, with the part's number."""

Recalled = tuple[Estimator, Slot, Callable[[], Estimate]]
"""An estimator, the slot that it has an answer for, and how to get the answer, or the error there was."""


@final
class Sessions:
    """Hands activities to sessions: one a layer and part of it, or one for everything.

    Args:
        estimators: Of which those count here whose `reach` is more than a snapshot.
        probe: What activities are of.
        generator: Makes a generator from names.
    """

    def __init__(
        self,
        estimators: Sequence[Estimator],
        probe: Probe,
        generator: Callable[..., np.random.Generator],
    ) -> None:
        self._probe, self._generator = probe, generator
        self._open: dict[tuple[str, str | None, int], Session] = {}
        self._slots: dict[str, dict[Place, list[Slot]]] = {}
        self._estimators = [each for each in estimators if each.reach != "snapshot"]

    def add(self, estimator: Estimator, slot: Slot, parts: Sequence[Activity]) -> Estimate:
        """Hand over the parts of a layer, or none of them; the estimate returned is empty.

        Raises:
            ActivityError: A part cannot be measured.
        """
        for part in parts:
            as_rows(part, self._probe.samples)
        for number, part in enumerate(parts):
            self._session(estimator, slot.layer, slot.channel or number).add(part)
        slots = self._slots.setdefault(estimator.label, {}).setdefault((slot.epoch, slot.layer), [])
        if slot not in slots:  # of several nets at one epoch
            slots.append(slot)
        return Estimate()

    def finish(self) -> Iterator[Recalled]:
        """End all sessions, and yield their answers by estimator and, within, as they come."""
        for estimator in self._estimators:
            slots = self._slots.pop(estimator.label, {})
            try:
                answers = self._answers(estimator.label)
            except Exception as error:
                for slot in chain.from_iterable(slots.values()):
                    yield estimator, slot, partial(_raise, error)
                continue
            for place, estimates in answers.items():
                for slot, of_slot in _shared_out(slots[place], estimates, estimator.reach == "net"):
                    yield estimator, slot, partial(joined, of_slot, slot.is_mean)

    def _answers(self, label: str) -> dict[Place, list[Answer]]:
        """Answers by epoch and layer, one a part."""
        keys = [key for key in self._open if key[0] == label]
        sessions = [(key[2], self._open.pop(key)) for key in keys]
        answers: dict[Place, list[Answer]] = {}
        for number, session in sessions:
            for dated in session.finish():
                answers.setdefault((dated.epoch, dated.layer), []).append((number, dated.estimate))
        return answers

    def _session(self, estimator: Estimator, layer: str, part: int) -> Session:
        key = (estimator.label, None, 0) if estimator.reach == "net" else (estimator.label, layer, part)
        if key not in self._open:
            _, name, number = key
            rng = self._generator(estimator.label, name or "", number)
            self._open[key] = estimator.session(name, self._probe, rng=rng)
        return self._open[key]


def _shared_out(
    slots: Sequence[Slot], answers: Sequence[Answer], in_order: bool
) -> Iterator[tuple[Slot, list[Estimate]]]:
    """Yield what belongs to each slot of a layer at an epoch.

    Args:
        slots: One, or one a channel.
        answers: With the number of the session's part.
        in_order: Whether one session had all channels, and answers them in the order in which they came.
    """
    estimates = [estimate for _, estimate in answers]
    if slots[0].channel is None:
        yield slots[0], estimates
        return
    numbers = [slot.channel for slot in slots] if in_order else [number for number, _ in answers]
    found = dict(zip(numbers, estimates, strict=True))
    yield from ((slot, [found[slot.channel]]) for slot in slots if slot.channel in found)


def joined(estimates: Sequence[Estimate], is_mean: bool) -> Estimate:
    """Return the one estimate of a layer: the mean over its parts, or its only one."""
    return mean_estimate(estimates) if is_mean else estimates[0]


def _raise(error: Exception) -> Estimate:
    raise error
