"""The reading `parallel`: nets from a replica's first weights, each trained for ever on its own batch."""

from collections.abc import Iterator, Sequence

from ibspec.core import child_seed
from ibspec.dynamics import ParallelNets
from ibspec.results import GradientRow
from ibspec.runner.dynamics import batches_at, gradient_row, steps_of_epoch
from ibspec.runner.preparation import Prepared
from ibspec.training import Task, parameters_by_layer


def parallel_rows(
    prepared: Prepared, task: Task, replica: int, epochs: Sequence[int]
) -> Iterator[GradientRow]:
    """Yield the rows of one replica, as many steps after its start as it had made at each epoch.

    It starts anew from the first weights, so that a run that was killed in here finds the same again. The
    batches are the first ones of the reading `fixed` at epoch 0.

    Args:
        prepared: The experiment; it asks for this reading.
        task: What is trained on.
        replica: Whose first weights and training rows.
        epochs: At which to look, rising.
    """
    asked, training = prepared.spec.measure.gradients, prepared.spec.training
    assert asked is not None
    net = prepared.build_net(replica).to(prepared.device)
    layers = parameters_by_layer(net)
    batches = batches_at(prepared, replica, 0)[: asked.nets]
    nets = ParallelNets(net, net.state_dict(), task.x, task.y, batches, training)
    for epoch in epochs:
        nets.advance_to(epoch * steps_of_epoch(prepared, replica))
        seed = child_seed(training.seed, "parallel-noise", replica, epoch)
        for layer, found in nets.statistics(layers, seed=seed).items():
            yield gradient_row(net, (replica, epoch), layer, "parallel", found)
