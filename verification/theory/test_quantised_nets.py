"""Nets whose activity is quantised, measured by their own codes."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.activity import Teller, capture
from ibspec.core import Probe
from ibspec.estimators import Exact
from ibspec.models import Mlp, Quantised
from verification.information import ROUNDING


def activities(net, x):
    """The hidden layers' activity, codes and all, from the first on."""
    teller = Teller(net, x)
    told = [
        teller.parts(values, layer, "whole", 0)[0] for layer, values in capture(net, x, net.measurable_layers)
    ]
    return [activity for activity in told if activity.codes is not None]


@st.composite
def nets(draw):
    """A net of one to three quantised layers with weights of any size, inputs that repeat, and labels."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    hidden = tuple(draw(st.lists(st.integers(1, 4), min_size=1, max_size=3)))
    activation = draw(st.sampled_from(["tanh", "relu", "sigmoid"]))
    levels, width = draw(st.sampled_from([2, 3, 16, 256])), draw(st.integers(1, 3))
    net = Quantised(net=Mlp(hidden=hidden, activation=activation), levels=levels).build((width,), 2, 0)
    gain = draw(st.sampled_from([0.3, 1.0, 3.0, 30.0]))
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.copy_(torch.from_numpy(gain * rng.normal(size=parameter.shape)))
    rows = draw(st.integers(1, 30))
    x = rng.integers(-2, 3, (rows, width)).astype(np.float32)
    return net, x, rng.integers(0, 2, rows)


def counted(net, x, y):
    """I(X;T) and I(T;Y) of each layer by the software under test."""
    probe = Probe(x=x, y=y)
    found = [Exact().estimate(activity, probe) for activity in activities(net, torch.from_numpy(x))]
    return [each.i_xt for each in found], [each.i_ty for each in found]


@pytest.mark.claim(
    "exact.processing",
    kind="theorem",
    expected="holds",
    source="Lorenzen, Igel & Nielsen (2022), ICLR, arXiv:2106.12912, section 3; grabauskas-2019 eq. 2.7",
    says="Along the layers of a quantised net, measured by its codes, neither I(X;T) nor I(T;Y) rises, "
    "I(X;T) ≤ H(X) ≤ log2 N, and 0 ≤ I(T;Y) ≤ min(H(Y), I(X;T)).",
)
def test_codes_along_the_layers(evidence):
    """Labels are drawn for each row, so that equal inputs may carry different ones."""

    @given(nets())
    def search(case):
        net, x, y = case
        evidence.case(x=x, y=y)
        probe = Probe(x=x, y=y)
        i_xt, i_ty = counted(net, x, y)
        worst = evidence.at_most(i_xt[0], probe.h_x, within=ROUNDING, what="I(X;T1) <= H(X)")
        for name, path in (("I(X;T)", i_xt), ("I(T;Y)", i_ty)):
            for before, after in pairwise(path):
                rise = evidence.at_most(after, before, within=ROUNDING, what=f"{name} does not rise")
                worst = max(worst, rise)
        for about_x, about_y in zip(i_xt, i_ty, strict=True):
            evidence.at_most(0.0, about_y, within=ROUNDING, what="0 <= I(T;Y)")
            evidence.at_most(about_y, min(probe.h_y, about_x), within=ROUNDING, what="I(T;Y) <= both")
        evidence.at_most(i_ty[0], probe.i_xy, within=ROUNDING, what="I(T;Y) <= I(X;Y)")
        target(worst)

    search()
