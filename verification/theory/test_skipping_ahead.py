"""Steps ahead: how far the skip goes, where it ends, and what it passes over."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.schedules import Walk, distance
from verification.skipping import (
    DELTA,
    RAMP,
    approximate,
    curves,
    exact,
    go,
    measured,
    random_walks,
    same,
    schedules,
    table_of,
)

ROUNDING = 1e-12
"""Of sums of 60 steps, as a share of the largest."""

GOLDEN = (math.sqrt(5) - 1) / 2
"""r with r + r^2 = 1: what a stretch of s epochs moves is then no less than what the next 2 s do."""


@pytest.mark.claim(
    "skip.skip-never-resets",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 Figs. 3.6 and 3.9; grabauskas-2019-draft-a Figs. 9 and 12; "
    "grabauskas-2019-draft-b Figs. 6 and 9",
    says="Read as printed, the skip never gets smaller: one quiet stretch makes all later sections long.",
)
def test_the_skip_never_shrinks(evidence):
    """The prose lets it adapt and does not say how: halved, or set back, it finds the ramp again."""

    @given(curve=curves(), make=st.sampled_from([exact, approximate]), first=st.integers(1, 5))
    def search(curve, make, first):
        evidence.case(curve=curve, make=make.__name__, first=first)
        skips = trace(make(first=first), curve)
        falls = max((before - after for before, after in pairwise(skips)), default=0)
        target(evidence.at_most(falls, 0, what="fall of the skip, as printed", unit="epochs"))

    search()
    found = measured(approximate(), RAMP)
    same(evidence, found, [0, 1, 3, 7, 15, 31, 63, 95, 99], what="60 zeros, then a ramp")
    evidence.equal(len(measured(exact(), RAMP)), 49, within=0.0, what="the same, going back", unit="epochs")
    for shrink, count in (("halve", 17), ("reset", 43)):
        evidence.equal(
            len(measured(approximate(shrink=shrink), RAMP)),
            count,
            within=0.0,
            what=f"skip: {shrink}",
            unit="epochs",
        )
        skips = trace(approximate(shrink=shrink), RAMP)
        evidence.at_most(1, max(skips) - skips[-1], what="repaired: the skip falls", unit="epochs")
    evidence.number(**{"largest gap on the ramp, as printed: epochs": 32, "the same, halved": 16})


def trace(schedule, curve):
    """The skip after each answer."""
    table, skips = table_of(curve), []
    walk = Walk(schedule, len(table) - 1)
    while not walk.is_over:
        (epoch, *_) = walk.wanted
        walk.take(epoch, table[epoch])
        skips.append(walk.skip)
    return skips


@pytest.mark.claim(
    "skip.last-epoch",
    kind="definition",
    expected="holds",
    source="grabauskas-2019 Figs. 3.6-3.9; grabauskas-2019-draft-a Figs. 9-12; grabauskas-2019-draft-b Figs. "
    "6-9",
    says="Read with the last step cut short at the end of training, the last epoch is always measured.",
)
def test_the_last_epoch(evidence):
    """The outer loop is not printed; one that stops beyond the end misses the last epoch most of the time."""

    @given(curve=curves(), schedule=schedules(exact) | schedules(approximate))
    def search(curve, schedule):
        evidence.case(curve=curve, schedule=schedule)
        found = measured(schedule, curve)
        evidence.equal(found[-1], len(curve) - 1, within=0.0, what="last measured epoch", unit="epochs")
        evidence.equal(found[0], 0, within=0.0, what="first measured epoch", unit="epochs")

    search()
    missed = 0
    for curve in random_walks(3000, seed=178):
        steps, epoch, skip = [0], 0, 1
        while epoch + skip < len(curve):  # the plain reading: advance by skip, stop beyond the end
            quiet = abs(curve[epoch + skip] - curve[epoch]) <= DELTA
            epoch += skip
            skip *= 2 if quiet else 1
            steps.append(epoch)
        missed += steps[-1] != len(curve) - 1
        evidence.equal(
            measured(approximate(), curve)[-1], len(curve) - 1, within=0.0, what="clamped", unit="epochs"
        )
    evidence.at_most(1500, missed, what="plain reading: missed in most of 3000 random walks", unit="walks")
    evidence.number(**{"plain reading: last epoch missed in, of 3000 random walks": missed})


@pytest.mark.claim(
    "skip.approximate",
    kind="algorithm",
    expected="holds",
    source="grabauskas-2019 §3.3.2 and Fig. 3.9; grabauskas-2019-draft-a Fig. 12; "
    "grabauskas-2019-draft-b Fig. 9",
    says="Without going back, neighbouring measured epochs are at most delta apart, or adjacent, where the "
    "distances from epoch to epoch shrink at least as fast as the skip doubles.",
)
def test_approximate(evidence):
    """Shrinking alone is not enough: of 1/sqrt(epoch) a doubled stretch moves more than the one before."""

    @given(
        rate=st.floats(0.0, GOLDEN),
        size=st.floats(0.01, 100.0),
        seed=st.integers(0, 2**32 - 1),
        delta=st.sampled_from([0.1, 2.0, 30.0]),
    )
    def search(rate, size, seed, delta):
        evidence.case(rate=rate, size=size, seed=seed, delta=delta)
        signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=60)
        curve = np.concatenate([[0.0], np.cumsum(signs * size * rate ** np.arange(60))])
        walk = go(approximate(delta=delta), curve)
        worst = worst_gap(walk)
        target(evidence.at_most(worst, delta, within=ROUNDING * size, what="distance of neighbours", unit=""))

    search()
    shrinking = np.cumsum(1 / np.sqrt(np.arange(1, 200)))
    broken = worst_gap(go(approximate(), shrinking))
    evidence.at_most(DELTA + 1, broken, what="without the condition: distances 1/sqrt(epoch)", unit="")
    for epochs, count in ((1000, 11), (10_000, 15)):
        found = measured(approximate(), np.zeros(epochs))
        evidence.equal(len(found), count, within=0.0, what=f"constant, {epochs} epochs", unit="epochs")
    breaking = sum(bool(go(approximate(), curve).breaks()) for curve in random_walks(3000, seed=179))
    evidence.at_most(1500, breaking, what="most of 3000 random walks break", unit="walks")
    evidence.number(**{"of 3000 random walks, with neighbours too far apart": breaking})


def worst_gap(walk) -> float:
    """The largest distance of neighbouring measured epochs that are not adjacent."""
    return max(
        (
            distance(walk.found[low], walk.found[high])
            for low, high in pairwise(sorted(walk.found))
            if high - low > 1
        ),
        default=0.0,
    )
