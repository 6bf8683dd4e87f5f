"""Runs whose estimators must have seen all measured epochs: their numbers, their place, their cost."""

import json

import pytest

from ibspec import Recorder
from ibspec.core import SpecError
from ibspec.estimators import Binning, Quantiles
from ibspec.runner import prepare
from ibspec.runner.execution import Execution
from tests.runner.tiny import assert_same, run_tiny, tiny

SHARED = {"kind": "binning", "cells": {"kind": "quantiles", "bins": 4, "over": "training"}}
GLOBAL = {"kind": "binning", "cells": {"kind": "quantiles", "bins": 4, "per": "global"}}
BOTH = f"measure.estimators={json.dumps([SHARED, GLOBAL])}"


def test_rows_of_every_replica_layer_and_epoch(tmp_path):
    found = run_tiny(tmp_path, BOTH, "training.replicas=2")
    table = found.measurements
    epochs = found.spec.measure.when.planned(found.spec.training.epochs)
    assert (table.status == "ok").all()
    assert len(table) == 2 * 2 * len(epochs) * table.layer.nunique()
    assert not table.duplicated(["replica", "epoch", "layer", "estimator"]).any()
    depths = table.groupby("layer").depth.unique()
    assert sorted(int(depth) for each in depths for depth in each) == list(range(table.layer.nunique()))
    assert not (found.path / "weights").exists()
    assert found.manifest["measurements"]["made"] == len(table)


def test_the_numbers_are_those_of_a_recorder_that_saw_every_epoch(tmp_path, monkeypatch):
    """A recorder of one's own, fed with the weights that the run kept."""
    kept = {}
    write_down = Execution._write_down

    def spy(self, snapshot, findings):
        kept[snapshot.epoch] = snapshot.weights
        write_down(self, snapshot, findings)

    monkeypatch.setattr(Execution, "_write_down", spy)
    found = run_tiny(tmp_path, BOTH, "training.replicas=1")
    prepared = prepare(tiny(BOTH), device="cpu")
    net = prepared.build_net(0)
    estimators = [
        Binning(cells=Quantiles(bins=4, over="training")),
        Binning(cells=Quantiles(bins=4, per="global")),
    ]
    recorder = Recorder(net, prepared.probe, None, estimators)
    for epoch, weights in kept.items():
        if weights is not None:
            net.load_state_dict(weights)
            recorder.record(epoch)
    recorder.finish()
    key = ["epoch", "depth", "estimator"]
    own = recorder.measurements.sort_values(key, ignore_index=True)
    assert_same(found.measurements.sort_values(key, ignore_index=True), own)


def test_beside_others_and_with_few_weights_in_memory(tmp_path, monkeypatch):
    """Neither the company nor where the weights wait changes a number."""
    alone = run_tiny(tmp_path / "a", BOTH).measurements
    monkeypatch.setattr("ibspec.runner.keeping.ROOM", 1)
    three = json.dumps([{"kind": "kde", "noise_variance": 0.1}, SHARED, GLOBAL])
    beside = run_tiny(tmp_path / "b", f"measure.estimators={three}").measurements
    beside = beside[beside.estimator != "kde(0.1)"]
    assert_same(alone, beside.reset_index(drop=True))


def test_too_many_epochs_to_hold_are_refused_before_anything_starts(monkeypatch):
    monkeypatch.setattr("ibspec.runner.preparation.available_memory", lambda: 2**22)
    with pytest.raises(SpecError, match=r"measure\.when"):
        prepare(tiny(f"measure.estimators={json.dumps([SHARED])}", "training.epochs=100000"), device="cpu")


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        ({"kind": "exact"}, 'measure.estimators[1]: exact can measure none of the layers: .*"quantised"'),
        ({"kind": "sample-propagation"}, 'measure.estimators[1]: sample-propagation.* "noisy"'),
    ],
)
def test_an_estimator_that_can_measure_no_layer_is_refused_at_once(tmp_path, estimator, message):
    chosen = json.dumps([SHARED, estimator])
    with pytest.raises(SpecError, match=message.replace("[1]", r"\[1\]")):
        run_tiny(tmp_path, f"measure.estimators={chosen}")
    assert not list(tmp_path.iterdir())
