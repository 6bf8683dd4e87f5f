"""What a convolutional layer computes, and what information asks of its shape: as printed, then corrected."""

import numpy as np
import pytest
import torch
from hypothesis import given, target
from hypothesis import strategies as st
from torch.nn import functional

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Width
from verification.information import ROUNDING
from verification.kernels import KDE_ROUNDING
from verification.strategies import each_drawn

WHOLE = st.integers(-9, 9)
"""Sums of products of these are exact in float64, so equality is."""


def layer_output(signal, kernel):
    """What a convolutional layer with one filter computes, without bias and activation."""
    rows, filters = (torch.as_tensor(each, dtype=torch.float64)[None, None] for each in (signal, kernel))
    return functional.conv1d(rows, filters)[0, 0].numpy()


def convolution(signal, kernel):
    """(s * k)_i = sum_j s_j k_(i - j), where the whole kernel lies on the signal."""
    return np.convolve(signal, kernel, mode="valid")


@st.composite
def signals(draw):
    """A signal and a kernel that fits on it."""
    length = draw(st.integers(2, 8))
    kernel = draw(st.integers(1, length))
    return draw(each_drawn(length, WHOLE)), draw(each_drawn(kernel, WHOLE))


@pytest.mark.claim(
    "cnn.convolution",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §2.1.3",
    says="A convolutional layer convolves its input with a filter of its own for each node.",
)
def test_convolution(evidence):
    """It correlates, which is convolution with the filter turned round, and a channel's nodes share one."""
    filters, places = [], (3, 5)
    for side in places:
        layer = torch.nn.Conv2d(1, 2, 3)
        assert layer(torch.zeros(1, 1, side + 2, side + 2)).shape[2:] == (side, side)
        filters.append(sum(each.numel() for each in layer.parameters()))
    evidence.equal(filters, (20, 20), within=0, what="corrected: weights, 9 and 25 nodes", unit="weights")

    @given(drawn=signals(), shift=st.integers(1, 3))
    def search(drawn, shift):
        signal, kernel = drawn
        evidence.case(signal=signal, kernel=kernel)
        found = layer_output(signal, kernel)
        turned = convolution(signal, kernel[::-1])
        target(evidence.equal(found, turned, within=0.0, what="corrected: filter turned round", unit=""))
        moved = layer_output(np.concatenate([np.zeros(shift), signal]), kernel)[shift:]
        evidence.equal(moved, found, within=0.0, what="corrected: the same filter in all places", unit="")

    search()
    signal, kernel = np.array([1.0, 0.0, 0.0]), np.array([1.0, 2.0])
    found, printed = layer_output(signal, kernel), convolution(signal, kernel)
    evidence.equal(printed, (2.0, 0.0), within=0.0, what="convolution of 1,0,0 with 1,2", unit="")
    evidence.equal(found, (1.0, 0.0), within=0.0, what="the layer on 1,0,0 with 1,2", unit="")
    evidence.differ(
        found, printed, by=0.5, what="as printed", unit="", signal=signal, kernel=kernel,
        convolution=printed, layer=found,
    )  # fmt: skip


def information_of(estimator, t, probe):
    """I(X;T) and I(T;Y) of an activity of any shape."""
    found = estimator.estimate(t, probe)
    return found.i_xt, found.i_ty


def exact_information(t, y):
    """I(X;T) and I(T;Y) of distinct inputs by counting arrays as they are, of whatever shape."""
    values = [array.tobytes() for array in t]
    laws = [values, list(zip(values, y.tolist(), strict=True)), y.tolist()]
    h_t, h_ty, h_y = (_entropy(law) for law in laws)
    return h_t, h_t + h_y - h_ty


def _entropy(symbols):
    shares = np.array([symbols.count(each) for each in set(symbols)]) / len(symbols)
    return float(-(shares * np.log2(shares)).sum())


@pytest.mark.claim(
    "cnn.mi-depth",
    kind="erratum",
    expected="refuted",
    source="candidate-8240R-2019 §3.1",
    says="Mutual information is defined only for layers of depth 1.",
)
def test_depth(evidence):
    """It is defined for arrays, and a bijection of them, flattening among others, changes nothing."""
    kernel, cells = Kde(noise_variance=0.1), Binning(cells=Width(1.0))
    deepest = 0

    @st.composite
    def layers(draw):
        shape = (draw(st.integers(2, 8)), *(draw(st.integers(1, 3)) for _ in range(3)))
        return draw(each_drawn(shape, st.integers(-1, 1))), draw(each_drawn(shape[0], st.integers(0, 1)))

    @given(drawn=layers(), order=st.randoms(use_true_random=False))
    def search(drawn, order):
        nonlocal deepest
        t, y = drawn
        deepest = max(deepest, t.shape[1])
        evidence.case(t=t, y=y)
        probe = Probe(x=np.arange(len(t)), y=y)
        flat = t.reshape(len(t), -1)
        exact = exact_information(t, y)
        evidence.equal(exact_information(flat, y), exact, within=0.0, what="corrected: exact, flattened")
        measured = information_of(cells, t, probe)
        target(evidence.equal(measured, exact, within=ROUNDING, what="corrected: cells on the array"))
        smooth = information_of(kernel, t.astype(float), probe)
        joined = information_of(kernel, flat.astype(float), probe)
        evidence.equal(smooth, joined, within=1e-12, what="corrected: kernels, flattened")
        places = list(range(flat.shape[1]))
        order.shuffle(places)
        shuffled = information_of(kernel, flat[:, places].astype(float), probe)
        evidence.equal(shuffled, joined, within=KDE_ROUNDING, what="corrected: kernels, units in any order")

    search()
    assert deepest > 1, "layers of several channels must be tried"
    t = np.arange(8).reshape(4, 2, 1, 1)
    value = exact_information(t, np.array([0, 0, 1, 1]))
    evidence.equal(value, (2.0, 1.0), within=ROUNDING, what="depth 2: four different arrays, two classes")
    evidence.counterexample(depth=2, shape=t.shape, i_xt=value[0], i_ty=value[1])
