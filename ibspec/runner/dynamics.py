"""What is found out about gradients and rates at a measured epoch."""

import math
from collections.abc import Iterator, Mapping
from typing import final

import numpy as np
from jaxtyping import Int

from ibspec.core import child_generator, child_seed, share_memory
from ibspec.dynamics import (
    GradientStatistics,
    Rate,
    gradients_at,
    gradients_per_sample,
    information_rates,
    loss_rate,
)
from ibspec.estimators import Kde
from ibspec.models import LayeredNet
from ibspec.results import GradientRow, RateRow
from ibspec.runner.preparation import Prepared
from ibspec.spec import Gradients, Reading
from ibspec.training import ALL, BatchGradients, Snapshot, Task, parameters_by_layer


@final
class Dynamics:
    """Looks at the gradients of snapshots, on the net of a bench.

    Args:
        prepared: The experiment; it asks for gradients.
        task: What is trained on.
        net: Holds the weights of the snapshot that is looked at, and is left with them.
    """

    def __init__(self, prepared: Prepared, task: Task, net: LayeredNet) -> None:
        assert prepared.spec.measure.gradients is not None
        self._prepared, self._task, self._net = prepared, task, net
        self._asked = prepared.spec.measure.gradients
        self._kdes = [each for each in prepared.spec.measure.estimators if isinstance(each, Kde)]

    def rows(self, snapshot: Snapshot, weight_norms: Mapping[str, float]) -> list[GradientRow]:
        """Return the rows of the readings `fixed` and `moving`, by layer and for all weights."""
        size = {**weight_norms, ALL: math.hypot(*weight_norms.values())}
        place = snapshot.replica, snapshot.epoch
        found: list[GradientRow] = []
        if "fixed" in self._asked.readings:
            single = self._per_sample(*place)
            for layer, statistics in self._fixed(*place).items():
                found.append(
                    gradient_row(
                        self._net, place, layer, "fixed", statistics, size.get(layer), single.get(layer)
                    )
                )
        if snapshot.gradients is not None:
            for layer, statistics in _statistics(snapshot.gradients).items():
                found.append(gradient_row(self._net, place, layer, "moving", statistics, size.get(layer)))
        return found

    def rates(self, snapshot: Snapshot) -> list[RateRow]:
        """Return how fast the loss falls from here, and how the information moved over the epoch before."""
        place = snapshot.replica, snapshot.epoch
        found: list[RateRow] = []
        if self._asked.loss_rate:
            training = self._prepared.spec.training
            steps = snapshot.epoch * steps_of_epoch(self._prepared, snapshot.replica)
            rate = loss_rate(
                self._net,
                self._task.x,
                self._task.y,
                self._batches(*place),
                training.loss,
                training.optimiser.rate(steps),
            )
            found.append(_rate_row(self._net, place, ALL, "loss", "", rate))
        if self._asked.information_rate and snapshot.before is not None:
            found += self._information_rates(snapshot)
        return found

    def _information_rates(self, snapshot: Snapshot) -> Iterator[RateRow]:
        assert snapshot.before is not None
        assert snapshot.weights is not None
        assert self._prepared.probe.x is not None
        inputs = share_memory(self._prepared.probe.x).to(self._prepared.device)
        layers = list(self._prepared.layers)
        for kde in self._kdes:
            rates = information_rates(self._net, snapshot.before, snapshot.weights, inputs, layers, kde)
            for layer in layers:
                for quantity, rate in rates[layer].items():
                    place = snapshot.replica, snapshot.epoch
                    yield _rate_row(self._net, place, layer, quantity, kde.label, rate)

    def _fixed(self, replica: int, epoch: int) -> dict[str, GradientStatistics]:
        return gradients_at(
            self._net,
            self._task.x,
            self._task.y,
            self._batches(replica, epoch),
            self._prepared.spec.training.loss,
            parameters_by_layer(self._net),
            seed=_noise_seed(self._prepared, replica, epoch),
        )

    def _per_sample(self, replica: int, epoch: int) -> dict[str, GradientStatistics]:
        if not self._asked.per_sample:
            return {}
        return gradients_per_sample(
            self._net,
            self._task.x,
            self._task.y,
            np.concatenate(self._batches(replica, epoch)),
            self._prepared.spec.training.loss,
            parameters_by_layer(self._net),
            seed=_noise_seed(self._prepared, replica, epoch),
        )

    def _batches(self, replica: int, epoch: int) -> list[Int[np.ndarray, " rows"]]:
        return batches_at(self._prepared, replica, epoch)[: self._asked.batches]


