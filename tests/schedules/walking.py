"""Walks over curves that are known at every epoch."""

from collections.abc import Callable, Sequence

import numpy as np
from hypothesis import strategies as st

from ibspec.schedules import DeltaApproximate, DeltaExact, Walk
from ibspec.schedules.adaptive import Adaptive

EXAMPLE = (2.0, 5.0, 6.0, 8.0, 10.0, 11.0, 12.0, 13.0, 14.0)
"""The nine cells of the dissertation; those at 5 and 7 are never looked at, any value between will do."""

Choice = Callable[[Sequence[int]], int]
"""Picks which of the epochs asked for is answered next."""


def go(schedule: Adaptive, curve: Sequence[float] | np.ndarray, choose: Choice = min) -> Walk:
    """Answer for every epoch that is asked for, from a curve or a table (epochs, numbers)."""
    table = np.asarray(curve, dtype=np.float64).reshape(len(curve), -1)
    walk = Walk(schedule, len(table) - 1)
    while not walk.is_over:
        epoch = choose(walk.wanted)
        walk.take(epoch, table[epoch])
    return walk


def measured(schedule: Adaptive, curve: Sequence[float] | np.ndarray, choose: Choice = min) -> list[int]:
    """The epochs that a walk measures, rising."""
    return sorted(go(schedule, curve, choose).found)


def ways(kind: type[Adaptive]) -> st.SearchStrategy[Adaptive]:
    """Any schedule of a kind, for curves that move by about one a step."""
    return st.builds(
        kind,
        delta=st.sampled_from([0.5, 1.0, 2.0, 5.0]),
        multiplier=st.sampled_from([1.0, 1.5, 2.0, 3.0, 10.0]),
        shrink=st.sampled_from(["halve", "reset", "never"]),
        first=st.integers(1, 4),
        longest=st.none() | st.integers(4, 40),
    )


any_way = ways(DeltaExact) | ways(DeltaApproximate)


@st.composite
def curves(draw: st.DrawFn, *, rising: bool = False, missing: bool = True) -> np.ndarray:
    """Random walks of one to three numbers, some epochs without a number, or curves that never fall."""
    epochs, numbers = draw(st.integers(1, 80)), draw(st.integers(1, 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # Some stretches are calm, some not: else no skip would ever grow.
    pace = draw(st.sampled_from([0.05, 0.3, 1.0])) * rng.choice([0.1, 1.0, 4.0], size=(epochs, 1))
    steps = rng.standard_normal((epochs, numbers)) * pace
    table = np.cumsum(np.abs(steps) if rising else steps, axis=0)
    if missing and draw(st.booleans()):
        table[rng.random(table.shape) < 0.05] = np.nan
    return table
