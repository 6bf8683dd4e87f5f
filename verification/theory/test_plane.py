"""Where the points of an information plane can lie."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Range, Width
from verification.information import ROUNDING
from verification.networks import binary_words
from verification.strategies import integer_networks, real_networks

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""


@pytest.mark.claim(
    "ip.region",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 Fig. 5; grabauskas-2019 Figs. 1.1, 1.2, 2.4",
    says="If Y - X - T is a Markov chain then I(T;Y) ≤ min(I(X;T), I(X;Y)), so with labels that are a "
    "function of X every point of the plane lies below the diagonal and below H(Y).",
)
def test_region(evidence):
    """Exact values and values of cut activity; of the kernel values only the upper edge is promised."""
    exact = Binning(cells=Width(1.0))
    x = binary_words(6)
    points = []

    def check(found, probe, what):
        evidence.at_most(found.i_ty, found.i_xt, within=ROUNDING, what=f"I(T;Y) <= I(X;T), {what}")
        points.append((found.i_xt, found.i_ty))
        return evidence.at_most(found.i_ty, probe.i_xy, within=ROUNDING, what=f"I(T;Y) <= I(X;Y), {what}")

    @given(network=integer_networks(), real=real_networks(activation="tanh"), threshold=st.integers(1, 5))
    def search(network, real, threshold):
        evidence.case(weights=network.weights, x=network.x, y=network.y)
        for t in network.activities():
            probe = Probe(x=network.x, y=network.y)
            check(exact.estimate(t, probe), probe, "exact")
        evidence.case(weights=real.weights, threshold=threshold)
        words = x[:, : real.inputs]
        probe = Probe(x=words, y=(words.sum(axis=1) >= threshold).astype(np.int64))
        excess = []
        for t in real.activities(words):
            found = Binning(cells=Range(low=-1, high=1, bins=8)).estimate(t, probe)
            excess.append(check(found, probe, "cells"))
            kernel = Kde(noise_variance=0.1).estimate(t, probe)
            evidence.at_most(kernel.i_ty, probe.h_y, within=KDE_ROUNDING, what="I(T;Y) <= H(Y), kernel")
        target(max(excess))

    search()
    leaked_x, leaked_y = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    leaked = exact.estimate(leaked_y, Probe(x=leaked_x, y=leaked_y))  # T = Y, independent of X
    left = exact.estimate(leaked_x, Probe(x=leaked_x, y=leaked_y))
    assert leaked.i_ty > left.i_ty + 0.5, "a T that sees the label must be able to leave the region"
    evidence.number(**{"broken by a leaked label: I(X;Y), I(T;Y)": (left.i_ty, leaked.i_ty)})

    def draw(canvas):
        axes = canvas.add_subplot()
        i_xt, i_ty = np.array(points).T
        reach = max(i_xt.max(), 1.0) * 1.05
        top = max(i_ty.max(), 1.0)
        axes.fill([0, top, reach, reach, 0], [0, top, top, 0, 0], color="#f0f0f0", zorder=0)
        axes.plot(
            [0, top, reach], [0, top, top], color="#595959", linewidth=1, label="min(I(X;T), largest H(Y))"
        )
        axes.scatter(i_xt, i_ty, s=9, color="#0072B2", alpha=0.25, linewidths=0, label="layers")
        axes.set(xlabel="I(X;T) in bits", ylabel="I(T;Y) in bits")
        axes.legend(frameon=False, loc="lower right")

    evidence.draw(draw, "Every layer of every network tried, with the region that it has to lie in.")
