"""I(X;T) over networks that are trained again and again: the parameters as a random variable, measured."""

import numpy as np
import pytest
import torch

from ibspec.core import Probe
from ibspec.estimators import Binning, Range
from verification.information import ROUNDING
from verification.networks import binary_words

RUNS = 60
RESAMPLED = 60

CELLS = Binning(cells=Range(low=-1, high=1, bins=4))
"""Three cells a unit: with two units there are few enough for 60 runs to fill."""


def train_nets(runs: int, seed: int):
    """Activity of two hidden layers of tanh nets 4-3-2-1 that learn a majority of four bits, run by run."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.from_numpy(2.0 * binary_words(4) - 1.0)
    y = torch.sign(x.sum(dim=1) + x[:, 0] / 2)[:, None]

    def normal(*shape):
        return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()

    first, second, third = normal(runs, 4, 3), normal(runs, 3, 2), normal(runs, 2, 1)

    def layers():
        one = torch.tanh(x @ first)
        two = torch.tanh(one @ second)
        return one, two, torch.tanh(two @ third)

    for _ in range(150):
        loss = ((layers()[-1] - y) ** 2).mean(dim=(1, 2)).sum() / 2
        with torch.no_grad():
            for part, slope in zip(
                (first, second, third), torch.autograd.grad(loss, (first, second, third)), strict=True
            ):
                part -= 0.5 * slope
    return x.numpy(), y[:, 0].numpy().astype(int), [t.detach().numpy() for t in layers()]


def pooled(x, t) -> float:
    """I(X;T) with the run unknown: all runs' activity against the inputs that gave it."""
    return CELLS.estimate(t.reshape(-1, t.shape[-1]), Probe(ids=np.tile(np.arange(len(x)), len(t)))).i_xt


def run_by_run(x, t) -> float:
    """I(X;T|run): the mean over runs of what one net keeps."""
    return float(np.mean([CELLS.estimate(one, Probe(x=x)).i_xt for one in t]))


@pytest.mark.claim(
    "theta.retrain",
    kind="finding",
    expected="supported",
    source="grabauskas-2019 appendix A; grabauskas-2019-proposal, substance and structure",
    says="Over networks trained again from new random starts, I(X;T) of hidden layers cannot be told from "
    "chance although each network keeps bits of X; that of the output can.",
)
def test_networks_trained_again(evidence):
    """60 nets; intervals by resampling whole runs, chance by shuffling the inputs within each run.

    Units change places and signs from run to run, so that only at the output do runs speak one language.
    """
    x, _, layers = train_nets(RUNS, seed=83)
    rng = np.random.default_rng(83)
    rows = []
    for depth, t in enumerate(layers, start=1):
        evidence.case(layer=depth)
        together, single = pooled(x, t), run_by_run(x, t)
        evidence.at_most(together, single, within=ROUNDING, what="I(X;T) <= I(X;T|run)")
        # What the run would add is I(X;run|T), at most the entropy of the run.
        evidence.at_most(single - together, np.log2(RUNS), within=ROUNDING, what="I(X;run|T) <= log2 runs")
        each = np.array([CELLS.estimate(one, Probe(x=x)).i_xt for one in t])
        gaps = []
        for _ in range(RESAMPLED):
            again = rng.integers(0, RUNS, RUNS)
            gaps.append(each[again].mean() - pooled(x, t[again]))
        chance = [pooled(x, np.stack([rng.permutation(one) for one in t])) for _ in range(RESAMPLED)]
        gap = tuple(np.quantile(gaps, [0.025, 0.975]))
        rows.append((together, single, float(np.mean(chance)), *map(float, gap)))
        if depth < len(layers):
            evidence.at_most(together, max(chance), what="hidden layer, against chance")
            evidence.at_most(1.0, gap[0], what="hidden layer: one bit, against the least likely gap")
        else:
            evidence.at_most(
                max(chance) + 0.5, together, what="output: chance and half a bit, against I(X;T)"
            )
    evidence.number(
        **{
            f"layer {depth}: I(X;T), I(X;T|run), chance, 95% interval of their gap": row
            for depth, row in enumerate(rows, start=1)
        }
    )

    def draw(canvas):
        axes = canvas.add_subplot()
        depths = np.arange(1, len(rows) + 1)
        together, single, chance, low, high = np.array(rows).T
        axes.plot(depths, single, "o-", color="#0072B2", label="run known")
        axes.plot(depths, together, "s-", color="#D55E00", label="run unknown")
        axes.fill_between(depths, single - high, single - low, color="#D55E00", alpha=0.2, linewidth=0)
        axes.plot(depths, chance, "^--", color="#595959", label="inputs shuffled")
        axes.set(xlabel="layer", ylabel="I(X;T) in bits", xticks=depths, ylim=(0, 4.1))
        axes.legend(frameon=False)

    evidence.draw(
        draw, "I(X;T) of 60 trained tanh nets 4-3-2-1 on all 16 words, the band from resampled runs."
    )
