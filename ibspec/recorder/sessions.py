"""Sessions of the estimators that must see more than one activity, and where their answers belong."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import final

import numpy as np

from ibspec.core import Activity, Estimate, Probe, as_rows, mean_estimate
from ibspec.estimators import Estimator, Session


@final
@dataclass(frozen=True)
class Slot:
    """Where a measurement stands in the table."""

    epoch: int
    depth: int
    layer: str


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
        self._slots: dict[str, dict[tuple[int, str], tuple[Slot, bool]]] = {}
        self._estimators = [each for each in estimators if each.reach != "snapshot"]

    def add(self, estimator: Estimator, parts: Sequence[Activity], is_mean: bool, slot: Slot) -> Estimate:
        """Hand over the parts of a layer, or none of them; the estimate returned is empty.

        Raises:
            ActivityError: A part cannot be measured.
        """
        for part in parts:
            as_rows(part, self._probe.samples)
        for number, part in enumerate(parts):
            self._session(estimator, slot.layer, number).add(part)
        self._slots.setdefault(estimator.label, {})[slot.epoch, slot.layer] = slot, is_mean
        return Estimate()

    def finish(self) -> Iterator[Recalled]:
        """End all sessions, and yield their answers by estimator and, within, as they come."""
        for estimator in self._estimators:
            slots = self._slots.pop(estimator.label, {})
            try:
                answers = self._answers(estimator.label)
            except Exception as error:
                for slot, _ in slots.values():
                    yield estimator, slot, partial(_raise, error)
                continue
            for place, estimates in answers.items():
                slot, is_mean = slots[place]
                yield estimator, slot, partial(joined, estimates, is_mean)

    def _answers(self, label: str) -> dict[tuple[int, str], list[Estimate]]:
        """Answers by epoch and layer, one a part."""
        keys = [key for key in self._open if key[0] == label]
        sessions = [self._open.pop(key) for key in keys]
        answers: dict[tuple[int, str], list[Estimate]] = {}
        for session in sessions:
            for dated in session.finish():
                answers.setdefault((dated.epoch, dated.layer), []).append(dated.estimate)
        return answers

    def _session(self, estimator: Estimator, layer: str, part: int) -> Session:
        key = (estimator.label, None, 0) if estimator.reach == "net" else (estimator.label, layer, part)
        if key not in self._open:
            _, name, number = key
            rng = self._generator(estimator.label, name or "", number)
            self._open[key] = estimator.session(name, self._probe, rng=rng)
        return self._open[key]


def joined(estimates: Sequence[Estimate], is_mean: bool) -> Estimate:
    """Return the one estimate of a layer: the mean over its parts, or its only one."""
    return mean_estimate(estimates) if is_mean else estimates[0]


def _raise(error: Exception) -> Estimate:
    raise error
