"""What layers keep of the part of the input that decides the label, and of the rest."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from ibspec.analysis import compression
from ibspec.core import Probe
from ibspec.estimators import Exact
from verification.information import ROUNDING
from verification.strategies import label_lists

REPLICAS = 10

LATE = "dense3"
"""The last hidden layer."""

PARTS = ("i_irrelevant_t_given_relevant", "i_relevant_t")


def spec(relevant: int, irrelevant: int) -> dict:
    """Ten tanh nets on all words of some bits, whose label is the majority of the first ones."""
    return {
        "name": "relevant",
        "data": {
            "kind": "boolean", "relevant": relevant, "irrelevant": irrelevant, "rule": "majority",
            "train_fraction": 0.8,
        },
        "model": {"kind": "mlp", "hidden": [6, 4, 3], "activation": "tanh"},
        "training": {
            "epochs": 240, "batch_size": 32, "loss": "cross-entropy", "replicas": REPLICAS, "seed": 0,
            "optimiser": {"kind": "adam", "learning_rate": 0.01},
        },
        "measure": {
            "when": {"kind": "every", "epochs": 6},
            "probe": {"split": "all"},
            "layers": [LATE],
            "estimators": [
                {"kind": "binning", "cells": {"kind": "range", "low": -1, "high": 1, "bins": 30}}
            ],
        },
        "figures": [],
    }  # fmt: skip


def measured(relevant, irrelevant, out):
    """I(Z;T|R) and I(R;T) of the late layer: arrays (replicas, epochs), and the epochs."""
    from ibspec.loading import load
    from ibspec.runner import run
    from ibspec.spec import parse_spec

    table = load(run(parse_spec(spec(relevant, irrelevant)), out=out, device="cpu").path).measurements
    table = table.sort_values(["replica", "epoch"])
    extras = [json.loads(each) for each in table["extras"]]
    epochs = np.unique(table["epoch"].to_numpy(dtype=np.float64))
    rest, kept = (np.array([each[name] for each in extras]).reshape(-1, len(epochs)) for name in PARTS)
    return rest, kept, epochs


def falls(curves, epochs):
    """Bits that each replica loses from its maximum on, and in how many that is more than noise."""
    found = [compression(curve, epochs) for curve in curves]
    return [each.bits for each in found], sum(each.is_detected for each in found)


def chance(count):
    """Of so many replicas of ten or more, were a fall as likely as not."""
    return float(binomtest(count, REPLICAS, 0.5, alternative="greater").pvalue)


@pytest.mark.claim(
    "prop.relevant",
    kind="finding",
    expected="not supported",
    source="grabauskas-2019-proposal §3.2",
    says="Of inputs X = (R, Z) with Y = f(R) late layers give up what they know of Z, I(Z;T|R), and keep all "
    "that they know of R, I(R;T).",
)
def test_relevant_and_irrelevant_inputs(evidence, tmp_path_factory):
    """Z goes; but so does what R has beyond Y. Where R is the label, it stays."""

    @given(rows=label_lists(3, symbols=3), seed=st.integers(0, 2**32 - 1))
    def search(rows, seed):
        evidence.case(rows=rows)
        t = rows[:, 2:] if seed % 2 else rows[:, :1] * 2 + rows[:, 1:2] + rows[:, 2:]
        found = Exact().estimate(t, Probe(ids=rows[:, :2], relevant=rows[:, 0]))
        parts = sum(found.extras[name] for name in PARTS)
        evidence.equal(parts, found.i_xt, within=ROUNDING, what="I(R;T) + I(Z;T|R) = I(X;T)")

    search()
    rest, kept, epochs = measured(3, 4, tmp_path_factory.mktemp("majority"))
    lost_rest, in_rest = falls(rest, epochs)
    lost_kept, in_kept = falls(kept, epochs)
    evidence.at_most(chance(in_rest), 0.05, what="I(Z;T|R) falls: sign test over nets", unit="probability")
    evidence.at_most(chance(in_kept), 0.05, what="I(R;T) falls: sign test over nets", unit="probability")
    _, alone, epochs = measured(1, 6, tmp_path_factory.mktemp("label"))
    lost_alone, in_alone = falls(alone, epochs)
    evidence.at_most(in_alone, 0, what="nets in which I(R;T) falls where R is the label", unit="nets")
    evidence.number(
        **{
            "majority of 3 bits, 4 others: I(Z;T|R) falls by, in": (float(np.mean(lost_rest)), in_rest),
            "majority of 3 bits, 4 others: I(R;T) falls by, in": (float(np.mean(lost_kept)), in_kept),
            "one bit, 6 others: I(R;T) falls by, in": (float(np.mean(lost_alone)), in_alone),
            "I(R;T) at the end: three bits, one bit": (float(kept[:, -1].mean()), float(alone[:, -1].mean())),
        }
    )
    evidence.find("not supported")
