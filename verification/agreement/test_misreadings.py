"""What the kernel bound is often taken to be, and is not."""

from collections import defaultdict

import numpy as np
import pytest

from verification.agreement.stored import read_json, saxe_cases
from verification.agreement.test_saxe import KERNEL_TOLERANCE, kernel_numbers

NAMES = {
    "dists_over_2_times_var": "distances / 2 * variance",
    "sigma_instead_of_variance": "deviation for variance",
    "no_factor_2": "no factor 2",
    "distances_not_squared": "distances not squared",
    "sign_of_mean_lprobs_flipped": "sign flipped",
    "half_d_forgotten": "d/2 forgotten",
    "nats_reported_as_bits": "nats called bits",
    "leave_one_out": "own row left out",
    "label_weights_missing": "no label weights",
    "label_weights_uniform": "equal label weights",
    "cnn_literal_1_over_N_log_N_sum_ij": "candidate-8240R-2019 §3.2.4 as printed",
    "log_of_double_mean": "log of the double mean",
}
"""The stored name of each misreading, and how the figure calls it."""


@pytest.mark.claim(
    "agreement.misreadings",
    kind="agreement",
    expected="holds",
    source="artemyk/ibsgd: kde.py (Saxe et al. 2018); candidate-8240R-2019 §3.2.4; grabauskas-2019 Fig. 3.5",
    says="Our kernel values are those of the reference program and of none of twelve common misreadings "
    "of its formula, wherever the misreading gives another number.",
)
def test_misreadings(evidence):
    """Where a misreading differs from the reference, we are with the one and away from the other."""
    cases = {case.name: case for case in saxe_cases()}
    ours, theirs = [], defaultdict(list)
    for row in read_json("saxe_misreadings")["rows"]:
        case = cases[row["case"]]
        found = kernel_numbers(case.t, case.probe, row["noise_variance"])
        evidence.case(case=case.name, noise_variance=row["noise_variance"])
        for name in ("ixt_upper_bits", "ixt_lower_bits", "iyt_upper_bits"):
            reference = row[f"reference_{name}"]
            ours.append(evidence.equal(found[name], reference, within=KERNEL_TOLERANCE, what=name))
        for key, misread in row.items():
            name = key.split("__")[0]
            if name not in NAMES:
                continue
            quantity = "iyt_upper_bits" if "__iyt" in key else "ixt_upper_bits"
            if abs(misread - row[f"reference_{quantity}"]) > KERNEL_TOLERANCE:
                away = evidence.differ(found[quantity], misread, by=KERNEL_TOLERANCE, what=NAMES[name])
                theirs[name].append(away)
    assert set(theirs) == set(NAMES), f"never told apart: {set(NAMES) - set(theirs)}"
    evidence.number(
        **{
            "largest distance to the reference": max(ours),
            **{f"smallest distance, {NAMES[name]}": min(away) for name, away in theirs.items()},
        }
    )

    def draw(canvas):
        axes = canvas.add_subplot()
        axes.axvline(KERNEL_TOLERANCE, color="#595959", linestyle=":", label="tolerance")
        axes.scatter(
            np.maximum(ours, 1e-16), np.zeros(len(ours)), color="#0072B2", s=14, label="to the reference"
        )
        for place, name in enumerate(NAMES, start=1):
            label = "to the misreading" if place == 1 else ""
            axes.scatter(
                theirs[name],
                np.full(len(theirs[name]), place),
                color="#D55E00",
                marker="D",
                s=12,
                label=label,
            )
        axes.set_yticks(range(len(NAMES) + 1), ["reference", *NAMES.values()])
        axes.set(xscale="log", xlabel="distance of our value in bits")
        axes.invert_yaxis()
        axes.legend(frameon=False, loc="upper center", ncols=3, bbox_to_anchor=(0.4, 1.12))

    evidence.draw(
        draw, "How far our kernel values are from the reference and from each misreading.", size=(7.2, 4.2)
    )
