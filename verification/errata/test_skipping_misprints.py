"""Slips of the printed method for skipping epochs, and what they do to it."""

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.schedules import distance
from verification.skipping import (
    DELTA,
    EXAMPLE,
    curves,
    exact,
    measured,
    same,
    section,
)

ROUNDING = 1e-12
"""Differences of numbers up to some hundreds, three of them in a row."""


@pytest.mark.claim(
    "skip.table-width",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019-draft-a §0.4.2, first table of the example",
    says="The section of the example has ten unknown cells.",
)
def test_ten_cells(evidence):
    """The later tables have nine; the middle of ten lies elsewhere, and other cells stay unknown."""
    nine = np.where(np.isnan(EXAMPLE), 0.0, EXAMPLE)
    ten = np.array([2.0, 5.0, 6.0, 8.0, 10.0, 10.5, 11.0, 12.0, 13.0, 14.0])
    drawn, found = [0, 1, 2, 3, 4, 6, 8], measured(exact(first=9), ten)
    evidence.case(cells=nine)
    same(evidence, measured(exact(first=8), nine), drawn, what="corrected: nine cells as drawn")
    evidence.case(cells=ten)
    same(evidence, found, [0, 1, 2, 3, 4, 6, 7, 9], what="ten cells")
    evidence.differ(
        len(found), len(drawn), by=0.5, what="measured cells", unit="cells",
        cells=ten, measured_of_ten=found, drawn=drawn,
    )  # fmt: skip


@pytest.mark.claim(
    "skip.distance-abs",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 eq. 3.8; grabauskas-2019-draft-a eq. 23; grabauskas-2019-draft-b eq. 27",
    says="The largest difference, with its sign, over layers and over I(X;T) and I(T;Y) measures how far "
    "apart two epochs are.",
)
def test_differences_with_a_sign(evidence):
    """With absolute values it is a metric; without, what falls has not moved, or what rises."""

    @given(seed=st.integers(0, 2**32 - 1), numbers=st.integers(1, 12))
    def search(seed, numbers):
        evidence.case(seed=seed, numbers=numbers)
        one, two, three = np.random.default_rng(seed).normal(scale=5, size=(3, numbers))
        evidence.equal(distance(one, two), distance(two, one), within=0.0, what="corrected: symmetry")
        evidence.equal(distance(one, one), 0.0, within=0.0, what="corrected: zero")
        evidence.at_most(0.0, distance(one, two), what="corrected: not negative")
        detour = distance(one, two) + distance(two, three)
        target(
            evidence.at_most(
                distance(one, three), detour, within=ROUNDING, what="corrected: triangle inequality"
            )
        )

    search()
    rising = np.where(np.isnan(EXAMPLE), 12.0, EXAMPLE)
    falling = rising[::-1]
    for name, curve in (("rise", rising), ("fall", falling)):
        by_size = section(curve, lambda a, b: abs(a - b))
        evidence.equal(len(by_size), 7, within=0.0, what=f"corrected: cells on the {name}", unit="")
        same(evidence, measured(exact(first=8), curve), by_size, what=f"corrected: the {name}")
    blind_to_a_rise = section(rising, lambda before, after: before - after)
    blind_to_a_fall = section(falling, lambda before, after: after - before)
    same(evidence, blind_to_a_rise, [0, 8], what="printed: a rise")
    same(evidence, blind_to_a_fall, [0, 8], what="printed: a fall")
    evidence.differ(
        len(blind_to_a_rise), 7, by=0.5, what="cells measured", unit="cells",
        cells="2 to 14, earlier minus later", delta=DELTA, measured_with_a_sign=blind_to_a_rise,
        measured_by_size=section(rising, lambda a, b: abs(a - b)),
    )  # fmt: skip


