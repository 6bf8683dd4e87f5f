"""Snapshots whose row of the history is not written yet, as a checkpoint records them."""

from typing import Any

from ibspec.results import pack, unpack
from ibspec.training import BatchGradients, Norms, Snapshot


def recorded(snapshot: Snapshot) -> Any:
    """Return all but the weights of a snapshot, as JSON; numbers that are none keep their names."""
    of = snapshot.gradients
    gradients = None
    if of is not None:
        norms = [[layer, norm.mean, norm.std] for layer, norm in of.norms.items()]
        gradients = [of.batch_size, of.batches, norms]
    packed, _ = pack([snapshot.replica, snapshot.epoch, snapshot.loss, snapshot.accuracy, gradients])
    return packed


def restored(record: Any) -> Snapshot:
    """Return the snapshot of such a record, without weights."""
    replica, epoch, loss, accuracy, found = unpack(record, {})
    gradients = None
    if found is not None:
        batch_size, batches, norms = found
        by_layer = {layer: Norms(mean, std) for layer, mean, std in norms}
        gradients = BatchGradients(batch_size, batches, by_layer)
    return Snapshot(replica, epoch, loss, accuracy, None, gradients=gradients)
