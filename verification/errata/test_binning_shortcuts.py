"""The shortcut I(X;T) = H(T) taken further than it goes."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Binning, Kde, Range, Width
from verification.information import ROUNDING, empirical, entropy, information
from verification.kernels import kernel_entropy
from verification.networks import RealNetwork, binary_words
from verification.strategies import real_rows

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

SIX_PLACES = 1e-6
"""Reference numbers are written with six decimals."""


@pytest.mark.claim(
    "mi.both-binned",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 Fig. 3.2 lines 6-7 with eq. 3.7; grabauskas-2019-draft-a Fig. 5 with eqs. 21-22; "
    "grabauskas-2019-draft-b Fig. 2 with eq. 26",
    says="If X and T are both binned, taking I(X;T) = H(T) does not affect the result.",
)
def test_binning_both(evidence):
    """I(Xb;Tb) <= H(Tb) always, but not with equality: the binned T is no function of the binned X."""

    def both_binned(x, t, width_x, width_t):
        binned_x, binned_t = np.floor(x / width_x), np.floor(t / width_t)
        joint = empirical(binned_x, binned_t)
        return information(joint), entropy(joint.sum(axis=0))

    @given(
        x=real_rows(columns=1),
        slope=st.floats(-5, 5),
        width_x=st.sampled_from([0.25, 1.0, 4.0]),
        width_t=st.sampled_from([0.25, 1.0]),
    )
    def search(x, slope, width_x, width_t):
        x = x[:, 0]
        evidence.case(x=x, slope=slope, width_x=width_x, width_t=width_t)
        exact, short = both_binned(x, np.tanh(slope * x), width_x, width_t)
        target(short - exact)
        evidence.at_most(exact, short, within=ROUNDING, what="I(Xb;Tb) <= H(Tb)")
        kept = Binning(cells=Width(width_t)).estimate(np.tanh(slope * x), Probe(x=x))
        evidence.equal(kept.i_xt, kept.h_t, within=ROUNDING, what="corrected: X not binned")

    search()
    x, t = np.array([0.1, 0.4]), np.array([0.1, 0.9])
    exact, short = both_binned(x, t, 1.0, 0.5)
    evidence.equal((exact, short), (0.0, 1.0), within=0.0, what="x = 0.1, 0.4 in one bin")
    evidence.differ(
        short, exact, by=0.5, what="shortcut", x=x, t=t, bin_of_x=1.0, bin_of_t=0.5, I=exact, H_of_T=short
    )


@pytest.mark.claim(
    "mi.zero-without-binning",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §3.2.2 and §2.3.4; grabauskas-2019-draft-a §0.3.2; "
    "grabauskas-2019-draft-b §0.3.2",
    says="Without binning, the mutual information of X and a layer of a deterministic network is 0.",
)
def test_not_zero_without_binning(evidence):
    """It is log2 N, the largest possible, for distinct inputs and injective layers; what is 0 is H(T|X)."""
    unbinned = Binning(cells=Width(1e-300))  # floor(t / 1e-300) tells apart all that float64 does

    @given(seed=st.integers(0, 2**32 - 1), bits=st.integers(1, 7), units=st.integers(1, 4))
    def search(seed, bits, units):
        rng = np.random.default_rng(seed)
        network = RealNetwork.random((bits, units, units), "tanh", gain=1.0, rng=rng)
        x = binary_words(bits)
        evidence.case(seed=seed, bits=bits, units=units)
        for t in network.activities(x):
            found = unbinned.estimate(t, Probe(x=x))
            evidence.equal(found.i_xt, bits, within=ROUNDING, what="I(X;T) and log2 N")
            evidence.equal(found.h_t - found.i_xt, 0.0, within=0.0, what="H(T|X)")

    search()
    words = binary_words(12)
    net = RealNetwork.random((12, 10, 7, 5, 4, 3, 2), "tanh", gain=1.0, rng=np.random.default_rng(2))
    cut = Binning(cells=Range(low=-1, high=1, bins=30))
    probe = Probe(x=words)
    exact, binned = zip(
        *((unbinned.estimate(t, probe).i_xt, cut.estimate(t, probe).i_xt) for t in net.activities(words)),
        strict=True,
    )
    evidence.equal(exact, [12.0] * 6, within=ROUNDING, what="4096 words, six layers")
    evidence.differ(
        exact[-1], 0.0, by=1.0, what="I(X;T)", inputs="all 4096 words of 12 bits", printed=0.0, true=exact[-1]
    )
    evidence.number(**{"no bins, by layer": exact, "30 bins, by layer": binned})

    def draw(canvas):
        axes = canvas.add_subplot()
        layers = np.arange(1, 7)
        axes.plot(layers, exact, "o-", color="#0072B2", label="no bins")
        axes.plot(layers, binned, "s-", color="#D55E00", label="30 bins on [-1, 1]")
        axes.plot(layers, np.zeros(6), "^--", color="#595959", label="as printed, no bins")
        axes.set(xlabel="layer", ylabel="I(X;T) in bits", ylim=(-0.6, 12.8))
        axes.legend(frameon=False)

    evidence.draw(draw, "I(X;T) by layer of an untrained 12-10-7-5-4-3-2 tanh network on all 4096 words.")


@pytest.mark.claim(
    "mi.kde-shortcut",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §3.2.3; grabauskas-2019-draft-a §0.3.3; grabauskas-2019-draft-b §0.3.3",
    says="With kernel density estimation too, H(T|X) = 0, so that I(X;T) is the entropy of the noisy T.",
)
def test_noise_has_entropy(evidence):
    """The noise keeps h(T+Z|X) = (d/2) log2(2 pi e s2); taking it away gives the kernel bound."""

    def noise_entropy(units, variance):
        return units / 2 * np.log2(2 * np.pi * np.e * variance)

    @given(t=real_rows(), variance=st.sampled_from([0.01, 0.05, 0.1, 1.0]))
    def search(t, variance):
        evidence.case(t=t, variance=variance)
        short = kernel_entropy(t, variance)
        bound = Kde(noise_variance=variance).estimate(t, Probe(x=np.arange(len(t)))).i_xt
        noise = noise_entropy(t.shape[1], variance)
        target(evidence.equal(short - noise, bound, within=KDE_ROUNDING, what="h(T+Z) - h(Z) and the bound"))
        evidence.equal(short - bound, noise, within=KDE_ROUNDING, what="how far the shortcut is off")

    search()
    for units, variance, off in (
        (1, 0.05, -0.113868),
        (10, 0.05, -1.138685),
        (1, 0.1, 0.386132),
        (10, 0.1, 3.861315),
    ):
        evidence.equal(
            noise_entropy(units, variance), off, within=SIX_PLACES, what=f"{units} units, s² = {variance}"
        )
    one = np.zeros((4, 10))  # a constant layer knows nothing
    true = Kde(noise_variance=0.1).estimate(one, Probe(x=np.arange(4))).i_xt
    evidence.equal(true, 0.0, within=KDE_ROUNDING, what="constant layer")
    evidence.differ(
        kernel_entropy(one, 0.1),
        true,
        by=1.0,
        what="shortcut",
        layer="10 units, constant",
        noise_variance=0.1,
        shortcut=kernel_entropy(one, 0.1),
        true=true,
    )
