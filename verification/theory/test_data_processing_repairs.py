"""What must be measured for the order of layers to hold: exact values, joint cells, noise that is fed on."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.data.symmetric_bits import symmetric_inputs, symmetric_labels
from ibspec.estimators import Binning, Range, Width
from verification.information import ROUNDING, information
from verification.networks import RealNetwork, binary_words
from verification.strategies import integer_networks, joint_tables, laws, real_networks

EXACT = Binning(cells=Width(1.0))
"""Cells of width 1 tell all integers apart, so this measures integer activity exactly."""


def largest_rise(values) -> float:
    """The largest increase from one entry to the next; negative where each entry is smaller."""
    return max((later - earlier for earlier, later in pairwise(values)), default=0.0)


def both_sides(activities, probe, estimator) -> tuple[list[float], list[float]]:
    """I(X;T) and I(T;Y) of each activity."""
    found = [estimator.estimate(t, probe) for t in activities]
    return [one.i_xt for one in found], [one.i_ty for one in found]


def joint_cells(cells):
    """For each layer, the cells of itself and of all layers behind it."""
    return [np.hstack(cells[first:]) for first in range(len(cells))]


@pytest.mark.claim(
    "dpi.y-side",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eq. 2.9",
    says="I(X;Y) ≥ I(T1;Y) ≥ I(T2;Y) ≥ ... for exact values.",
)
def test_labels_are_only_lost(evidence):
    """Searched with labels that contradict each other; cells can break this side and not the other."""

    @given(network=integer_networks())
    def search(network):
        evidence.case(weights=network.weights, biases=network.biases, x=network.x, y=network.y)
        probe = Probe(x=network.x, y=network.y)
        of_y = both_sides(network.activities(), probe, EXACT)[1]
        evidence.equal(of_y[0], probe.i_xy, within=ROUNDING, what="T0 = X")
        target(evidence.at_most(largest_rise(of_y), 0.0, within=ROUNDING, what="rise of I(T;Y)"))

    search()
    t1 = np.array([0.1, 0.2, 1.1, 1.2])
    t2 = np.array([0.1, 1.1, 0.2, 1.2])  # a function of T1, as its four values differ
    probe = Probe(x=np.arange(4), y=np.array([0, 1, 0, 1]))
    of_x, of_y = both_sides((t1, t2), probe, EXACT)
    evidence.equal(of_x, (1.0, 1.0), within=ROUNDING, what="four inputs in cells: I(X;T)")
    evidence.equal(of_y, (0.0, 1.0), within=ROUNDING, what="four inputs in cells: I(T;Y)")
    evidence.differ(of_y[1], of_y[0], by=0.5, what="broken: cells")
    chosen = np.random.default_rng(0).permutation(4096)[:256]
    probe = Probe(x=symmetric_inputs()[chosen], y=symmetric_labels()[chosen].astype(np.int64))
    cells = Binning(cells=Range(low=-1, high=1, bins=30))
    rises = []
    for seed in range(50):
        network = RealNetwork.random((12, 4, 3, 3, 2), "tanh", gain=2.0, rng=np.random.default_rng(seed))
        sides = both_sides(network.activities(probe.x), probe, cells)
        rises.append([largest_rise(side) > ROUNDING for side in sides])
    on_x, on_y = np.array(rises).T
    assert on_y.any(), "cells of random networks must be able to break the order too"
    evidence.number(
        **{
            "broken by cells, four inputs: I(X;T1), I(X;T2)": of_x,
            "broken by cells, four inputs: I(T1;Y), I(T2;Y)": of_y,
            "of 50 random tanh nets 12-4-3-3-2 in 30 bins, with a rise of I(T;Y)": int(on_y.sum()),
            "of these without a rise of I(X;T)": int((on_y & ~on_x).sum()),
        }
    )


@pytest.mark.claim(
    "dpi.join-partition",
    kind="theorem",
    expected="holds",
    source="grabauskas-2019 eqs. 2.8-2.9; a repair for cells, derived here",
    says="The information of the joint cells of layers l, l+1, ..., L about X and about Y does not rise "
    "with l.",
)
def test_joint_cells_of_what_follows(evidence):
    """Fewer layers' cells are a function of more layers' cells; those of single layers break the order."""
    x = binary_words(6)

    def check(network, cutting, probe):
        cells = [cutting.cut(t) for t in network.activities(probe.x[:, : network.inputs])]
        of_x, of_y = both_sides(joint_cells(cells), probe, EXACT)
        worst = evidence.at_most(largest_rise(of_x), 0.0, within=ROUNDING, what="rise of I(X;Q)")
        worst = max(worst, evidence.at_most(largest_rise(of_y), 0.0, within=ROUNDING, what="rise of I(Q;Y)"))
        alone = both_sides(cells, probe, EXACT)
        evidence.equal(
            (of_x[-1], of_y[-1]), (alone[0][-1], alone[1][-1]), within=ROUNDING, what="last layer alone"
        )
        return worst, max(largest_rise(side) for side in alone)

    cuttings = (Range(low=-1, high=1, bins=6), Width(0.5))

    @given(network=real_networks(), cutting=st.sampled_from(cuttings), seed=st.integers(0, 2**32 - 1))
    def search(network, cutting, seed):
        evidence.case(weights=network.weights, cells=cutting.label, seed=seed)
        y = np.random.default_rng(seed).integers(0, 2, len(x))
        target(check(network, cutting, Probe(x=x, y=y))[0])

    search()
    broken = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        network = RealNetwork.random((6, 4, 3, 3, 2), "tanh", gain=2.0, rng=rng)
        broken += check(network, cuttings[0], Probe(x=x, y=rng.integers(0, 2, len(x))))[1] > ROUNDING
    assert broken > 0, "cells of single layers must be able to break the order"
    evidence.number(**{"of 50 random tanh nets 6-4-3-3-2 in 6 bins, with a rise layer by layer": broken})


def add_noise(joint, noise):
    """The joint law of X and T + Z, T in 0, 1, ... and Z in 0, 1, ... independent of both."""
    noisy = np.zeros((len(joint), joint.shape[1] + len(noise) - 1))
    for z, p in enumerate(noise):
        noisy[:, z : z + joint.shape[1]] += p * joint
    return noisy


def apply_map(joint, images):
    """The joint law of X and g(T), with g(T) as images[T]."""
    mapped = np.zeros((len(joint), max(images) + 1))
    np.add.at(mapped.T, np.asarray(images), joint.T)
    return mapped


def feed_on(joint, noisy):
    """What the next layer gets: the noisy activity."""
    return noisy


@pytest.mark.claim(
    "dpi.noise-inside",
    kind="theorem",
    expected="holds",
    source="candidate-8240R-2019 §3.2.3; a repair for added noise, derived here",
    says="If the noisy activity of each layer is what feeds the next one, exact information about X and "
    "about Y does not rise with depth.",
)
def test_noise_fed_forward(evidence):
    """Enumerated for random maps and noise of few values; noise added only to measure breaks the order."""

    def measure(x_y, maps, noises, fed):
        of_x, of_y = [], []
        joint = np.diag(x_y.sum(axis=1))  # T0 = X
        for images, noise in zip(maps, noises, strict=True):
            joint = apply_map(joint, images)
            noisy = add_noise(joint, noise)
            x_law = np.maximum(x_y.sum(axis=1, keepdims=True), 1e-300)  # impossible inputs: 0 / 1e-300 = 0
            of_x.append(information(noisy))
            of_y.append(information((x_y / x_law).T @ noisy))
            joint = fed(joint, noisy)
        return of_x, of_y

    @given(
        x_y=joint_tables(), noises=st.lists(laws(3), min_size=2, max_size=4), seed=st.integers(0, 2**32 - 1)
    )
    def search(x_y, noises, seed):
        evidence.case(x_y=x_y, noises=noises, seed=seed)
        rng = np.random.default_rng(seed)
        maps, values = [], len(x_y)
        for noise in noises:
            maps.append(rng.integers(0, 5, values))
            values = max(maps[-1]) + len(noise)
        of_x, of_y = measure(x_y, maps, noises, feed_on)
        rise = evidence.at_most(largest_rise(of_x), 0.0, within=ROUNDING, what="rise of I(X;T+Z)")
        target(max(rise, evidence.at_most(largest_rise(of_y), 0.0, within=ROUNDING, what="rise of I(T+Z;Y)")))

    search()
    bit, fair = np.eye(2) / 2, np.array([0.5, 0.5])
    inside = measure(bit, [[0, 1], [0, 2, 4]], [fair, fair], feed_on)[0]
    added = measure(bit, [[0, 1], [0, 2]], [fair, fair], lambda joint, noisy: joint)[0]
    evidence.equal(inside, (0.5, 0.5), within=ROUNDING, what="T1 = X, T2 = 2 (T1 + Z)")
    evidence.equal(added, (0.5, 1.0), within=ROUNDING, what="T1 = X, T2 = 2 T1")
    evidence.differ(added[1], added[0], by=0.25, what="broken: noise added only to measure")
    evidence.number(**{"broken by noise added only to measure, T2 = 2 T1: I(X;T1+Z), I(X;T2+Z)": added})
