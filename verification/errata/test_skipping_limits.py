"""What the printed routines for skipping epochs do not do, or do not promise."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, target

from ibspec.schedules import distance
from verification.skipping import (
    DELTA,
    EXAMPLE,
    approximate,
    curves,
    exact,
    go,
    measured,
    random_walks,
    same,
    schedules,
    section,
    table_of,
    uncovered,
)

ROUNDING = 1e-12
"""Differences of numbers up to some hundreds, three of them in a row."""


def neighbours(schedule, curve) -> float:
    """The largest distance of neighbouring measured epochs that are not adjacent."""
    walk = go(schedule, curve)
    return max(
        (
            distance(walk.found[low], walk.found[high])
            for low, high in pairwise(sorted(walk.found))
            if high - low > 1
        ),
        default=0.0,
    )


@pytest.mark.claim(
    "skip.exact-guarantee",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §3.3.2, Delta Skip - Exact; grabauskas-2019-draft-a; grabauskas-2019-draft-b",
    says="Going back guarantees that measured epochs are at most delta apart.",
)
def test_the_guarantee(evidence):
    """At most delta apart, or adjacent; about epochs in between it says something on monotone curves only."""

    @given(curve=curves(), schedule=schedules(exact))
    def any_curve(curve, schedule):
        evidence.case(curve=curve, schedule=schedule)
        worst = neighbours(schedule, curve)
        target(evidence.at_most(worst, schedule.delta, what="corrected: neighbours, not adjacent"))

    @given(curve=curves(rising=True, numbers=1), schedule=schedules(exact))
    def monotone(curve, schedule):
        evidence.case(curve=curve, schedule=schedule)
        found = measured(schedule, curve)
        for low, high in pairwise(found):
            for between in range(low + 1, high):
                sides = distance(curve[low], curve[between]), distance(curve[between], curve[high])
                evidence.at_most(
                    max(sides),
                    schedule.delta,
                    within=ROUNDING,
                    what="monotone: both sides",
                    unit="",
                )
                evidence.at_most(
                    min(sides),
                    schedule.delta / 2,
                    within=ROUNDING,
                    what="monotone: the nearer",
                    unit="",
                )

    any_curve()
    monotone()
    cells = np.nan_to_num(EXAMPLE, nan=0.0)
    found = measured(exact(first=8), cells)
    gap = max(distance(cells[[low]], cells[[high]]) for low, high in pairwise(found))
    far = sum(uncovered(curve, measured(exact(), curve), DELTA) > 0 for curve in random_walks(3000, seed=169))
    hidden = np.array([0.0, 5.0, 0.0])
    same(evidence, measured(exact(first=2), hidden), [0, 2], what="0, 5, 0")
    evidence.at_most(1000, far, what="3000 walks, misleading", unit="walks")
    evidence.number(**{"of 3000 random walks, with an epoch further than delta from both neighbours": far})
    evidence.differ(
        gap, DELTA, by=0.5, what="largest distance of measured neighbours", unit="",
        cells=(2.0, 5.0, 6.0, 8.0, 10.0), delta=DELTA, adjacent_cells=(2.0, 5.0), their_distance=gap,
        passed_over=(0.0, 5.0, 0.0),
    )  # fmt: skip
    assert gap > DELTA, "the counterexample must be further apart than delta"


def fewest(curve, delta) -> list[int]:
    """The shortest way from the first epoch to the last over jumps that are adjacent or at most delta."""
    table = table_of(curve)
    best: list[list[int]] = [[0]]
    for epoch in range(1, len(table)):
        ways = [
            best[before]
            for before in range(epoch)
            if epoch - before == 1 or distance(table[before], table[epoch]) <= delta
        ]
        best.append([*min(ways, key=len), epoch])
    return best[-1]


@pytest.mark.claim(
    "skip.optimal",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §3.3.2, Delta Skip - Exact; grabauskas-2019-draft-a; grabauskas-2019-draft-b",
    says="The exact method skips as many epochs as can be skipped.",
)
def test_fewest_epochs(evidence):
    """Against the shortest of all ways that keep the promise, which knows the whole curve."""

    @given(curve=curves(), schedule=schedules(exact))
    def search(curve, schedule):
        evidence.case(curve=curve, schedule=schedule)
        least = fewest(curve, schedule.delta)
        spread = float(np.ptp(curve, axis=0).max())
        largest = max((distance(a, b) for a, b in pairwise(curve)), default=0.0)
        if largest <= schedule.delta:
            bound = math.ceil((distance(curve[0], curve[-1]) - ROUNDING * spread) / schedule.delta)
            evidence.at_most(bound, len(least) - 1, what="range / delta <= intervals", unit="intervals")
        found = measured(schedule, curve)
        evidence.at_most(len(least), len(found), what="corrected: fewest <= measured", unit="epochs")

    search()
    jump = np.array([0.0] * 8 + [4.0])
    found, least = measured(exact(first=8), jump), fewest(jump, DELTA)
    same(evidence, found, [0, 4, 6, 7, 8], what="eight zeros, then 4")
    same(evidence, least, [0, 7, 8], what="fewest: eight zeros, then 4")
    cells = np.where(np.isnan(EXAMPLE), [0, 0, 0, 0, 0, 11.0, 0, 13.0, 0], EXAMPLE)
    intervals = len(section(cells, lambda a, b: abs(a - b))) - 1
    evidence.equal(intervals, (14 - 2) / 2, within=0.0, what="intervals of the example", unit="")
    evidence.differ(
        len(found), len(least), by=0.5, what="epochs measured", unit="epochs",
        curve=jump, delta=DELTA, measured=found, fewest=least,
    )  # fmt: skip
    assert len(found) > len(least), "the counterexample must measure more than needed"
    assert approximate().looks_back is False, "the other method promises nothing of the kind"
