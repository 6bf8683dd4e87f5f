"""The data processing inequality: for Markov chains, and for networks whose activity is measured exactly."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, conditional_entropy_bits, group_rows
from ibspec.estimators import Binning, Width
from verification.information import ROUNDING, information
from verification.networks import IntegerNetwork, RealNetwork, binary_words
from verification.strategies import integer_networks, markov_chains, real_networks

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""


def conditional_information(a, b, given_c) -> float:
    """I(A;B|C) = H(A|C) - H(A|B,C) of columns of labels."""
    both = group_rows(np.stack([b, given_c], axis=1))
    return conditional_entropy_bits(a, given_c) - conditional_entropy_bits(a, both)


def largest_rise(values) -> float:
    """The largest increase from one entry to the next; negative where each entry is smaller."""
    return max((later - earlier for earlier, later in pairwise(values)), default=-np.inf)


@pytest.mark.claim(
    "dpi.general",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eq. 2.7; candidate-8240R-2019 §2.2.6",
    says="If A - B - C is a Markov chain then I(A;B) ≥ I(A;C).",
)
def test_data_processing(evidence):
    """The search drives I(A;C) - I(A;B) upwards, and the same with the arrows turned round."""

    @given(chain=markov_chains())
    def search(chain):
        evidence.case(chain=chain)
        a_b, b_c, a_c = (information(chain.sum(axis=axis)) for axis in (2, 0, 1))
        target(evidence.at_most(a_c, a_b, within=ROUNDING, what="I(A;C) <= I(A;B)"))
        evidence.at_most(a_c, b_c, within=ROUNDING, what="I(A;C) <= I(B;C)")

    search()


@pytest.mark.claim(
    "dpi.layer-chain-exact",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eqs. 2.8-2.9; candidate-8240R-2019 §2.3.1, Fig. 1",
    says="With fixed parameters, each layer computed from the one before alone and exact values, "
    "H(X) ≥ I(X;T1) ≥ I(X;T2) ≥ ... and I(X;Y) ≥ I(T1;Y) ≥ I(T2;Y) ≥ ...",
)
def test_layers_only_lose(evidence):
    """Searched over networks that compute with integers; a connection past a layer breaks it."""

    def check(network):
        evidence.case(weights=network.weights, biases=network.biases, x=network.x, y=network.y)
        probe = Probe(x=network.x, y=network.y)
        found = [EXACT.estimate(t, probe) for t in network.activities()]
        about_x, about_y = [one.i_xt for one in found], [one.i_ty for one in found]
        evidence.equal((about_x[0], about_y[0]), (probe.h_x, probe.i_xy), within=ROUNDING, what="T0 = X")
        rise = evidence.at_most(largest_rise(about_x), 0.0, within=ROUNDING, what="rise of I(X;T)")
        rise = max(rise, evidence.at_most(largest_rise(about_y), 0.0, within=ROUNDING, what="rise of I(T;Y)"))
        return about_x, rise

    @given(network=integer_networks())
    def search(network):
        target(check(network)[1])

    search()
    rng = np.random.default_rng(0)
    widths = (6, 5, 4, 3, 2)
    paths = [check(IntegerNetwork.random(widths, samples=64, rng=rng))[0] for _ in range(100)]
    x = np.arange(4)[:, None]
    probe = Probe(x=x)
    through, past = EXACT.estimate(0 * x, probe).i_xt, EXACT.estimate(0 * x + x, probe).i_xt
    evidence.differ(past, through, by=1.0, what="broken: T2 sees X past a constant T1")
    evidence.number(**{"broken by a skip connection: I(X;T1), I(X;T2)": (through, past)})

    def draw(canvas):
        axes = canvas.add_subplot()
        for path in paths:
            axes.plot(range(len(path)), path, color="#0072B2", alpha=0.25, linewidth=1)
        axes.plot([1, 2], [through, past], "s--", color="#D55E00", label="with a connection past layer 1")
        axes.plot([], [], color="#0072B2", label="each layer from the one before")
        axes.set(xlabel="layer", ylabel="I(X;T) in bits", xticks=range(max(map(len, paths))))
        axes.legend(frameon=False)

    evidence.draw(
        draw, "Exact I(X;T) by layer of 100 integer networks 6-5-4-3-2 on 64 inputs; layer 0 is the input."
    )


@pytest.mark.claim(
    "dpi.markov-network",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §1.1; candidate-8240R-2019 §2.2.5",
    says="Given the parameters, Y - X - T1 - T2 - ... is a Markov chain.",
)
def test_network_is_a_markov_chain(evidence):
    """I(Y;T|X) = 0, and each layer screens off all that came before it; a leaked label breaks it."""

    @given(network=integer_networks())
    def search(network):
        evidence.case(weights=network.weights, biases=network.biases, x=network.x, y=network.y)
        x, *layers = (group_rows(t) for t in network.activities())
        for t in layers:
            evidence.equal(conditional_information(network.y, t, x), 0.0, within=0.0, what="I(Y;T|X)")
        worst = 0.0
        for before, after in pairwise(layers):
            of_x, of_y = (conditional_information(after, other, before) for other in (x, network.y))
            worst = max(worst, evidence.equal(of_x, 0.0, within=ROUNDING, what="I(X;T2|T1)"))
            worst = max(worst, evidence.equal(of_y, 0.0, within=ROUNDING, what="I(Y;T2|T1)"))
        target(worst)

    search()
    x, y = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    leaked = conditional_information(y, x ^ y, x)
    evidence.equal(leaked, 1.0, within=ROUNDING, what="broken: T = X xor Y")
    evidence.number(**{"broken by a leaked label: I(Y;T|X)": leaked})


@pytest.mark.claim(
    "dpi.quantised-forward",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 §2.3.4; grabauskas-2019-proposal, extensions",
    says="If the quantised activity of each layer is what is fed forward, no layer knows more about X or Y "
    "than the one before it.",
)
def test_quantised_networks(evidence):
    """Real weights, activity rounded to cells before it goes on; rounding only what is measured breaks it."""
    x = binary_words(6)

    def rises(network, y, width, *, fed_forward):
        def quantise(t):
            return (np.floor(t / width) + 0.5) * width

        cells = Binning(cells=Width(width))
        forward = quantise if fed_forward else lambda t: t
        words = x[:, : network.inputs]
        found = [cells.estimate(t, Probe(x=words, y=y)) for t in network.activities(words, forward)]
        return largest_rise([one.i_xt for one in found]), largest_rise([one.i_ty for one in found])

    @given(network=real_networks(), width=st.sampled_from([0.1, 0.5, 1.0]), seed=st.integers(0, 2**32 - 1))
    def search(network, width, seed):
        y = np.random.default_rng(seed).integers(0, 2, len(x))
        evidence.case(weights=network.weights, width=width, seed=seed)
        of_x, of_y = rises(network, y, width, fed_forward=True)
        if len(network.weights) > 1:
            rise = evidence.at_most(of_x, 0.0, within=ROUNDING, what="rise of I(X;T)")
            target(max(rise, evidence.at_most(of_y, 0.0, within=ROUNDING, what="rise of I(T;Y)")))

    search()
    counts = {True: 0, False: 0}
    for seed in range(100):
        rng = np.random.default_rng(seed)
        network = RealNetwork.random((6, 4, 3, 3, 2), "tanh", gain=2.0, rng=rng)
        y = rng.integers(0, 2, len(x))
        for fed_forward in counts:
            counts[fed_forward] += max(rises(network, y, 0.07, fed_forward=fed_forward)) > ROUNDING
    evidence.equal(counts[True], 0, within=0.0, what="violations in 100 nets", unit="nets")
    evidence.number(
        **{
            "of 100 nets, violations with quantised activity fed forward": counts[True],
            "of the same nets, violations with cells drawn afterwards": counts[False],
        }
    )
    assert counts[False] > 0, "cells drawn afterwards must be able to break the order"
