"""How far measured epochs lie apart when every n-th epoch is measured."""

import json
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, spearmanr

from ibspec.schedules import distance

REPLICAS = 10

CHANGES = (
    "training.epochs=300",
    "training.optimiser.learning_rate=0.002",
    f"training.replicas={REPLICAS}",
    'measure.when={"kind": "every", "epochs": 15}',
    "measure.probe.size=500",
    "measure.estimators="
    + json.dumps(
        [
            {"kind": "kde", "noise_variance": 0.001},
            {"kind": "binning", "cells": {"kind": "range", "low": -1, "high": 1, "bins": 30}},
        ]
    ),
)
"""A twenty-seventh of the published epochs at five times the rate; every fifteenth epoch is measured."""


def measured(specs, out) -> tuple[pd.DataFrame, dict[str, float]]:
    """The table of a run now, and the entropies of its probe."""
    from ibspec.loading import load
    from ibspec.runner import run
    from ibspec.spec import read_spec

    found = load(run(read_spec(specs / "tishby_tanh.json", CHANGES), out=out, device="cpu").path)
    return found.measurements, found.manifest["facts"]


def steps(rows: pd.DataFrame, facts: dict[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Epochs from the second measured one on, and the normalised distance of each to the one before."""
    wide = rows.pivot_table(index="epoch", columns="layer", values=["i_xt", "i_ty"])
    shares = np.hstack([wide["i_xt"] / facts["h_x"], wide["i_ty"] / facts["h_y"]])
    apart = [distance(before, after) for before, after in pairwise(shares)]
    return wide.index.to_numpy()[1:], np.array(apart)


@pytest.mark.claim(
    "skip.simple",
    kind="finding",
    expected="supported",
    source="grabauskas-2019 §3.3.2, Simple Skip; grabauskas-2019-draft-a §0.4.2; grabauskas-2019-draft-b",
    says="When every n-th epoch is measured, the steps between measured epochs are larger early in training "
    "than late.",
)
def test_every_nth_epoch(evidence, tmp_path_factory, pytestconfig):
    """Ten tanh nets on the 12-bit task; over epochs in each net, and a sign test over nets."""
    table, facts = measured(pytestconfig.rootpath / "specs", tmp_path_factory.mktemp("skipping"))
    paths = {}
    for estimator, rows in table.groupby("estimator"):
        orders, early, late = [], [], []
        for replica, mine in rows.groupby("replica"):
            evidence.case(estimator=estimator, replica=replica)
            epochs, apart = paths[estimator, replica] = steps(mine, facts)
            third = len(apart) // 3
            orders.append(float(spearmanr(epochs, apart).statistic))
            early.append(float(apart[:third].max()))
            late.append(float(apart[-third:].max()))
        larger = sum(one > other for one, other in zip(early, late, strict=True))
        falling = sum(order < 0 for order in orders)
        for count, what in ((larger, "largest step, early and late"), (falling, "steps fall with the epoch")):
            chance = binomtest(count, REPLICAS, 0.5, alternative="greater").pvalue
            evidence.at_most(chance, 0.05, what=f"{what}: sign test over nets", unit="probability")
        evidence.number(
            **{
                f"{estimator}: rank correlation of step and epoch, least, median, most": summary(orders),
                f"{estimator}: largest step of the first third, share of H": summary(early),
                f"{estimator}: largest step of the last third, share of H": summary(late),
            }
        )
    evidence.find("supported")

    def draw(canvas):
        axes = canvas.add_subplot()
        colours = dict(
            zip(sorted({estimator for estimator, _ in paths}), ("#D55E00", "#0072B2"), strict=True)
        )
        for (estimator, replica), (epochs, apart) in paths.items():
            axes.semilogy(
                epochs, apart, color=colours[estimator], alpha=0.6, label=estimator if replica == 0 else None
            )
        axes.set(xlabel="epoch", ylabel="distance to the measured epoch before, share of H")
        axes.legend(frameon=False)

    evidence.draw(draw, "Distance of neighbouring measured epochs, every fifteenth, of ten tanh nets.")


def summary(values) -> tuple[float, float, float]:
    """Least, median and most."""
    return min(values), float(np.median(values)), max(values)
