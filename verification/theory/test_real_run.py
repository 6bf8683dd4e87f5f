"""What a real run has to obey, whatever the network learned."""

import math

import numpy as np
import pytest

KDE_ROUNDING = 1e-9
"""Bits: distances, then exp and log."""

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")


@pytest.mark.claim(
    "ip.box",
    kind="bound",
    expected="holds",
    source="candidate-8240R-2019 Fig. 5; grabauskas-2019 Figs. 1.1, 1.2, 2.4",
    says="Every point of the information plane of a small real run lies in the box 0 ≤ I(X;T) ≤ log₂ N, "
    "I(T;Y) ≤ H(Y), and below the diagonal.",
)
def test_real_points(evidence, real_run):
    """Every layer, epoch and estimator of a small network on the digits; the order of layers is only counted.

    With kernels both values contain the same upper bound, from which I(T;Y) takes something away: so the
    diagonal holds for them as well.
    """
    rows = real_run.measurements
    facts = real_run.manifest["facts"]
    assert (rows.status == "ok").all(), "every point must have been measured"
    for row in rows.itertuples():
        evidence.case(estimator=row.estimator, layer=row.layer, epoch=row.epoch)
        evidence.at_most(-row.i_xt, 0.0, within=KDE_ROUNDING, what="0 <= I(X;T)")
        evidence.at_most(row.i_xt, math.log2(row.n), within=KDE_ROUNDING, what="I(X;T) <= log2 N")
        evidence.at_most(row.i_ty, facts["h_y"], within=KDE_ROUNDING, what="I(T;Y) <= H(Y)")
        evidence.at_most(row.i_ty, row.i_xt, within=KDE_ROUNDING, what="I(T;Y) <= I(X;T)")
    ordered = rows.sort_values(["estimator", "replica", "epoch", "depth"])
    for estimator, group in ordered.groupby("estimator"):
        paths = group.groupby(["replica", "epoch"]).i_xt
        rises = paths.apply(lambda path: bool((path.diff() > KDE_ROUNDING).any()))
        evidence.number(
            **{
                f"{estimator}: points": len(group),
                f"{estimator}: epochs with a rise of I(X;T)": f"{int(rises.sum())} of {len(rises)}",
            }
        )

    def draw(canvas):
        planes = ordered[ordered.replica == 0].groupby("estimator")
        for axes, (estimator, group) in zip(
            canvas.subplots(1, len(planes), sharey=True), planes, strict=True
        ):
            top, reach = facts["h_y"], math.log2(group.n.iloc[0])
            axes.fill([0, top, reach, reach], [0, top, top, 0], color="#f0f0f0", zorder=0)
            for (_, path), colour in zip(group.groupby("depth"), COLOURS, strict=False):
                axes.plot(path.i_xt, path.i_ty, "-", color=colour, linewidth=1)
                sizes = np.linspace(6, 36, len(path))
                axes.scatter(path.i_xt, path.i_ty, s=sizes, color=colour, label=path.layer.iloc[0], zorder=3)
            axes.set(xlabel="I(X;T) in bits", title=estimator, xlim=(0, reach * 1.03), ylim=(0, top * 1.06))
        canvas.axes[0].set_ylabel("I(T;Y) in bits")
        handles, names = canvas.axes[0].get_legend_handles_labels()
        canvas.legend(handles, names, frameon=False, loc="outside lower center", ncols=len(names))

    name = real_run.spec.name
    evidence.draw(
        draw,
        f"Information planes of specs/{name}.json, first replica; marks grow with the epoch, from 0 to "
        f"{rows.epoch.max()}. Shaded: where points can lie.",
        size=(7.2, 3.7),
    )
