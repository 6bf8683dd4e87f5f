"""What a walk asks for, whatever the curve and the order of the answers."""

import math
import random
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ibspec.schedules import DeltaApproximate, DeltaExact, Walk, distance
from ibspec.schedules.adaptive import Adaptive
from tests.schedules.walking import EXAMPLE, any_way, curves, go, measured, ways

ROUNDING = 1e-12
"""Distances are differences of the same numbers: they are the same whoever takes them."""


@given(way=any_way, curve=curves(), seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_answers_changes_nothing(way: Adaptive, curve, seed):
    assert measured(way, curve) == measured(way, curve, max)
    assert measured(way, curve) == measured(way, curve, random.Random(seed).choice)


@given(way=any_way, curve=curves(), seed=st.integers(0, 2**32 - 1))
def test_nothing_before_open_from_is_asked_for_later(way: Adaptive, curve, seed):
    """So that weights of earlier epochs may be thrown away."""
    walk, choose, closed = Walk(way, len(curve) - 1), random.Random(seed), 0
    while not walk.is_over:
        assert walk.open_from >= closed, "what was closed is open again"
        closed = walk.open_from
        assert min(walk.wanted) >= closed
        epoch = choose.choice(walk.wanted)
        walk.take(epoch, curve[epoch])
    assert walk.open_from == len(curve)
    assert walk.wanted == []


@given(way=any_way, curve=curves())
def test_first_and_last_are_measured_and_nothing_twice(way: Adaptive, curve):
    walk = go(way, curve)
    assert {0, len(curve) - 1} <= walk.found.keys() <= set(range(len(curve)))


@given(way=ways(DeltaExact), curve=curves())
def test_exact_neighbours_are_close_or_adjacent(way: Adaptive, curve):
    walk = go(way, curve)
    assert walk.breaks() == []
    for low, high in pairwise(sorted(walk.found)):
        assert high - low == 1 or distance(curve[low], curve[high]) <= way.delta


@given(way=any_way, curve=curves())
def test_breaks_are_the_neighbours_that_are_neither(way: Adaptive, curve):
    epochs = measured(way, curve)
    wanted = [
        (low, high)
        for low, high in pairwise(epochs)
        if high - low > 1 and distance(curve[low], curve[high]) > way.delta
    ]
    assert go(way, curve).breaks() == wanted


def test_a_walk_begins_at_its_start():
    walk = Walk(DeltaExact(delta=1.0), 10)
    assert (walk.wanted, walk.ahead, walk.open_from) == ([0], 0, 0)
    walk.take(0, np.zeros(1))
    assert (walk.wanted, walk.ahead) == ([1], 1)


def test_approximate_breaks_where_a_curve_jumps():
    assert go(DeltaApproximate(delta=1.0), [0, 0, 0, 9, 9, 9, 9]).breaks() == [(1, 3)]
    assert go(DeltaApproximate(delta=1.0), [0, 0, 0, 1, 1, 1, 1]).breaks() == [], "just delta is no break"


@given(way=ways(DeltaExact), curve=curves(rising=True, missing=False))
def test_between_neighbours_of_monotone_curves_nothing_is_far_from_either(way: Adaptive, curve):
    """Each unmeasured epoch within delta of both sides; of one number, half of it from the nearer one."""
    for low, high in pairwise(measured(way, curve)):
        for epoch in range(low + 1, high):
            below, above = distance(curve[low], curve[epoch]), distance(curve[epoch], curve[high])
            assert max(below, above) <= way.delta + ROUNDING
            if curve.shape[1] == 1:
                assert min(below, above) <= way.delta / 2 + ROUNDING


@given(delta=st.sampled_from([0.1, 1.0, 5.0]), curve=curves())
def test_a_stretch_is_halved_as_often_as_its_length_allows(delta: float, curve):
    """All that is asked for answered at once: both ends, then at most ceil(log2 length) rounds."""
    length = max(1, len(curve) - 1)
    walk, rounds = Walk(DeltaExact(delta=delta, first=length), len(curve) - 1), 0
    while not walk.is_over:
        for epoch in walk.wanted:
            walk.take(epoch, curve[epoch])
        rounds += 1
    assert rounds <= 2 + math.ceil(math.log2(length))
    assert len(walk.found) <= len(curve)


def test_the_worked_example():
    """One section of nine cells, delta 2: seven measured, two stay unknown."""
    way = DeltaExact(delta=2.0, normalised=False, first=8)
    walk = go(way, EXAMPLE)
    assert sorted(walk.found) == [0, 1, 2, 3, 4, 6, 8]
    assert [float(walk.found[epoch][0]) for epoch in sorted(walk.found)] == [2, 5, 6, 8, 10, 12, 14]


def test_the_middle_is_rounded_down():
    """Three steps, the last one a jump: 1 first, then what is left of 1 to 3."""
    assert measured(DeltaExact(delta=1.0, first=3), [0, 0, 0, 9]) == [0, 1, 2, 3]
    assert measured(DeltaExact(delta=1.0, first=3), [0, 9, 9, 9]) == [0, 1, 3]


def test_the_worked_example_the_other_way_round():
    """Absolute values: a fall is measured as finely as a rise."""
    assert measured(DeltaExact(delta=2.0, first=8), EXAMPLE[::-1]) == [0, 2, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(("epochs", "count"), [(1000, 11), (10_000, 15)])
@pytest.mark.parametrize("kind", [DeltaExact, DeltaApproximate])
def test_a_curve_that_stands_still(kind: type[Adaptive], epochs: int, count: int):
    """0, 1, 3, 7, ..., and the last."""
    found = measured(kind(delta=0.1), np.zeros(epochs))
    assert found == [*(2**k - 1 for k in range(count - 1)), epochs - 1]


RAMP = [0.0] * 60 + [10.0 * step for step in range(1, 41)]
"""60 still epochs, then 10 an epoch."""


def test_as_printed_a_skip_never_shrinks():
    found = measured(DeltaApproximate(delta=2.0, shrink="never"), RAMP)
    assert found == [0, 1, 3, 7, 15, 31, 63, 95, 99]


@pytest.mark.parametrize("shrink", ["never", "halve", "reset"])
def test_exact_on_the_same_curve(shrink):
    """The 40 steps of the ramp and what leads to them; printed: 49."""
    found = measured(DeltaExact(delta=2.0, shrink=shrink), RAMP)
    assert set(range(59, 100)) <= set(found)
    if shrink == "never":
        assert len(found) == 49


@pytest.mark.parametrize(
    ("shrink", "found"),
    [
        # skips 1, 2, 4, 8, 16, 32 up to epoch 63, then
        ("never", [63, 95, 99]),
        ("halve", [63, 79, 87, 91, 93, 94, 95, 96, 97, 98, 99]),
        ("reset", [63, *range(64, 100)]),
    ],
)
def test_what_a_move_does_to_the_skip(shrink, found):
    still = [0, 1, 3, 7, 15, 31]
    assert measured(DeltaApproximate(delta=2.0, shrink=shrink), RAMP) == still + found


def test_reset_goes_back_to_the_first_skip():
    found = measured(DeltaApproximate(delta=2.0, shrink="reset", first=3), RAMP)
    assert found == [0, 3, 9, 21, 45, 93, 96, 99]


def test_halving_ends_at_one():
    found = measured(DeltaApproximate(delta=2.0, first=3, multiplier=1), np.arange(9) * 10.0)
    assert found == [0, 3, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("multiplier", "found"),
    [
        (1.0, list(range(13))),
        (1.5, [0, 1, 3, 6, 11, 12]),
        (3.0, [0, 1, 4, 12]),
        (1e6, [0, 1, 12]),
    ],
)
def test_multipliers(multiplier, found):
    """Rounded up: 1, 1.5 -> 2, 3, 4.5 -> 5."""
    assert measured(DeltaApproximate(delta=1.0, multiplier=multiplier), np.zeros(13)) == found


def test_no_skip_is_longer_than_the_longest():
    found = measured(DeltaExact(delta=1.0, longest=5), np.zeros(30))
    assert found == [0, 1, 3, 7, 12, 17, 22, 27, 29]


def test_a_skip_grows_for_ever_without_overflow():
    way = DeltaApproximate(delta=1.0, multiplier=1e6)
    skip = way.first
    for _ in range(60):
        skip = way.next_skip(skip, True)
    assert skip == 2**31


@pytest.mark.parametrize("kind", [DeltaExact, DeltaApproximate])
def test_the_shortest_trainings(kind: type[Adaptive]):
    assert measured(kind(delta=1.0), [0.0]) == [0]
    assert measured(kind(delta=1.0, first=7), [0.0]) == [0]
    assert measured(kind(delta=1.0), [0.0, 9.0]) == [0, 1]
    assert measured(kind(delta=1.0, first=7), [0.0, 9.0]) == [0, 1]


@pytest.mark.parametrize("last", [0, 1, 5])
def test_a_walk_begins_with_epoch_0(last: int):
    walk = Walk(DeltaExact(delta=1.0), last)
    assert (walk.wanted, walk.open_from, walk.is_over) == ([0], 0, False)


def test_where_a_number_is_missing_the_curve_has_moved():
    """In one of two epochs: infinitely far; in both: no difference."""
    curve = np.zeros((40, 2))
    curve[13:, 1] = np.nan
    found = measured(DeltaExact(delta=1.0), curve)
    assert {12, 13} <= set(found)
    assert measured(DeltaExact(delta=1.0), np.full((40, 1), np.nan)) == measured(
        DeltaExact(delta=1.0), np.zeros(40)
    )


def test_steps_of_exactly_delta_are_quiet():
    """At most delta, as printed; a step of just more is not."""
    steps = np.arange(16) * 0.5
    assert measured(DeltaApproximate(delta=0.5, multiplier=1), steps) == list(range(16))
    quiet = DeltaApproximate(delta=1.5)
    assert measured(quiet, steps)[:4] == [0, 1, 3, 7]
    assert measured(DeltaApproximate(delta=1.0), steps)[:5] == [0, 1, 3, 7, 9]


def test_answers_nobody_asked_for():
    walk = Walk(DeltaExact(delta=1.0), 9)
    with pytest.raises(ValueError, match="epoch 4 was not asked for"):
        walk.take(4, np.zeros(1))
    walk.take(0, np.zeros(1))
    with pytest.raises(ValueError, match="epoch 0 was not asked for, or has its answer"):
        walk.take(0, np.zeros(1))
