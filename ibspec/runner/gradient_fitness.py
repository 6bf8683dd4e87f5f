"""Whether what a spec asks of gradients can be had of its data and its training, and in what room."""

import math
from collections.abc import Mapping

from ibspec.core import SpecError
from ibspec.dynamics.information_rate import MEMORY
from ibspec.models import LayeredNet
from ibspec.runner.memory import Need
from ibspec.spec import ExperimentSpec
from ibspec.training import Sgd


def check_gradients(spec: ExperimentSpec, net: LayeredNet, rows: int) -> None:
    """Refuse gradients that cannot be had.

    Args:
        spec: The experiment.
        net: Its net, laid out.
        rows: Training rows of a replica.

    Raises:
        SpecError: The first thing that stands in the way, with the keys to change.
    """
    asked = spec.measure.gradients
    if asked is None:
        return
    size = spec.training.rows_per_step(rows)
    full = rows // size
    if full < 2 and not asked.per_sample:
        raise SpecError(
            f"measure.gradients: an epoch has {full} full batch of training.batch_size={size} in {rows} "
            "training rows, and one gradient has no deviation: the noise is 0, the ratio undefined. Lower "
            'training.batch_size, or ask for the reading "fixed" with measure.gradients.per_sample true, '
            "which full batches have too"
        )
    for key, wanted in (
        ("batches", asked.batches),
        ("nets", asked.nets if "parallel" in asked.readings else None),
    ):
        if wanted is not None and wanted > full:
            raise SpecError(
                f"measure.gradients.{key}: wanted {wanted}, but an epoch has {full} full "
                f"batch{'' if full == 1 else 'es'} of training.batch_size={size} in {rows} training rows. "
                f"Lower measure.gradients.{key} or training.batch_size"
            )
    _check_loss_rate(spec)
    _check_information_rate(spec, net)


def _check_loss_rate(spec: ExperimentSpec) -> None:
    optimiser = spec.training.optimiser
    if spec.measure.gradients is None or not spec.measure.gradients.loss_rate:
        return
    wrong = None
    if not isinstance(optimiser, Sgd):
        wrong = f'training.optimiser.kind is "{optimiser.kind}"'
    elif optimiser.momentum or optimiser.weight_decay:
        key = "momentum" if optimiser.momentum else "weight_decay"
        wrong = f"training.optimiser.{key} is {getattr(optimiser, key):g}"
    if wrong is not None:
        raise SpecError(
            "measure.gradients.loss_rate: the step that it predicts is plain descent, sgd without momentum "
            f"or weight decay, and {wrong}. Change that, or write loss_rate false"
        )


def _check_information_rate(spec: ExperimentSpec, net: LayeredNet) -> None:
    asked = spec.measure.gradients
    if asked is None or not asked.information_rate:
        return
    has_noise = any(net.noisy_layers(name) for name in net.layer_names)
    if has_noise or any(net.has_codes(name) for name in net.layer_names):
        what = "adds noise to its layers" if has_noise else "rounds its layers to levels"
        raise SpecError(
            "measure.gradients.information_rate: it follows the activity along its derivative, and "
            f"model.kind={spec.model.kind} {what}, so that there is none. Write information_rate false"
        )


AT_ONCE = 3 * 2**26
"""Bytes of the gradients of single rows, and of their differences, that are held together."""


def needs_of_gradients(
    spec: ExperimentSpec, layers: Mapping[str, tuple[int, ...]], weights: int, rows: int, probe_rows: int
) -> list[Need]:
    """Return what gradients take beside training and measuring, from above.

    Args:
        spec: The experiment.
        layers: Shape of each measured layer, without samples.
        weights: Number of weights of one net.
        rows: Training rows of a replica.
        probe_rows: Rows on which layers are measured.
    """
    asked, training = spec.measure.gradients, spec.training
    if asked is None:
        return []
    sizes: dict[str, int] = {}
    if "moving" in asked.readings:
        sizes["readings"] = 2 * 8 * weights * training.replicas  # the running mean, and the distance from it
    if "fixed" in asked.readings:
        sizes["readings"] = sizes.get("readings", 0) + 8 * 8 * weights
    if "parallel" in asked.readings:
        sizes["nets"] = 8 * 4 * weights * asked.nets
    if asked.per_sample:
        sizes["per_sample"] = AT_ONCE
    if asked.loss_rate:
        batches = asked.batches or rows // training.rows_per_step(rows)
        sizes["loss_rate"] = 8 * weights * (batches + 8)
    if asked.information_rate:
        activities = [4 * probe_rows * math.prod(shape) for shape in layers.values()]
        # Activity and derivative at both ends of an epoch, of as many layers as fit; and weights before it.
        held = 4 * max(max(activities), min(sum(activities), MEMORY))
        sizes["information_rate"] = held + 4 * weights * training.replicas
    return [
        Need(f"what is found out about gradients ({key})", f"measure.gradients.{key}", size)
        for key, size in sizes.items()
    ]