def describe_gradients(asked: Gradients, found: Mapping[str, int]) -> str:
    """Return a line on what a run found out, from the numbers of rows of both tables."""
    named = [
        name for name, is_on in (("loss", asked.loss_rate), ("information", asked.information_rate)) if is_on
    ]
    rates = f"; {found['rates']} rates of {' and '.join(named)}" if named else ""
    single = ", single rows too" if asked.per_sample else ""
    return f"gradients: {found['statistics']} statistics ({', '.join(asked.readings)}{single}){rates}"


def batches_at(prepared: Prepared, replica: int, epoch: int) -> list[Int[np.ndarray, " rows"]]:
    """Return all full batches that a replica's rows, in an order drawn for this epoch, are cut into.

    They are not those of training's own order: what is looked at must not follow the weights.
    """
    training, rows = prepared.spec.training, prepared.splits[replica].train
    size = training.rows_per_step(len(rows))
    order = child_generator(training.seed, "gradients", replica, epoch).permutation(rows)
    return [order[start : start + size] for start in range(0, len(rows) - size + 1, size)]


def steps_of_epoch(prepared: Prepared, replica: int) -> int:
    """Return the steps that training makes in an epoch, the last on what is left."""
    rows = len(prepared.splits[replica].train)
    return -(-rows // prepared.spec.training.rows_per_step(rows))


def gradient_row(
    net: LayeredNet,
    place: tuple[int, int],
    layer: str,
    reading: Reading,
    found: GradientStatistics,
    weight_norm: float | None = None,
    single: GradientStatistics | None = None,
) -> GradientRow:
    """Return a row of the table.

    Args:
        net: Which has that layer.
        place: Replica and epoch.
        layer: Name, or `ALL`.
        reading: Of these.
        found: Signal and noise.
        weight_norm: Of the layer, if it has one weight norm.
        single: Signal and noise of single rows, if asked for.
    """
    return GradientRow(
        replica=place[0],
        epoch=place[1],
        layer=layer,
        depth=_depth(net, layer),
        reading=reading,
        batch_size=found.batch_size,
        batches=found.batches,
        mean_norm=found.mean_norm,
        std_norm=found.std_norm,
        snr=found.snr,
        status=found.status,
        weight_norm=math.nan if weight_norm is None else weight_norm,
        per_sample_snr=math.nan if single is None else single.snr,
    )


def _rate_row(
    net: LayeredNet, place: tuple[int, int], layer: str, quantity: str, estimator: str, rate: Rate
) -> RateRow:
    return RateRow(
        replica=place[0],
        epoch=place[1],
        layer=layer,
        depth=_depth(net, layer),
        quantity=quantity,
        estimator=estimator,
        predicted=rate.predicted,
        second_order=rate.second_order,
        realised=rate.realised,
        contracting=rate.contracting,
    )


def _depth(net: LayeredNet, layer: str) -> int:
    return -1 if layer == ALL else net.layer_names.index(layer)


def _noise_seed(prepared: Prepared, replica: int, epoch: int) -> int:
    return child_seed(prepared.spec.training.seed, "gradients-noise", replica, epoch)


def _statistics(gathered: BatchGradients) -> dict[str, GradientStatistics]:
    """Return what was gathered along an epoch as what is found at fixed weights."""
    found = {}
    for layer, norms in gathered.norms.items():
        is_finite = math.isfinite(norms.mean) and math.isfinite(norms.std)
        has_noise = norms.std != 0
        found[layer] = GradientStatistics(
            norms.mean,
            norms.std,
            norms.mean / norms.std if is_finite and has_noise else math.nan,
            gathered.batch_size,
            gathered.batches,
            ("ok" if has_noise else "noiseless") if is_finite else "not-finite",
        )
    return found
