"""Where the edges of the bins come from when activity is unbounded and grows."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels
from ibspec.estimators import Binning, Range
from verification.strategies_kernels import spread_rows

WIDTHS = (12, 8, 5, 3, 2)

MEASURED = (0, 1, 2, 4, 8, 15, 30)

EDGES = 31
"""Edges of thirty cells from 0 to the top; what a ReLU gives lies above 0."""


def trained(seed):
    """Activity of the hidden layers at the measured epochs: ReLU, Adam, minibatches of 256 of all words."""
    rng = torch.Generator().manual_seed(seed)
    x = torch.from_numpy(symmetric_inputs()).float()
    y = torch.from_numpy(symmetric_labels()).long()
    shapes = list(pairwise(WIDTHS))
    weights = [torch.randn(shape, generator=rng) * (2 / shape[0]) ** 0.5 for shape in shapes]
    parts = [*weights, *(torch.zeros(units) for _, units in shapes)]
    for part in parts:
        part.requires_grad_()
    adam = torch.optim.Adam(parts, lr=0.01)

    def layers(t):
        for depth in range(len(shapes)):
            t = t @ parts[depth] + parts[len(shapes) + depth]
            t = t if depth == len(shapes) - 1 else t.relu()
            yield t

    found = []
    for epoch in range(MEASURED[-1] + 1):
        if epoch in MEASURED:
            with torch.no_grad():
                found.append([t.numpy() for t in layers(x)][:-1])
        for batch in torch.randperm(len(x), generator=rng).split(256):
            adam.zero_grad()
            *_, output = layers(x[batch])
            torch.nn.functional.cross_entropy(output, y[batch]).backward()
            adam.step()
    return found


def measured(t, top):
    """Bits about the 4096 words with thirty cells from 0 to `top`."""
    cells = Range(low=0.0, high=top, bins=EDGES)
    return Binning(cells=cells).estimate(t, Probe(ids=np.arange(len(t)))).i_xt


def top_of_epoch(path, epoch):
    """The largest activity at one of the measured epochs."""
    return float(max(path[epoch].max(), 1e-6))


def top_of_run(path, epoch):
    """The largest activity at any of them."""
    return float(max(t.max() for t in path))


@pytest.mark.claim(
    "bin.range",
    kind="finding",
    expected="supported",
    source="grabauskas-2019 §1.1; grabauskas-2019-proposal",
    says="For unbounded activations the edges of the bins must be fixed over training: edges from the "
    "current maximum change the trend of I(X;T) by bits, and can turn its sign.",
)
def test_edges_of_each_epoch(evidence):
    """Growth alone moves nothing with edges that grow along; then three ReLU nets on the 12-bit task."""

    @given(rows=spread_rows(least=2), power=st.integers(1, 6))
    def growth_alone(rows, power):
        rows = np.abs(np.round(rows * 64) / 64)
        path = [rows, rows * 2.0**power]
        evidence.case(rows=rows, power=power)
        values = [measured(t, top_of_epoch(path, epoch)) for epoch, t in enumerate(path) if rows.any()]
        evidence.equal(np.diff(values), 0.0, within=0.0, what="growth alone, edges that grow along")

    growth_alone()
    one = np.array([[0.01], [0.02], [1.0]])
    grown = [measured(scale * one, 100.0) for scale in (1, 100)]
    evidence.differ(*grown, by=0.5, what="growth alone, fixed edges")
    drawn, changes = None, []
    for seed in (0, 1, 2):
        paths = list(zip(*trained(seed), strict=True))  # by layer, then epoch
        curves = np.array(
            [
                [[measured(t, top(path, epoch)) for epoch, t in enumerate(path)] for path in paths]
                for top in (top_of_run, top_of_epoch)
            ]
        )
        changes.append(curves[:, :, -1] - curves[:, :, 0])
        drawn = curves if drawn is None else drawn
        evidence.differ(*changes[-1], by=1.0, what="change of I(X;T), fixed and moving edges")
    turned = sum(bool((fixed * moving < 0).any()) for fixed, moving in changes)
    assert turned > 0, (
        "in some run a layer must gain information with one kind of edges and lose it with the other"
    )
    for seed, (fixed, moving) in enumerate(changes):
        evidence.number(
            **{
                f"run {seed}, change of I(X;T) by layer: edges of the run": fixed,
                f"run {seed}: of the epoch": moving,
            }
        )
    evidence.number(**{"runs of three in which the sign turns in some layer": turned})

    def draw(canvas):
        at = range(drawn.shape[2])
        for layer, axes in enumerate(canvas.subplots(1, drawn.shape[1], sharey=True)):
            axes.plot(at, drawn[0, layer], "o-", color="#0072B2", label="edges of the run")
            axes.plot(at, drawn[1, layer], "s-", color="#D55E00", label="edges of each epoch")
            axes.set(title=f"layer {layer + 1}", xlabel="epoch")
            axes.set_xticks(at, [str(epoch) for epoch in MEASURED])
        canvas.axes[0].set_ylabel("I(X;T) in bits")
        canvas.axes[0].legend(frameon=False, loc="lower right")

    evidence.draw(
        draw,
        "Binned I(X;T) in the first of three training runs of a 12-8-5-3-2 ReLU network, with "
        "thirty cells up to the maximum of the run or of each epoch.",
        size=(7.2, 3.2),
    )
