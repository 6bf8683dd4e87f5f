"""Measuring what must have seen all of training: weights of the measured epochs are put back into a net."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ibspec.recorder import Recorder
from ibspec.results import Measurement, WeightStore
from ibspec.runner.preparation import Prepared, looks_back
from ibspec.schedules import Every


def look_back(
    prepared: Prepared, kept: WeightStore, replica: int, on_layers: Callable[[Sequence[str]], None]
) -> Iterator[Measurement]:
    """Yield the rows of the estimators that look at more than one activity, for one replica.

    Layers are looked at one after the other where an estimator lets them, so that the activities of one
    layer only, if of all measured epochs, are held at once.

    Args:
        prepared: The experiment.
        kept: Weights of the measured epochs.
        replica: Which net.
        on_layers: Told which layers are looked at next.
    """
    measure, training = prepared.spec.measure, prepared.spec.training
    depths = {layer: depth for depth, layer in enumerate(prepared.layers)}
    net = prepared.build_net(0).to(prepared.device)
    remembering = looks_back(measure.estimators)
    of_net = [each for each in remembering if each.reach == "net"]
    of_layer = [each for each in remembering if each.reach == "layer"]
    rounds = [([layer], of_layer) for layer in depths if of_layer]
    rounds += [(list(depths), of_net)] if of_net else []
    for layers, estimators in rounds:
        on_layers(layers)
        recorder = Recorder(
            net,
            prepared.probe,
            layers,
            estimators,
            Every(),
            view=measure.view,
            replica=replica,
            seed=training.seed,
        )
        rows: list[Measurement] = []
        for epoch in kept.epochs(replica):
            net.load_state_dict(kept.get(replica, epoch))
            rows += recorder.record(epoch)  # what could not be measured
        rows += recorder.finish()
        yield from (replace(row, depth=depths[row.layer]) for row in rows)
