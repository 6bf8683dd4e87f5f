"""Measures one model at one epoch."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import final, get_args

import numpy as np
import pandas as pd
import torch
from torch import nn

from ibspec.activity import Teller, View, capture, is_split, resolve_layers
from ibspec.core import (
    Activity,
    ActivityError,
    Estimate,
    Probe,
    SpecError,
    child_generator,
    share_memory,
)
from ibspec.estimators import Estimator
from ibspec.recorder.pursuit import Pursuit
from ibspec.recorder.sessions import Curve, Sessions, Slot, joined
from ibspec.results import Measurement, estimate_fields, measurement_table
from ibspec.schedules import Adaptive, Every, Schedule


@final
class Recorder:
    """Measure a model's layers on a probe, at the epochs that a schedule picks.

    In a training loop of your own, call `record(epoch)` before training with 0 and after each epoch; it
    measures when the schedule says so and returns the new rows. `measurements` is all of them so far, the
    same table that a run writes. Some estimators answer only when they have seen all of training (their
    `reach` says so): at the end call `finish()` for their rows. With `DeltaExact` it keeps copies of the
    weights of a stretch and puts them into the model for as long as it measures them.

    Args:
        model: Any torch module; it is measured as it stands at each call, dropout off.
        probe: The fixed sample; `probe.x` must be what the model takes, scaled as it was trained. Real
            inputs are rounded to the precision of the model's weights; integers are left as they are.
        layers: Names of submodules, from the input on; all direct children when left out.
        estimators: What to measure with.
        schedule: Which epochs; every one when left out.
        view: How to look at layers with channels; `channels` gives a row for each of them.
        replica: Number of the network in the table.
        seed: Root of the randomness of stochastic estimators.
        last: The last epoch, which is always measured; an adaptive schedule has to know it.

    Attributes:
        seconds_estimating: Of the last epoch recorded; the rest of its time went into the forward passes.

    Raises:
        SpecError: A layer or the view is unknown, there are no estimators, or two have the same label.
    """

    def __init__(
        self,
        model: nn.Module,
        probe: Probe,
        layers: Sequence[str] | None = None,
        estimators: Sequence[Estimator] = (),
        schedule: Schedule | None = None,
        *,
        view: View = "whole",
        replica: int = 0,
        seed: int = 0,
        last: int | None = None,
    ) -> None:
        if isinstance(estimators, Estimator) or not all(isinstance(each, Estimator) for each in estimators):
            raise SpecError(f"a Recorder needs a list of estimators; got {estimators!r}")
        labels = [estimator.label for estimator in estimators]
        if not labels or len(set(labels)) != len(labels):
            raise SpecError(f"a Recorder needs estimators, each with its own parameters; got {labels}")
        if probe.x is None:
            raise SpecError("a Recorder needs a Probe with inputs x to feed the model")
        if view not in get_args(View):
            raise SpecError(f"measure.view: wanted one of {', '.join(get_args(View))}; got {view!r}")
        for reason in filter(None, (estimator.why_not_in(view) for estimator in estimators)):
            raise SpecError(reason)
        self.model, self.probe, self.estimators = model, probe, tuple(estimators)
        self.layers = resolve_layers(model, layers)
        self.schedule: Schedule = Every() if schedule is None else schedule
        self.view, self.replica, self.seed, self.last = view, replica, seed, last
        self._pursuit: Pursuit | None = None
        if isinstance(self.schedule, Adaptive):
            if last is None:
                raise SpecError("an adaptive schedule ends with the last epoch: give the Recorder `last`")
            if all(estimator.reach != "snapshot" for estimator in estimators):
                raise SpecError(
                    "an adaptive schedule goes by what each epoch measures: give the Recorder an estimator "
                    f"that answers before the end; got {labels}"
                )
            self._pursuit = Pursuit(model, self.schedule, probe, last)
        self._rows: list[Measurement] = []
        self._sessions = Sessions(self.estimators, probe, partial(self._generator, "session"))
        self.seconds_estimating = 0.0
        try:
            self._inputs = share_memory(probe.x)
        except TypeError as error:
            raise SpecError(
                f"probe.x: inputs of type {probe.x.dtype} cannot be fed to a model: {error}"
            ) from None

    @property
    def measurements(self) -> pd.DataFrame:
        """The table of everything measured so far."""
        return measurement_table(self._rows)

    def record(self, epoch: int, on_layer: Callable[[str], None] | None = None) -> list[Measurement]:
        """Measure the model as it stands, if this epoch is due; return the new rows.

        Activity that cannot be measured gives a row with status `invalid` and the reason; an estimator
        that breaks gives one with status `failed`. The others go on.

        Args:
            epoch: Epochs of training done.
            on_layer: Called with each layer's name before it is measured.

        Raises:
            SpecError: A layer cannot be captured: the forward pass never reaches it, for instance.
            ShapeError: The model fails on the probe's inputs.
        """
        if self._pursuit is not None:
            return self._pursuit.come_to(epoch, partial(self._look, on_layer=on_layer))
        if not self.schedule.is_due(epoch, self.last):
            return []
        return self._look(epoch, on_layer)

    def _look(self, epoch: int, on_layer: Callable[[str], None] | None) -> list[Measurement]:
        """Measure the model as it stands."""
        rows: list[Measurement] = []
        self.seconds_estimating = 0.0
        inputs = _suited(self._inputs, self.model)
        noise = partial(child_generator, self.seed, "layer-noise", self.replica, epoch)
        teller = Teller(self.model, inputs)
        for depth, (layer, values) in enumerate(capture(self.model, inputs, self.layers, noise=noise)):
            if on_layer is not None:
                on_layer(layer)
            start = time.monotonic()
            curves = self._curves(teller, values, Slot(epoch, depth, layer))
            for estimator in self.estimators:
                rows += self._measure(estimator, curves)
            self.seconds_estimating += time.monotonic() - start
        self._rows += rows
        return rows

    def finish(self) -> list[Measurement]:
        """Return the rows of the estimators that had to see all epochs first; the others have none left."""
        rows: list[Measurement] = []
        for estimator, slot, find in self._sessions.finish():
            rows.append(self._row(estimator, slot, find))
        self._rows += rows
        return rows

    def _curves(self, teller: Teller, values: torch.Tensor, slot: Slot) -> list[Curve]:
        """Return where the layer's numbers stand in the table, and what each is about."""
        parts = teller.parts(values, slot.layer, self.view, slot.epoch)
        if not is_split(values.ndim, self.view):
            return [(slot, parts)]
        if self.view == "channels":
            return [(replace(slot, channel=number), [part]) for number, part in enumerate(parts)]
        return [(replace(slot, is_mean=True), parts)]

    def _measure(self, estimator: Estimator, curves: Sequence[Curve]) -> Iterator[Measurement]:
        if estimator.reach == "snapshot":
            first, _ = curves[0]
            # Channels draw one after the other, so that their mean is what view `mean` finds.
            rng = self._generator("estimator", first.epoch, first.layer, estimator.label)
            for slot, parts in curves:
                yield self._row(estimator, slot, partial(self._estimate, estimator, slot, parts, rng))
            return
        for slot, parts in curves:
            kept = self._row(estimator, slot, partial(self._sessions.add, estimator, slot, parts))
            if kept.status != "ok":
                yield kept

    def _row(self, estimator: Estimator, slot: Slot, find: Callable[[], Estimate]) -> Measurement:
        """Return the row of what is found, or of why nothing is."""
        row = Measurement(
            replica=self.replica,
            epoch=slot.epoch,
            depth=slot.depth,
            layer=slot.layer,
            view=self.view,
            estimator=estimator.label,
            n=self.probe.samples,
            channel=slot.channel,
        )
        try:
            found = find()
            if any(value is not None and math.isnan(value) for value in (found.i_xt, found.i_ty)):
                raise ArithmeticError(f"the estimate is not a number: {found}")
            fields = estimate_fields(found)
        except ActivityError as error:
            return Measurement(**{**vars(row), "status": "invalid", "reason": str(error)})
        except Exception as error:
            # One number lost must not cost the run: the row says what happened.
            return Measurement(
                **{**vars(row), "status": "failed", "reason": f"{type(error).__name__}: {error}"}
            )
        return Measurement(**{**vars(row), **fields})

    def _estimate(
        self, estimator: Estimator, slot: Slot, parts: Sequence[Activity], rng: np.random.Generator
    ) -> Estimate:
        return joined([estimator.estimate(part, self.probe, rng=rng) for part in parts], slot.is_mean)

    def _generator(self, name: str, *what: str | int) -> np.random.Generator:
        return child_generator(self.seed, name, self.replica, *what)


def _suited(inputs: torch.Tensor, model: nn.Module) -> torch.Tensor:
    """Put the inputs on the model's device, real ones in the precision of its weights."""
    weights = next((each for each in model.parameters() if each.is_floating_point()), None)
    if weights is None:
        return inputs
    return inputs.to(weights.device, weights.dtype if inputs.is_floating_point() else None)
