"""Information does not change under maps that can be undone; counts of neighbours do."""

import math

import numpy as np
import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from ibspec.core import Probe
from ibspec.estimators import Ksg
from verification.theory.test_neighbour_counts import SEEDS, SUMS, drawn

SAMPLES = 400

CORRELATION = 0.95


def counted(x, t):
    """I(X;T) in bits by the software under test."""
    return Ksg().estimate(t, Probe(x=x)).i_xt


@pytest.mark.claim(
    "ksg.maps",
    kind="extension",
    expected="refuted",
    source="Kraskov, Stögbauer & Grassberger (2004), Phys. Rev. E 69, 066138, section II, the invariance of "
    "I(X;T) read for the estimate",
    says="Counts of neighbours do not change under rising maps of a column, as information does not.",
)
def test_rising_maps(evidence):
    """Stretched tails are far from their neighbours in that column, whatever the other one says."""

    @given(seed=SEEDS, powers=st.lists(st.integers(-40, 40), min_size=4, max_size=4))
    def search(seed, powers):
        x, t, _ = drawn(seed, 2)
        evidence.case(x=x, t=t)
        one = counted(x, t)
        scaled = counted(x * np.exp2(powers[:2]), t * np.exp2(powers[2:]))
        target(evidence.equal(scaled, one, within=SUMS, what="corrected: columns times powers of two"))
        evidence.equal(counted(t, x), one, within=SUMS, what="corrected: sides exchanged")
        twice = counted(x[:, [0, 1, 1]], t[:, [1, 0, 0]])
        evidence.equal(twice, one, within=SUMS, what="corrected: columns twice, in another order")

    search()
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal((2, SAMPLES))
    t = CORRELATION * x + math.sqrt(1 - CORRELATION**2) * noise
    steep = np.array([0.5, 1.0, 2.0, 4.0, 8.0])
    path = [counted(x, np.exp(a * t)) for a in steep]
    plain, true = counted(x, t), -0.5 * math.log2(1 - CORRELATION**2)
    # 4 standard deviations at N = 1,000 and 0.9 as printed, 0.034 nats, are 0.2 bits; for 400 rows more.
    evidence.equal(plain, true, within=0.35, what="normal rows as they are")
    evidence.differ(
        path[-1], plain, by=0.5, what="I(X;T) by counts", law=f"normal, correlation {CORRELATION}",
        samples=SAMPLES, true_bits=true, counts_for_T=plain, counts_for_exp_8T=path[-1],
    )  # fmt: skip
    assert path[-1] < plain, "the counterexample must lose what is still there"

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.axhline(true, color="#D55E00", label="exact")
        axes.plot([0.0, *steep], [plain, *path], "o-", color="#0072B2", label="counts of neighbours")
        axes.set(xlabel="a in exp(a T); 0 is T itself", ylabel="I(X;T) in bits")
        axes.legend(frameon=False)

    evidence.draw(draw, "Normal rows of correlation 0.95, T stretched by exponentials.")
