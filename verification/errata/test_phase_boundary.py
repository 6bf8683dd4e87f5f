"""Where one run's fitting phase ends, told twice."""

import numpy as np
import pytest

from ibspec.analysis import bootstrap_median, end_of_fitting
from verification.planted import noisy

PRINTED = (1000.0, 1500.0)
"""Less than, in §1.1, and about, in §2.3.3."""

EPOCHS = np.arange(0.0, 10_001.0, 50.0)


def ends(half: float, seeds: int) -> np.ndarray:
    """Detected ends of fitting of runs of 10,000 epochs, half of the way to the final I(T;Y) by an epoch."""
    curves = noisy(1 - 2 ** (-EPOCHS / half), seeds, seed=186, sd=0.01)
    return np.array([end_of_fitting(curve, EPOCHS).end for curve in curves], dtype=float)


@pytest.mark.claim(
    "phase.boundary-conflict",
    kind="erratum",
    expected="refuted",
    source="grabauskas-2019 §1.1, against §2.3.3, of one figure",
    says="The fitting phase of one and the same run ends before epoch 1000, and at about epoch 1500.",
)
def test_two_ends_of_one_phase(evidence):
    """One definition cannot give both: with 50 epochs between measurements it is known to less than 500."""
    below, about = PRINTED
    for half in (200.0, 400.0):
        # The first mean stands at epoch 200, so that the rise is counted from there.
        first, last = 2 ** (-200 / half), 2 ** (-9800 / half)
        truth = -half * np.log2(first - 0.9 * (first - last))
        found = ends(half, 20)
        evidence.case(half=half)
        # Means of nine: the slope there is ln 2 / 10 half a epoch, their error 0.0033, the grid 50 epochs.
        slack = 50 + 5 * (0.01 / 3) / (np.log(2) / half * (first - last) / 10)
        missed = float(np.abs(found - truth).max())
        evidence.at_most(missed, slack, what="corrected: end of fitting, missed by", unit="epochs")
        middle = bootstrap_median(found, np.random.default_rng(186))
        width = middle.high - middle.low
        evidence.at_most(width, about - below, what="corrected: width of the interval", unit="epochs")
    evidence.differ(
        below, about, by=0.0, what="end of fitting, printed", unit="epochs",
        chapter_1=below, section_2_3_3=about, gap=about - below,
    )  # fmt: skip