class Printed:
    """Figures 3.6 and 3.7, line by line; what they leave open is chosen by the arguments.

    Args:
        hands_on_delta: Whether line 11 of the first gives the second all three of its inputs.
        middle: `average(prev.epoch, curr.epoch)`.
    """

    def __init__(self, curve, *, hands_on_delta: bool, middle) -> None:
        self.curve, self.hands_on_delta, self.middle = curve, hands_on_delta, middle
        self.skip, self.measured = 1, {0, len(curve) - 1}

    def delta_skip_exact(self, prev, curr, delta, multiplier):
        if abs(self.curve[prev] - self.curve[curr]) > delta:
            self.backtrack(prev, curr, delta) if self.hands_on_delta else self.backtrack(prev, curr)
        else:
            self.skip = self.skip * multiplier

    def backtrack(self, prev, curr, delta):
        if prev + 1 < curr:
            mid = self.middle(prev, curr)
            self.measured.add(mid)
            self.delta_skip_exact(prev, mid, delta, 1)
            self.delta_skip_exact(mid, curr, delta, 1)


@pytest.mark.claim(
    "skip.arguments",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 Figs. 3.6-3.7; grabauskas-2019-draft-a Figs. 9-10; "
    "grabauskas-2019-draft-b Figs. 6-7",
    says="The two routines of the exact method run as printed.",
)
def test_arguments(evidence):
    """Delta must be handed on, and the average rounded; the multiplier 1 then leaves the skip alone."""

    @given(curve=curves(numbers=1))
    def search(curve):
        evidence.case(curve=curve)
        last = len(curve) - 1
        routine = Printed(curve[:, 0], hands_on_delta=True, middle=lambda low, high: (low + high) // 2)
        routine.delta_skip_exact(0, last, DELTA, 1)
        wanted = measured(exact(first=max(1, last)), curve)
        differing = len(routine.measured ^ set(wanted))
        target(evidence.equal(differing, 0, within=0.0, what="corrected: epochs", unit="epochs"))
        evidence.equal(routine.skip, 1, within=0.0, what="corrected: the skip stays", unit="epochs")

    search()
    ramp = np.arange(4) * 10.0
    as_printed = Printed(ramp, hands_on_delta=False, middle=lambda low, high: (low + high) // 2)
    refusal = ""
    try:
        as_printed.delta_skip_exact(0, 3, DELTA, 2)
    except TypeError as error:
        refusal = str(error)
    assert "delta" in refusal, "Backtrack has three inputs and is called with two"
    half = (0 + 3) / 2
    evidence.equal(half, 1.5, within=0.0, what="average of epochs 0 and 3", unit="epochs")
    evidence.differ(
        half, round(half), by=0.25, what="an average of epochs, and an epoch", unit="epochs",
        call="Backtrack(prev, curr)", refusal=refusal, average_of_0_and_3=half,
    )  # fmt: skip


@pytest.mark.claim(
    "skip.memory",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §3.3.2, Delta Skip - Exact; grabauskas-2019-draft-a §0.4.2; "
    "grabauskas-2019-draft-b",
    says="MNIST has 240,000 samples, of which the activity of 128 nodes takes 0.25 GB an epoch.",
)
def test_memory(evidence):
    """60,000 and 10,000 images; the printed size is of 240,000 rows of eight-byte numbers."""
    images, nodes = 60_000 + 10_000, 128
    evidence.equal(0.25, 240_000 * nodes * 8 / 1e9, within=5e-3, what="as printed, in 8 bytes", unit="GB")
    evidence.equal(0.24576, 240_000 * nodes * 8 / 1e9, within=1e-9, what="240,000 rows, 8 bytes", unit="GB")
    evidence.equal(0.12288, 240_000 * nodes * 4 / 1e9, within=1e-9, what="240,000 rows, 4 bytes", unit="GB")
    evidence.equal(0.2289, 240_000 * nodes * 8 / 2**30, within=5e-5, what="the same in GiB", unit="GiB")
    eight, four = (held(images, nodes, kind) for kind in (np.float64, np.float32))
    evidence.equal(eight / 1e6, 71.68, within=1e-9, what="corrected: 70,000 rows, 8 bytes", unit="MB")
    evidence.equal(four / 1e6, 35.84, within=1e-9, what="corrected: 70,000 rows, 4 bytes", unit="MB")
    evidence.differ(
        eight / 1e9, 0.25, by=0.005, what="activity of 128 nodes", unit="GB",
        images=images, nodes=nodes, bytes_in_float64=eight, bytes_in_float32=four,
    )  # fmt: skip


def held(rows: int, nodes: int, kind) -> int:
    """Bytes of an activity."""
    return rows * nodes * np.dtype(kind).itemsize
