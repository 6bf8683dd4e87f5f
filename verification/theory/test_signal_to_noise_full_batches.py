"""Signal and noise where every batch holds all samples."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from ibspec.dynamics import GradientStatistics, gradients_at, gradients_per_sample
from ibspec.training import Demand, Sgd, Task, Training, choose_engine, parameters_by_layer

STEPS = (0, 10, 100, 300, 1000)


def descend(net: nn.Module, x: torch.Tensor, y: torch.Tensor):
    """Yield a net as full-batch descent takes it along, at `STEPS`."""
    training = Training(epochs=STEPS[-1], batch_size="full", optimiser=Sgd(learning_rate=0.3))
    demand = Demand([net], training, torch.device("cpu"))
    engine = choose_engine(demand)[0](demand, Task(x, y, [np.arange(len(x))]))
    for step in STEPS:
        while engine.epoch < step:
            engine.advance()
        yield step, net


def six_samples(seed: int):
    """A tanh net 3-4-3-2, six inputs and classes."""
    generator = torch.Generator().manual_seed(seed)
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2)).double()
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator, dtype=torch.float64))
    x = torch.randn(6, 3, generator=generator, dtype=torch.float64)
    return net, x, torch.tensor([0, 1, 0, 1, 0, 1])


def full_batch_snr(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> GradientStatistics:
    """What the batches of three epochs in full batches come to, weights standing still."""
    every = [np.arange(len(x))] * 3
    return gradients_at(net, x, y, every, "cross-entropy", parameters_by_layer(net))["all"]


def single_snr(net: nn.Module, x: torch.Tensor, y: torch.Tensor) -> GradientStatistics:
    """The same of single samples."""
    rows = np.arange(len(x))
    return gradients_per_sample(net, x, y, rows, "cross-entropy", parameters_by_layer(net))["all"]


@pytest.mark.claim(
    "snr.fgd",
    kind="definition",
    expected="holds",
    source="candidate-8240R-2019 §2.3.4, which has the SNR of full-batch descent unable to change",
    says="In full-batch descent σ = 0, so that the SNR of its gradients is undefined throughout; the SNR of "
    "single samples is defined, and changes.",
)
def test_full_batches(evidence):
    """Flagged and not divided at every step; over training, single samples' SNR moves by over a tenth."""
    curves = {}
    for seed in range(2):
        curve = []
        for step, net in descend(*six_samples(seed)):
            _, x, y = six_samples(seed)
            evidence.case(seed=seed, step=step)
            full = full_batch_snr(net, x, y)
            evidence.equal(full.std_norm, 0.0, within=0.0, what="noise of full batches", unit="gradient")
            assert (full.status, math.isnan(full.snr)) == ("noiseless", True), "nothing is divided by 0"
            assert full.mean_norm > 0, "it is a ratio with 0 below, not 0 / 0, away from a stationary point"
            curve.append(single_snr(net, x, y).snr)
        evidence.differ(
            max(curve), min(curve), by=0.1 * min(curve), what="single samples' SNR", unit="(ratio)"
        )
        curves[f"net {seed}: SNR of single samples after {STEPS} steps"] = tuple(curve)
    evidence.number(**curves)
