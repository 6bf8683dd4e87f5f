"""Where the plane begins: the input as a layer of its own."""

import numpy as np
import pytest
from hypothesis import given, target

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels
from ibspec.estimators import Binning, Range, Width
from verification.information import ROUNDING
from verification.networks import IntegerNetwork, RealNetwork
from verification.strategies import integer_networks

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""


@pytest.mark.claim(
    "ip.first-node",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §1.1 and Fig. 2.3",
    says="The node before any processing, T0 = X, stands at (H(X), I(X;Y)), to the upper right of all "
    "layers; the first layer stands there only where it loses nothing.",
)
def test_input_is_the_corner(evidence):
    """Both readings of the corner node are measured: the data always, the first layer only if injective."""
    below = []

    def check(network):
        evidence.case(weights=network.weights, biases=network.biases, x=network.x, y=network.y)
        probe = Probe(x=network.x, y=network.y)
        corner, *layers = (EXACT.estimate(t, probe) for t in network.activities())
        worst = evidence.equal(
            (corner.i_xt, corner.i_ty), (probe.h_x, probe.i_xy), within=ROUNDING, what="T0 and (H(X), I(X;Y))"
        )
        for layer in layers:
            evidence.at_most(layer.i_xt, corner.i_xt, within=ROUNDING, what="layers to the left of T0")
            evidence.at_most(layer.i_ty, corner.i_ty, within=ROUNDING, what="layers below T0")
        _, first, *_ = network.activities()
        injective = len(np.unique(first, axis=0)) == len(np.unique(network.x, axis=0))
        # Two of 40 rows that share a value of T1 already cost 2/40 bits.
        at_corner = corner.i_xt - layers[0].i_xt < 1e-9
        assert at_corner == injective, "T1 stands below H(X) where it merges inputs, and only there"
        below.append(not at_corner)
        return worst

    @given(network=integer_networks())
    def search(network):
        target(check(network))

    search()
    check(IntegerNetwork.random((5, 2, 2), samples=40, rng=np.random.default_rng(0)))
    assert any(below), "a first layer must be able to stand elsewhere than the input"
    words = symmetric_inputs()
    halves, published = words[:, 0].astype(np.int64), symmetric_labels().astype(np.int64)
    for y, height, what in ((halves, 1.0, "balanced label"), (published, 0.999157, "published label")):
        node = EXACT.estimate(words, Probe(x=words, y=y))
        evidence.equal(
            (node.i_xt, node.i_ty), (12.0, height), within=1e-6, what=f"12 bits, {what}"
        )  # six places
    probe = Probe(x=words, y=published)
    coarse = Binning(cells=Width(2.0)).estimate(words, probe)
    evidence.differ(coarse.i_xt, probe.h_x, by=1.0, what="broken: cells that merge inputs")
    network = RealNetwork.random((12, 3, 2), "tanh", gain=1.0, rng=np.random.default_rng(0))
    cells = Binning(cells=Range(low=-1, high=1, bins=30))
    layers = [cells.estimate(t, probe) for t in network.activities(words)]
    evidence.differ(layers[0].i_xt, probe.h_x, by=0.5, what="broken: the first layer read as the corner")
    evidence.number(
        **{
            "of the integer networks, first layers away from the corner": f"{sum(below)} of {len(below)}",
            "broken by cells of width 2 on bits: I(X;T0)": coarse.i_xt,
            "broken by reading T1 as the corner, 12-3-2 tanh, 30 bins: I(X;T1), I(T1;Y)": (
                layers[0].i_xt,
                layers[0].i_ty,
            ),
        }
    )

    def draw(canvas):
        axes = canvas.add_subplot()
        nodes = [(probe.h_x, probe.i_xy), *((one.i_xt, one.i_ty) for one in layers)]
        axes.plot(*np.transpose(nodes), "o-", color="#0072B2")
        for (i_xt, i_ty), name in zip(nodes, ("T0 = X", "T1", "T2"), strict=True):
            axes.annotate(name, (i_xt, i_ty), xytext=(-8, -4), textcoords="offset points", ha="right")
        axes.set(xlabel="I(X;T) in bits", ylabel="I(T;Y) in bits", xlim=(0, 12.5), ylim=(0, 1.1))

    evidence.draw(draw, "An untrained 12-3-2 tanh network in 30 bins, with the input as a node of its own.")
