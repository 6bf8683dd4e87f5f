"""What real runs have to obey, whatever the networks learned."""

import math

import pytest

from verification.planes import draw_planes, rises

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""


@pytest.mark.claim(
    "ip.box",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 Fig. 5; grabauskas-2019 Figs. 1.1, 1.2, 2.4",
    says="Every point of the information planes of small real runs lies in the box 0 ≤ I(X;T) ≤ log₂ N, "
    "I(T;Y) ≤ H(Y), and below the diagonal.",
)
def test_real_points(evidence, real_runs):
    """Every layer, epoch and estimator of three small networks; the order of layers is only counted.

    With kernels both values contain the same upper bound, from which I(T;Y) takes something away: so the
    diagonal holds for them as well.
    """
    for name, run in real_runs.items():
        rows, facts = run.measurements, run.manifest["facts"]
        assert (rows["status"] == "ok").all(), f"{name}: every point must have been measured"
        for row in rows.itertuples():
            evidence.case(run=name, estimator=row.estimator, layer=row.layer, epoch=row.epoch)
            evidence.at_most(-row.i_xt, 0.0, within=KDE_ROUNDING, what="0 <= I(X;T)")
            evidence.at_most(row.i_xt, math.log2(row.n), within=KDE_ROUNDING, what="I(X;T) <= log2 N")
            evidence.at_most(row.i_ty, facts["h_y"], within=KDE_ROUNDING, what="I(T;Y) <= H(Y)")
            evidence.at_most(row.i_ty, row.i_xt, within=KDE_ROUNDING, what="I(T;Y) <= I(X;T)")
        for estimator, group in rows.groupby("estimator", sort=False):
            marked = rises(group)
            paths = ["replica", "epoch"]
            evidence.number(
                **{
                    f"{name}, {estimator}: epochs with a rise of I(X;T) from layer to layer": (
                        f"{len(marked[paths].drop_duplicates())} of {len(group[paths].drop_duplicates())}"
                    )
                }
            )
    evidence.draw(
        lambda canvas: draw_planes(canvas, real_runs),
        "Information planes of small real runs, first replica; marks grow with the epoch. Shaded: where "
        "points can lie. Ringed: the estimate of I(X;T) is above that of the layer before.",
        size=(7.2, 7.6),
    )
