"""The estimators of Saxe et al. (2018), number by number."""

import numpy as np
import pytest

from ibspec.estimators import Binning, Kde, Range, Width
from verification.agreement.stored import saxe_cases

KERNEL_TOLERANCE = 1e-9
"""Bits, float64 against float64: squared distances of a cloud offset by 30 cancel to about 1e-10."""

CELL_TOLERANCE = 1e-12
"""Bits: counts are exact integers, so only the sums of logarithms round."""


def float32_tolerance(t, variance: float) -> float:
    """Bits: the reference's float32 squared distances lose about 10 units in the last place of |t|^2."""
    largest = float((np.asarray(t, dtype=np.float64) ** 2).sum(axis=1).max())
    return 1e-5 + 10 * 2.0**-24 * largest / (2 * variance) / np.log(2)


def kernel_numbers(t, probe, variance: float) -> dict[str, float]:
    """Our numbers under the reference's names."""
    found = Kde(noise_variance=variance).estimate(t, probe)
    return {
        "ixt_lower_bits": found.i_xt_bounds[0],
        "ixt_upper_bits": found.i_xt,
        "iyt_lower_bits": found.extras["saxe_i_ty_lower"],
        "iyt_upper_bits": found.i_ty,
    }


@pytest.mark.claim(
    "agreement.saxe-kde",
    kind="agreement",
    expected="holds",
    source="artemyk/ibsgd: kde.py (Saxe et al. 2018)",
    says="Our kernel bounds of I(X;T), and the differences of bounds taken for I(T;Y), equal the reference "
    "program's on 28 cases at five noise variances.",
)
def test_kernel_bounds(evidence):
    """Against the reference in float64 closely, and in float32, as shipped, within its own rounding."""
    for case in saxe_cases():
        for variance, stored in case.kernel.items():
            evidence.case(case=case.name, noise_variance=variance)
            for name, value in kernel_numbers(case.t, case.probe, variance).items():
                reference = stored["float64"][name]
                evidence.equal(value, reference, within=KERNEL_TOLERANCE, what=f"{name}, float64")
                loose = float32_tolerance(case.t, variance)
                evidence.equal(value, stored["float32"][name], within=loose, what=f"{name}, float32")


@pytest.mark.claim(
    "agreement.saxe-binned",
    kind="agreement",
    expected="holds",
    source="artemyk/ibsgd: simplebinmi.py (Saxe et al. 2018)",
    says="Our numbers for cells of fixed width and for 30 bins on [-1, 1] equal the reference program's, "
    "with its H(T) in place of I(X;T) for fixed width and its wrap of values below -1.",
)
def test_cells(evidence):
    """Cut in the precision of the stored activity: values on edges fall elsewhere in another."""
    ways = {
        "floor_0.5": Width(0.5),
        "floor_0.07": Width(0.07),
        "digitize_30": Range(low=-1, high=1, bins=30, outside="wrap"),
    }
    kept_apart = 0
    for case in saxe_cases():
        for name, cells in ways.items():
            evidence.case(case=case.name, cells=name)
            found, stored = Binning(cells=cells).estimate(case.t, case.probe), case.cells[name]
            about_x = found.i_xt if name == "digitize_30" else found.h_t
            evidence.equal(about_x, stored["ixt_bits"], within=CELL_TOLERANCE, what=f"{name}, X")
            if "iyt_bits" in stored:
                evidence.equal(found.i_ty, stored["iyt_bits"], within=CELL_TOLERANCE, what=f"{name}, Y")
        own = Binning(cells=Range(low=-1, high=1, bins=30)).estimate(case.t, case.probe)
        kept_apart += abs(own.i_xt - case.cells["digitize_30"]["ixt_bits"]) > CELL_TOLERANCE
    evidence.number(**{"of 28 cases, other values without the wrap": kept_apart})
    assert kept_apart > 0, "without the wrap some cases must come out otherwise"
