"""Going back by halves: which epochs are measured, in how many rounds, in whatever order."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe, SpecError
from ibspec.schedules import Walk, distance, scale_of
from verification.skipping import (
    EXAMPLE,
    curves,
    exact,
    measured,
    same,
    schedules,
    section,
    table_of,
)

ROUNDING = 1e-12
"""Shares of an entropy: one division and one difference of numbers up to 1."""


@pytest.mark.claim(
    "skip.worked-example",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 §3.3.2, example with delta = 2; grabauskas-2019-draft-a §0.4.2; "
    "grabauskas-2019-draft-b",
    says="Of the nine cells of the example seven are measured, 2, 5, 6, 8, 10, 12 and 14, and two stay "
    "unknown.",
)
def test_worked_example(evidence):
    """Whatever the unknown cells hold, and whether the halves are taken level by level or one by one."""

    @given(unknown=st.tuples(st.floats(-100, 100), st.floats(-100, 100)), deep=st.booleans())
    def search(unknown, deep):
        evidence.case(unknown=unknown, deep=deep)
        cells = EXAMPLE.copy()
        cells[np.isnan(cells)] = unknown
        found = measured(exact(first=8), cells, max if deep else min)
        evidence.equal(len(found), 7, within=0.0, what="measurements", unit="cells")
        same(evidence, found, [0, 1, 2, 3, 4, 6, 8], what="measured cells")
        evidence.equal(cells[found], [2, 5, 6, 8, 10, 12, 14], within=0.0, what="their values", unit="")
        same(evidence, section(cells, lambda a, b: abs(a - b)), found, what="as printed")

    search()
    evidence.number(**{"cells that stay unknown": (5, 7), "distance of 2 and 5, adjacent": 3.0})


@pytest.mark.claim(
    "skip.distance-normalised",
    kind="bound",
    expected="holds",
    source="grabauskas-2019 eq. 3.9; grabauskas-2019-draft-a eq. 24; grabauskas-2019-draft-b eq. 28",
    says="Divided by H(X) and H(Y), the distance of two epochs lies between 0 and 1.",
)
def test_normalised_distance(evidence):
    """With absolute values; where H is positive (0 is refused) and each information lies between 0 and H."""

    def shares(bits, entropies):
        return np.concatenate([part / entropy for part, entropy in zip(bits, entropies, strict=True)])

    @given(
        seed=st.integers(0, 2**32 - 1),
        layers=st.integers(1, 6),
        entropies=st.tuples(st.floats(1e-6, 20), st.floats(1e-6, 20)),
    )
    def search(seed, layers, entropies):
        evidence.case(seed=seed, layers=layers, entropies=entropies)
        rng = np.random.default_rng(seed)
        kept = rng.choice([0.0, 1.0, -1.0], size=(2, 2, layers))  # the ends, or anything between
        kept = np.where(kept < 0, rng.random(kept.shape), kept)
        one, other = (
            shares([k * h for k, h in zip(epoch, entropies, strict=True)], entropies) for epoch in kept
        )
        apart = distance(one, other)
        target(evidence.at_most(apart, 1.0, within=ROUNDING, what="distance <= 1", unit="share of H"))
        evidence.at_most(0.0, apart, what="0 <= distance", unit="share of H")

    search()
    still = shares([np.array([6.0]), np.array([0.5])], (12.0, 1.0))
    of_x = shares([np.array([6.5]), np.array([0.5])], (12.0, 1.0))
    of_y = shares([np.array([6.0]), np.array([1.0])], (12.0, 1.0))
    evidence.equal(
        distance(still, of_x), 0.0417, within=5e-5, what="half a bit of 12, printed", unit="share of H"
    )
    evidence.equal(distance(still, of_y), 0.5, within=0.0, what="half a bit of 1", unit="share of H")
    beyond = distance(of_y, shares([np.array([6.0]), np.array([2.5])], (12.0, 1.0)))
    evidence.at_most(
        1.0 + ROUNDING, beyond, what="without the condition: an estimate above H", unit="share of H"
    )
    with pytest.raises(SpecError, match=r"H\(Y\) of the probe, which is 0"):
        scale_of(exact(), Probe(x=np.arange(4)[:, None], y=np.zeros(4, dtype=np.int64)))
    evidence.number(**{"an estimate of 2.5 of 1 bit, against 1 bit": beyond})


@pytest.mark.claim(
    "skip.termination",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 Figs. 3.6-3.7; grabauskas-2019-draft-a Figs. 9-10; grabauskas-2019-draft-b Figs. "
    "6-7",
    says="Going back ends: no epoch is measured twice, and a section is halved at most ceil(log2 length) "
    "times.",
)
def test_termination(evidence):
    """Rounds in which all epochs asked for are answered: two for the ends, then one for each halving."""

    @given(curve=curves(), delta=st.sampled_from([1e-9, 0.5, 2.0]))
    def search(curve, delta):
        evidence.case(curve=curve, delta=delta)
        length = max(1, len(curve) - 1)
        walk, rounds, answers = go_by_rounds(exact(delta=delta, first=length), curve)
        evidence.at_most(answers, len(curve), what="measurements <= epochs", unit="epochs")
        evidence.equal(answers, len(walk.found), within=0.0, what="each once", unit="epochs")
        target(
            evidence.at_most(
                rounds - 2, math.ceil(math.log2(length)), what="depth <= ceil(log2)", unit="levels"
            )
        )

    search()
    _, rounds, answers = go_by_rounds(exact(first=64), np.arange(65) * 3.0)
    evidence.equal(answers, 65, within=0.0, what="steps above delta: all are measured", unit="epochs")
    evidence.equal(rounds - 2, 6, within=0.0, what="64 epochs, steps above delta", unit="levels")


def go_by_rounds(schedule, curve):
    """The walk, in how many rounds it was over, and how many answers were taken."""
    table = table_of(curve)
    walk, rounds, answers = Walk(schedule, len(table) - 1), 0, 0
    while not walk.is_over:
        for epoch in walk.wanted:
            walk.take(epoch, table[epoch])
            answers += 1
        rounds += 1
    return walk, rounds, answers


@pytest.mark.claim(
    "skip.parallel",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 §3.3.2, Parallelizing; grabauskas-2019-draft-a §0.4.2; grabauskas-2019-draft-b",
    says="The halves of a section and the next section may be measured in any order: the measured epochs are "
    "the same.",
)
def test_any_order(evidence):
    """As long as halves leave the skip alone, as the source warns; where they do not, the order decides."""

    @given(curve=curves(), schedule=schedules(exact), seed=st.integers(0, 2**32 - 1))
    def search(curve, schedule, seed):
        evidence.case(curve=curve, schedule=schedule, seed=seed)
        one_by_one = measured(schedule, curve)
        for choose in (max, random.Random(seed).choice):
            other = measured(schedule, curve, choose)
            missing = len(set(one_by_one) ^ set(other))
            evidence.equal(missing, 0, within=0.0, what="epochs measured in one order only", unit="epochs")

    search()
    curve = np.concatenate([np.zeros(8), np.arange(40.0), np.full(30, 40.0)])
    early, late = (set(touched(exact(), curve, choose)) for choose in (min, max))
    evidence.at_most(
        1, len(early ^ late), what="without the condition: halves multiply the skip", unit="epochs"
    )
    evidence.number(**{"halves that multiply the skip: measured, halves first": len(early)})
    evidence.number(**{"halves that multiply the skip: measured, halves last": len(late)})


def touched(schedule, curve, choose):
    """Epochs measured where answers for halves change the skip of all."""
    table = table_of(curve)
    walk = Walk(schedule, len(table) - 1)
    while not walk.is_over:
        epoch = choose(walk.wanted)
        is_half = epoch != walk.ahead
        walk.take(epoch, table[epoch])
        if is_half:
            walk.skip = schedule.next_skip(walk.skip, True)
    return sorted(walk.found)
