"""Everything that is checked before anything is written."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import final

import numpy as np
import torch

from ibspec.activity import check_view, layer_shapes, part_units, pooled_units, resolve_layers
from ibspec.activity.capture import MEMORY
from ibspec.core import Probe, SpecError, child_generator, child_seed
from ibspec.data import Dataset, Places, Split
from ibspec.estimators import AsIfRandom, Estimator
from ibspec.models import LayeredNet
from ibspec.runner.beside import workers_beside
from ibspec.runner.device import choose_device
from ibspec.runner.gradient_fitness import check_gradients, needs_of_gradients
from ibspec.runner.memory import Need, available_memory, describe_shortage
from ibspec.spec import ExperimentSpec

COPIES_OF_WEIGHTS = 4
"""Weights, gradients and at most two moments of the optimiser."""


@final
@dataclass(frozen=True)
class Prepared:
    """An experiment that can start: data loaded, layers known, memory enough.

    Attributes:
        splits: Training and test rows of each replica.
        layers: Shape of each measured layer, without the sample axis, in the order of the plane.
        weights: Number of weights of one net.
        needs: What the run will take of memory.
        workers: Snapshots measured at once beside training; 0 measures each before training goes on.
    """

    spec: ExperimentSpec
    dataset: Dataset
    splits: tuple[Split, ...]
    probe: Probe
    layers: Mapping[str, tuple[int, ...]]
    device: torch.device
    weights: int
    needs: tuple[Need, ...]
    workers: int

    def build_net(self, replica: int) -> LayeredNet:
        """Return the untrained net of a replica."""
        seed = child_seed(self.spec.training.seed, "init", replica)
        return self.spec.model.build(self.dataset.x.shape[1:], self.dataset.class_count, seed)


def prepare(spec: ExperimentSpec, *, device: str = "auto", data_dir: Path | None = None) -> Prepared:
    """Load the data and check that the experiment fits them and this machine. Writes nothing.

    Raises:
        UserError: What does not fit, with the key to change.
    """
    chosen = choose_device(device)
    dataset = spec.data.load(Places(data_dir))
    seed, training = spec.training.seed, spec.training
    first = dataset.split(child_generator(seed, "split", 0))
    rows = len(first.train)
    if training.batch_size != "full" and training.batch_size > rows:
        raise SpecError(
            f"training.batch_size: {training.batch_size} rows a step, but the training set has {rows}. "
            f'Lower it, or write "full"'
        )
    if rows == 0:
        raise SpecError("data: the training set is empty")
    _check_loss(spec, dataset)
    net = spec.model.lay_out(dataset.x.shape[1:], dataset.class_count)
    names = resolve_layers(net, spec.measure.layers)
    _check_expectations(spec, names)
    with torch.device("meta"):
        shapes = layer_shapes(net, torch.empty(1, *dataset.x.shape[1:]), names)
        everything = layer_shapes(net, torch.empty(1, *dataset.x.shape[1:]), net.layer_names)
    check_view(spec.measure.view, shapes.values())
    _check_estimators(spec, net, shapes)
    check_gradients(spec, net, rows)
    weights = sum(parameter.numel() for parameter in net.parameters())
    probe_rows = choose_probe(spec, dataset)
    measuring = _needs_of_measuring(spec, shapes, len(probe_rows))
    held = _needs_of_looking_back(spec, shapes, len(probe_rows), weights)
    workers = workers_beside(chosen, sum(need.size for need in measuring), torch.get_num_threads())
    gradients = spec.measure.gradients
    if gradients is not None and gradients.passes_through:
        workers = 0  # noise inside nets is torch's own generator's, which all threads share
    needs = _needs_of_training(spec, dataset, weights, everything, rows, len(probe_rows))
    needs += [replace(need, size=need.size * max(1, workers)) for need in measuring]
    needs += held
    needs += needs_of_gradients(spec, shapes, weights, rows, len(probe_rows))
    shortage = describe_shortage(needs, available_memory())
    if shortage is not None:
        raise SpecError(shortage)
    splits = (first, *(dataset.split(child_generator(seed, "split", r)) for r in range(1, training.replicas)))
    ids = None if dataset.ids is None else dataset.ids[probe_rows]
    relevant = None if dataset.relevant_ids is None else dataset.relevant_ids[probe_rows]
    probe = Probe(x=dataset.x[probe_rows], y=dataset.y[probe_rows], ids=ids, relevant=relevant)
    return Prepared(spec, dataset, splits, probe, shapes, chosen, weights, tuple(needs), workers)


def choose_probe(spec: ExperimentSpec, dataset: Dataset) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the rows of the probe, in file order.

    Raises:
        SpecError: The split is not fixed, or has fewer rows than asked for.
    """
    choice = spec.measure.probe
    if choice.split == "all":
        rows = np.arange(len(dataset.x), dtype=np.int64)
    else:
        fixed = dataset.train if choice.split == "train" else dataset.test
        if fixed is None:
            raise SpecError(
                f"measure.probe.split: {dataset.name} has no fixed {choice.split} rows (each replica draws "
                'its own), so a probe of them would differ between replicas. Use "all"'
            )
        rows = np.sort(fixed)
    if choice.size is None or choice.size == len(rows):
        return rows
    if choice.size > len(rows):
        kind = "" if choice.split == "all" else f"{choice.split} "
        raise SpecError(
            f"measure.probe.size: wanted {choice.size} rows, but {dataset.name} has {len(rows)} {kind}rows. "
            "Lower it, or leave it out to take them all"
        )
    rng = child_generator(spec.training.seed, "probe")
    return np.sort(rng.choice(rows, size=choice.size, replace=False))


