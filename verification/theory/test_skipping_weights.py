"""Weights in place of activities: what is kept of an epoch that may still be measured."""

import numpy as np
import pytest
import torch

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Width
from ibspec.models import Mlp
from ibspec.recorder import Recorder
from ibspec.results import WeightStore
from ibspec.training import Adam, CompiledEngine, Demand, Task, Training

SINGLE = 1e-6
"""Of numbers near 1: some sums of ten terms in single precision, each wrong by up to 2^-24."""

EPOCHS = 6

NETS = 8

COLUMNS = ["i_xt", "i_ty", "h_t"]


def trained(seed: int):
    """A tanh net 6-5-4-2 on all words of six bits, with its probe and the weights after each epoch."""
    rng = np.random.default_rng(seed)
    x = np.array([[word >> bit & 1 for bit in range(6)] for word in range(64)], dtype=np.float32) * 2 - 1
    y = (x @ rng.standard_normal(6) > 0).astype(np.int64)
    training = Training(epochs=EPOCHS, batch_size=16, optimiser=Adam(learning_rate=0.02), seed=seed)
    nets = [Mlp(hidden=(5, 4), activation="tanh").build((6,), 2, seed=seed) for _ in range(2)]
    task = Task(torch.from_numpy(x), torch.from_numpy(y), [np.arange(64)])
    engine = CompiledEngine(Demand(nets[:1], training, torch.device("cpu")), task)
    weights = [engine.weights(0)]
    for _ in range(EPOCHS):
        engine.advance()
        weights.append(engine.weights(0))
    return nets[1], Probe(x=x, y=y), weights


def rows_of(net, probe: Probe, weights, epoch: int):
    """Information of all layers by counting and by kernels, with these weights in the net."""
    net.load_state_dict(weights)
    recorder = Recorder(net, probe, estimators=[Binning(cells=Width(0.1)), Kde(noise_variance=0.01)])
    recorder.record(epoch)
    return recorder.measurements[COLUMNS].to_numpy(dtype=np.float64)


def put_away(store: WeightStore, weights) -> None:
    """Keep the weights of all epochs, in files."""
    for epoch, tensors in enumerate(weights):
        store.put(0, epoch, tensors)
    store.flush()


@pytest.mark.claim(
    "skip.weights-remedy",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 §3.3.2, Delta Skip - Exact; grabauskas-2019-draft-a §0.4.2; "
    "grabauskas-2019-draft-b",
    says="Weights that were put away give the same information when the activities are computed from them "
    "later, and are much smaller than activities.",
)
def test_weights_instead_of_activities(evidence, tmp_path_factory):
    """Bit for bit with the same number type and rows; to single precision with another one."""
    for seed in range(NETS):
        evidence.case(seed=seed)
        net, probe, weights = trained(seed)
        store = WeightStore(tmp_path_factory.mktemp("weights") / "kept", room=0)
        at_once = [rows_of(net, probe, tensors, epoch) for epoch, tensors in enumerate(weights)]
        put_away(store, weights)
        for epoch in reversed(range(EPOCHS + 1)):
            again, before = rows_of(net, probe, store.get(0, epoch), epoch), at_once[epoch]
            missing = np.isnan(before)
            evidence.equal(np.isnan(again), missing, within=0.0, what="numbers there are", unit="")
            evidence.equal(again[~missing], before[~missing], within=0.0, what="information")
        store.remove()
    net, probe, weights = trained(0)
    net.load_state_dict(weights[-1])
    x = torch.from_numpy(np.asarray(probe.x))
    with torch.no_grad():
        single, double = net(x).numpy(), net.double()(x.double()).numpy()
    apart = evidence.equal(single, double, within=SINGLE, what="outputs in another number type", unit="")
    evidence.at_most(2.0**-60, apart, what="without the condition: not bit for bit", unit="")
    numbers = sum(
        tensor.numel() for tensor in Mlp(hidden=(128,), activation="relu").build((784,), 10, 0).parameters()
    )
    evidence.equal(numbers, 101_770, within=0.0, what="weights of 784-128-10", unit="numbers")
    evidence.equal(
        240_000 * 128 / numbers, 302, within=0.5, what="activities / weights, as printed", unit="times"
    )
    evidence.number(**{"70,000 images, 128 nodes: activities / weights": 70_000 * 128 / numbers})
