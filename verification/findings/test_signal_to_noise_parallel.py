"""Two readings of the gradients' signal-to-noise ratio: nets side by side, and one net's batches."""

import copy

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from ibspec.dynamics import GradientStatistics, ParallelNets, gradients_at
from ibspec.models import Mlp
from ibspec.training import Demand, Sgd, Task, Training, choose_engine, parameters_by_layer

SEEDS = 10
EPOCHS = (0, 1, 2, 4, 8)
ROWS, BATCH = 512, 64


def readings(seed: int) -> list[tuple[GradientStatistics, GradientStatistics]]:
    """Statistics of parallel nets and of one net, after as many steps, on the same eight batches.

    Tanh nets 8-6-4-2 that learn a majority of five bits out of eight, by plain descent.
    """
    rng = np.random.default_rng(seed)
    x = rng.choice([-1.0, 1.0], (ROWS, 8))
    inputs, y = torch.from_numpy(x), torch.from_numpy((x[:, :5].sum(axis=1) > 0).astype(np.int64))
    rows = rng.permutation(ROWS)
    own = np.split(rows, ROWS // BATCH)
    net = Mlp(hidden=(6, 4), activation="tanh").build((8,), 2, seed=seed).double()
    how = Training(epochs=EPOCHS[-1], batch_size=BATCH, optimiser=Sgd(learning_rate=0.2), seed=seed)
    parallel = ParallelNets(copy.deepcopy(net), net.state_dict(), inputs, y, own, how)
    demand, layers = Demand([net], how, torch.device("cpu")), parameters_by_layer(net)
    engine = choose_engine(demand)[0](demand, Task(inputs, y, [rows]))
    found = []
    for epoch in EPOCHS:
        while engine.epoch < epoch:
            engine.advance()
        parallel.advance_to(epoch * len(own))
        one = gradients_at(net, inputs, y, own, "cross-entropy", layers)["all"]
        found.append((parallel.statistics(layers)["all"], one))
    return found


@pytest.mark.claim(
    "snr.parallel",
    kind="finding",
    expected="supported",
    source="candidate-8240R-2019 §2.3.3, where B nets are trained in parallel, each on a batch of its own",
    says="The SNR of B parallel nets, each for ever on one batch, and that of one net's B batches are two "
    "quantities: equal at the start, and different once training has begun.",
)
def test_parallel_nets(evidence):
    """Ten starts; sign tests of the log ratio over starts, at each measured epoch of a small training."""
    ratios = np.empty((SEEDS, len(EPOCHS)))
    for seed in range(SEEDS):
        evidence.case(seed=seed)
        found = readings(seed)
        (together, one), *_ = found
        evidence.equal(together.snr, one.snr, within=0.0, what="SNR at the start", unit="(ratio)")
        ratios[seed] = [np.log2(nets.snr / one.snr) for nets, one in found]
    for place, epoch in enumerate(EPOCHS[1:], start=1):
        above = int((ratios[:, place] > 0).sum())
        chance = binomtest(above, SEEDS, 0.5).pvalue
        evidence.at_most(chance, 0.05, what=f"sign test after {epoch} epochs", unit="probability")
    evidence.number(
        **{
            f"log2 of the ratio after {epoch} epochs: least, median, most": (
                float(column.min()),
                float(np.median(column)),
                float(column.max()),
            )
            for epoch, column in zip(EPOCHS, ratios.T, strict=True)
        }
    )
    evidence.find("supported")

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.axhline(0.0, color="0.6", linewidth=0.8)
        for curve in ratios:
            axes.plot(EPOCHS, curve, color="#0072B2", alpha=0.6)
        axes.set_xscale("symlog", base=2, linthresh=1)
        axes.set_xticks(EPOCHS, [str(epoch) for epoch in EPOCHS])
        axes.set(xlabel="epoch", ylabel="log2 (SNR of parallel nets / of one net)")

    evidence.draw(
        draw, f"How far two readings of the SNR part, ten tanh nets, 8 batches of {BATCH}, all weights."
    )
