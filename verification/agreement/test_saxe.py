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
    pairs = []
    for case in saxe_cases():
        for variance, stored in case.kernel.items():
            evidence.case(case=case.name, noise_variance=variance)
            for name, value in kernel_numbers(case.t, case.probe, variance).items():
                reference, single = stored["float64"][name], stored["float32"][name]
                evidence.equal(value, reference, within=KERNEL_TOLERANCE, what=f"{name}, float64")
                loose = float32_tolerance(case.t, variance)
                evidence.equal(value, single, within=loose, what=f"{name}, float32")
                pairs.append((name, value, reference, single))
    evidence.draw(
        lambda canvas: draw_agreement(canvas, pairs),
        "Left: our value against the reference program's in float64. Right: how far it is from the "
        "reference program's in float64 and in float32.",
        size=(7.2, 3.7),
    )


def draw_agreement(canvas, pairs: list[tuple[str, float, float, float]]) -> None:
    """Draw (name, ours, reference in float64, reference in float32): values, and their differences."""
    left, right = canvas.subplots(1, 2)
    names = {
        "ixt_upper_bits": "I(X;T), upper",
        "ixt_lower_bits": "I(X;T), lower",
        "iyt_upper_bits": "I(T;Y), from upper",
        "iyt_lower_bits": "I(T;Y), from lower",
    }
    colours, markers = ("#0072B2", "#E69F00", "#009E73", "#CC79A7"), "os^D"
    for (key, label), colour, marker in zip(names.items(), colours, markers, strict=True):
        mine = np.array([numbers for name, *numbers in pairs if name == key])
        look = {"s": 14, "marker": marker, "color": colour, "alpha": 0.75, "linewidths": 0}
        left.scatter(mine[:, 1], mine[:, 0], label=label, zorder=3, **look)
        apart = np.abs(mine[:, :1] - mine[:, 1:]).clip(1e-17)
        right.scatter(mine[:, 1], apart[:, 0], **look)
        right.scatter(
            mine[:, 2], apart[:, 1], s=14, marker=marker, facecolors="none", edgecolors=colour, linewidths=0.7
        )
    low, high = left.get_xlim()
    left.plot([low, high], [low, high], color="#595959", linewidth=0.8, zorder=1)
    left.set(xlabel="reference in bits", ylabel="ours in bits")
    left.legend(frameon=False, fontsize=7, loc="upper left")
    right.axhline(KERNEL_TOLERANCE, color="#595959", linestyle=":")
    right.text(high, KERNEL_TOLERANCE, "tolerance, float64", ha="right", va="bottom", fontsize=7)
    right.text(
        0.02,
        0.03,
        "filled: float64; hollow: float32; lowest: no difference",
        transform=right.transAxes,
        fontsize=7,
    )
    right.set(yscale="log", ylim=(1e-19, 2e-1), xlabel="reference in bits", ylabel="difference in bits")


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