def _check_loss(spec: ExperimentSpec, dataset: Dataset) -> None:
    """Refuse a loss that the labels cannot have."""
    has_classes = dataset.class_count is not None
    if has_classes != (spec.training.loss == "cross-entropy"):
        wanted = "cross-entropy" if has_classes else "squared-error"
        labels = f"{dataset.class_count} classes" if has_classes else "real numbers"
        raise SpecError(
            f"training.loss: the labels of {dataset.name} are {labels}, which {spec.training.loss} cannot "
            f'train on. Write "{wanted}"'
        )


def _check_estimators(spec: ExperimentSpec, net: LayeredNet, layers: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse an estimator that can measure none of the layers; where it can measure some, rows say so."""
    when = spec.measure.when
    epochs = None if when.is_adaptive else len(when.planned(spec.training.epochs))
    if when.is_adaptive and len(looks_back(spec.measure.estimators)) == len(spec.measure.estimators):
        labels = ", ".join(estimator.label for estimator in spec.measure.estimators)
        raise SpecError(
            f"measure.when: an adaptive schedule goes by what each epoch measures, but {labels} answer only "
            "when training has ended. Add an estimator that answers at once, such as kde, or choose the "
            "epochs beforehand (every, listed, log-spaced, segments)"
        )
    for index, estimator in enumerate(spec.measure.estimators):
        want = estimator.why_too_few(epochs=epochs, replicas=spec.training.replicas)
        if want is not None:
            raise SpecError(f"measure.estimators[{index}]: {estimator.label} {want}")
        reasons = [
            estimator.why_not(
                has_codes=net.has_codes(name) and pooled_units(shape, spec.measure.view) == 1,
                sigma=net.noisy_layers(name).get(name),
            )
            for name, shape in layers.items()
        ]
        if all(reasons):
            raise SpecError(
                f"measure.estimators[{index}]: {estimator.label} can measure none of the layers: {reasons[0]}"
            )


def _check_expectations(spec: ExperimentSpec, layers: Sequence[str]) -> None:
    """Refuse an expectation about what the run will not measure: better now than after hours."""
    labels = [estimator.label for estimator in spec.measure.estimators]
    last, when = spec.training.epochs, spec.measure.when
    due = [0, last] if when.is_adaptive else when.planned(last)
    for index, expectation in enumerate(spec.expect):
        for key, value, known in (
            ("layer", expectation.layer, layers),
            ("estimator", expectation.estimator, labels),
        ):
            if value is not None and value not in known:
                raise SpecError(
                    f"expect[{index}].{key}: the run measures no {key} '{value}'. "
                    f"It measures {', '.join(known)}"
                )
        if expectation.epoch is not None and expectation.epoch not in due:
            raise SpecError(
                f"expect[{index}].epoch: epoch {expectation.epoch} may not be measured: this schedule "
                f"promises no more than epoch 0 and the last one, {last}"
                if when.is_adaptive
                else f"expect[{index}].epoch: epoch {expectation.epoch} is not measured; measure.when and "
                f"training.epochs={last} pick {len(due)} epochs, the last one {due[-1]}"
            )


def _needs_of_training(
    spec: ExperimentSpec,
    dataset: Dataset,
    weights: int,
    everything: Mapping[str, tuple[int, ...]],
    train_rows: int,
    probe_rows: int,
) -> list[Need]:
    """Return what training takes beside the loaded data, roughly and from above."""
    training = spec.training
    batch = training.rows_per_step(train_rows)
    through = sum(math.prod(shape) for shape in everything.values())
    model_key = f"model.{spec.model.size_key}"
    others = training.replicas - 1
    own_rows = 0 if dataset.has_fixed_split else 8 * dataset.samples * training.replicas
    return [
        Need("the weights of one net and its optimiser", model_key, 4 * weights * (COPIES_OF_WEIGHTS + 2)),
        Need(
            "the weights of all further nets",
            "training.replicas",
            4 * weights * COPIES_OF_WEIGHTS * others,
        ),
        Need("the training and test rows of each replica", "training.replicas", own_rows),
        Need("the activities of one training step", "training.batch_size", 12 * batch * through),
        Need("the probe's inputs", "measure.probe.size", 4 * probe_rows * dataset.x[0].size),
    ]


def _needs_of_measuring(
    spec: ExperimentSpec, measured: Mapping[str, tuple[int, ...]], probe_rows: int
) -> list[Need]:
    """Return what measuring one snapshot takes, roughly and from above."""
    measure = spec.measure
    units = {name: math.prod(shape) for name, shape in measured.items()}
    held = max(max(units.values()) * probe_rows * 4, min(sum(units.values()) * probe_rows * 4, MEMORY))
    estimating = max(
        estimator.working_memory(probe_rows, part_units(shape, measure.view))
        for estimator in measure.estimators
        for shape in measured.values()
    )
    return [
        Need("the activities of the probe", "measure.probe.size", held),
        Need("the estimators' working copies", "measure.probe.size", estimating),
    ]


def looks_back(estimators: Sequence[Estimator]) -> list[Estimator]:
    """Return those that must see more than one activity."""
    return [estimator for estimator in estimators if estimator.reach != "snapshot"]


def _needs_of_looking_back(
    spec: ExperimentSpec, measured: Mapping[str, tuple[int, ...]], probe_rows: int, weights: int
) -> list[Need]:
    """Return what is held of all measured epochs at once, from above."""
    measure = spec.measure
    epochs = len(measure.when.planned(spec.training.epochs))
    units = [math.prod(shape) for shape in measured.values()]
    nets = {"replicas": spec.training.replicas}
    held = [
        estimator.held_memory(
            probe_rows,
            sum(units) if estimator.reach in ("net", "steps") else max(units),
            nets.get(estimator.reach, epochs),
        )
        for estimator in looks_back(measure.estimators)
    ]
    windows = [
        estimator.window or 0
        for estimator in measure.estimators
        if isinstance(estimator, AsIfRandom) and estimator.over == "epochs"
    ]
    # The weights of a window, once as they were and once as they might have walked; and lists of both.
    moved = 4 * 4 * weights * min(max(windows, default=0), epochs)
    needs = [Need("the weights of a window of epochs", "measure.estimators", moved)] if windows else []
    if held:
        needs.append(Need("the activities of all measured epochs", "measure.when", sum(held)))
    return needs
