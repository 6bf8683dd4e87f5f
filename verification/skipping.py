"""Curves on which epochs can be skipped, and the routines for it: the software's and the printed ones."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import strategies as st

from ibspec.schedules import DeltaApproximate, DeltaExact, Walk, distance

EXAMPLE = np.array([2.0, 5.0, 6.0, 8.0, 10.0, np.nan, 12.0, np.nan, 14.0])
"""The nine cells of the printed example, NaN where nothing is printed."""

DELTA = 2.0
"""Of the printed example, and of random walks with steps of standard deviation one."""

RAMP = np.array([0.0] * 60 + [10.0 * step for step in range(1, 41)])
"""60 still epochs, then 10 an epoch."""

Choice = Callable[[Sequence[int]], int]
"""Picks which of the epochs asked for is answered next."""


def exact(**fields: Any) -> DeltaExact:
    """The method that goes back, as printed where nothing else is said: its skip never shrinks."""
    return DeltaExact(**{"delta": DELTA, "shrink": "never"} | fields)


def approximate(**fields: Any) -> DeltaApproximate:
    """The method that does not go back, likewise."""
    return DeltaApproximate(**{"delta": DELTA, "shrink": "never"} | fields)


def table_of(curve) -> np.ndarray:
    """A curve as a table (epochs, numbers)."""
    return np.asarray(curve, dtype=np.float64).reshape(len(curve), -1)


def go(schedule, curve, choose: Choice = min) -> Walk:
    """Answer the software's walk for every epoch that it asks for."""
    table = table_of(curve)
    walk = Walk(schedule, len(table) - 1)
    while not walk.is_over:
        epoch = choose(walk.wanted)
        walk.take(epoch, table[epoch])
    return walk


def measured(schedule, curve, choose: Choice = min) -> list[int]:
    """The epochs that the software measures, rising."""
    return sorted(go(schedule, curve, choose).found)


def same(evidence, found, wanted, what: str) -> float:
    """Assert that two lists of epochs are one: no epoch is in one of them only."""
    differing = set(found) ^ set(wanted)
    return evidence.equal(len(differing), 0, within=0.0, what=f"{what}: epochs that differ", unit="epochs")


def section(curve, apart: Callable[[Any, Any], float], delta: float = DELTA) -> list[int]:
    """The printed halving of a whole curve, depth first, under any distance; the middle rounded down."""

    def between(low: int, high: int) -> Iterator[int]:
        if low + 1 < high and apart(curve[low], curve[high]) > delta:
            middle = (low + high) // 2
            yield middle
            yield from between(low, middle)
            yield from between(middle, high)

    return sorted({0, len(curve) - 1, *between(0, len(curve) - 1)})


def uncovered(curve, epochs: Sequence[int], reach: float) -> int:
    """Epochs between measured ones that are further than `reach` from both of their neighbours."""
    return sum(
        min(distance(table_of(curve)[low], one), distance(one, table_of(curve)[high])) > reach
        for low, high in pairwise(epochs)
        for one in table_of(curve)[low + 1 : high]
    )


def random_walks(count: int, seed: int) -> Iterator[np.ndarray]:
    """Walks of 10 to 100 epochs with normal steps."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        yield np.cumsum(rng.standard_normal(rng.integers(10, 101)))


@st.composite
def curves(draw: st.DrawFn, *, rising: bool = False, numbers: int = 3) -> np.ndarray:
    """Calm and lively stretches in turn; one to three numbers an epoch; never falling if asked for."""
    epochs, width = draw(st.integers(1, 70)), draw(st.integers(1, numbers))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    pace = draw(st.sampled_from([0.05, 0.5, 2.0])) * rng.choice([0.1, 1.0, 4.0], size=(epochs, 1))
    steps = rng.standard_normal((epochs, width)) * pace
    return np.cumsum(np.abs(steps) if rising else steps, axis=0)


def schedules(make: Callable[..., Any]) -> st.SearchStrategy[Any]:
    """Any schedule of a kind."""
    return st.builds(
        make,
        delta=st.sampled_from([0.5, 2.0, 5.0]),
        multiplier=st.sampled_from([1.0, 1.5, 2.0, 4.0]),
        shrink=st.sampled_from(["halve", "reset", "never"]),
        first=st.integers(1, 5),
    )
