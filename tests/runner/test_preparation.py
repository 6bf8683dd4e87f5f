"""What does not fit the data or the machine is refused before anything is written."""

import json
import re

import numpy as np
import pytest

import ibspec.runner.preparation as preparation
from ibspec.core import DataError, DeviceError, SpecError
from ibspec.runner import prepare, run
from ibspec.spec import apply_overrides, parse_spec
from tests.spec.documents import CNN, TINY

GIB = 2**30


def prepared(*overrides, document=TINY):
    return prepare(parse_spec(apply_overrides(document, overrides)), device="cpu")


def refused(error, *overrides, document=TINY):
    with pytest.raises(error, match=r"\w") as caught:
        prepared(*overrides, document=document)
    return str(caught.value)


def test_what_is_prepared():
    found = prepared()
    assert dict(found.layers) == {"dense1": (6,), "dense2": (4,), "output": (10,)}
    assert len(found.splits) == 2
    assert found.probe.samples == 60
    assert found.weights == 468
    assert found.device.type == "cpu"
    assert sum(need.size for need in found.needs) < GIB


def test_replicas_draw_their_own_splits_and_share_the_probe():
    first, second = prepared().splits
    assert len(first.train) == len(second.train) == 180
    assert not np.array_equal(first.train, second.train)
    again = prepared("training.replicas=1").splits[0]
    assert np.array_equal(first.train, again.train)


def test_the_probe_is_drawn_once_and_kept_in_file_order():
    one, two = prepared().probe, prepared().probe
    assert np.array_equal(one.x, two.x)
    whole = prepared('measure.probe={"split": "all"}').probe
    assert whole.samples == 1797
    rows = [int(np.flatnonzero((whole.x == row).all(axis=1))[0]) for row in one.x]
    assert rows == sorted(rows)
    assert not np.array_equal(prepared("training.seed=1").probe.x, one.x)


def test_each_replica_has_first_weights_of_its_own():
    found = prepared()
    nets = [found.build_net(replica).state_dict()["dense1.transform.weight"] for replica in (0, 1, 0)]
    assert not nets[0].equal(nets[1])
    assert nets[0].equal(nets[2])


@pytest.mark.parametrize(
    ("override", "error", "message"),
    [
        (
            "training.batch_size=2000",
            SpecError,
            'training.batch_size: 2000 rows a step, but the training set has 180. Lower it, or write "full"',
        ),
        (
            "training.batch_size=" + "9" * 25,
            SpecError,
            "training.batch_size: 9999999999999999999999999 rows a step",
        ),
        (
            "measure.probe.size=1798",
            SpecError,
            "measure.probe.size: wanted 1798 rows, but digits has 1797 rows. Lower it, or leave it "
            "out to take them all",
        ),
        (
            "measure.probe.split=test",
            SpecError,
            "measure.probe.split: digits has no fixed test rows (each replica draws its own), so a probe of "
            'them would differ between replicas. Use "all"',
        ),
        (
            'measure.layers=["dense1", "dens2"]',
            SpecError,
            "measure.layers: the model has no layer 'dens2'. Did you mean 'dense2'? "
            "It has dense1, dense2, output",
        ),
        (
            'measure.layers=["output", "output"]',
            SpecError,
            "measure.layers: a layer is named twice in ['output', 'output']",
        ),
        (
            "data.train_fraction=0.0001",
            DataError,
            "train_fraction=0.0001 of the 1797 rows of digits leaves 0 for training and 1797 for testing",
        ),
        (
            'expect=[{"what": "i_xt", "value": 1, "tolerance": 1, "source": "x", "layer": "dense9", '
            '"estimator": "kde(0.1)"}]',
            SpecError,
            "expect[0].layer: the run measures no layer 'dense9'. It measures dense1, dense2, output",
        ),
        (
            "model.hidden=[10000000000000000000000]",
            SpecError,
            "model.hidden[0]: a layer with 6.40e+23 weights",
        ),
    ],
)
def test_what_does_not_fit_the_data(override, error, message):
    assert refused(error, override).startswith(message)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.batch_size=4001", "training.batch_size: 4001 rows a step, but the training set has 4000"),
        (
            "measure.probe.size=1001",
            "measure.probe.size: wanted 1001 rows, but mnist (first-500-per-class) has 1000 test rows",
        ),
        (
            'measure.layers=["conv2"]',
            "measure.layers: the model has no layer 'conv2'. Did you mean 'conv1'? "
            "It has conv1, pool, flatten, output",
        ),
        ("model.layers[0].kernel=29", "model.layers[0] (conv1) does not fit its input (1, 28, 28)"),
        ("model.layers[0].kernel=1000000000", "model.layers[0].kernel"),
        ("model.layers[1].size=99", "model.layers[1] (pool) does not fit its input (2, 26, 26)"),
        (
            "model.layers[4].units=11",
            "model.layers[4].units: the data have 10 classes, so the output needs 10 units",
        ),
        (
            'model.layers[2]={"kind": "dropout", "rate": 0.1}',
            "model.layers[4]: a dense layer needs one row of units",
        ),
    ],
)
def test_what_does_not_fit_images(override, message):
    text = refused(SpecError, override, document=CNN)
    assert text.startswith(message)
    assert "\n" not in text


def test_the_subset_has_a_fixed_split():
    found = prepared("measure.probe.split=train", "measure.probe.size=4000", document=CNN)
    assert found.probe.samples == 4000
    assert all(len(split.train) == 4000 and len(split.test) == 1000 for split in found.splits)


# Memory


@pytest.mark.parametrize(
    ("overrides", "key"),
    [
        (["model.hidden=[1000000000]"], "model.hidden"),
        (["model.hidden=[1000000000]", "training.replicas=1"], "model.hidden"),
        (["training.replicas=100000", "model.hidden=[4000, 4000]"], "training.replicas"),
        (
            [
                "model.hidden=[100000, 2]",
                'training.batch_size="full"',
                "data.train_fraction=0.9",
                "training.replicas=1",
            ],
            None,
        ),
    ],
)
def test_sizes_beyond_memory_are_refused_and_name_the_key_to_lower(monkeypatch, overrides, key):
    monkeypatch.setattr(preparation, "available_memory", lambda: 8 * GIB)
    if key is None:
        prepared(*overrides)
        return
    text = refused(SpecError, *overrides)
    assert re.match(
        rf"{re.escape(key)}: the run needs about [\d,]+ GiB of memory, and 8 GiB are free\.", text
    )
    assert text.endswith(f"Lower {key}")
    assert "e+" not in text


@pytest.mark.parametrize(
    ("override", "keys"),
    [
        ("model.layers[0].channels=10000000", ["model.layers"]),
        ("model.layers[0].channels=100000", ["training.batch_size", "measure.probe.size"]),
    ],
)
def test_channels_beyond_memory(monkeypatch, override, keys):
    monkeypatch.setattr(preparation, "available_memory", lambda: 4 * GIB)
    text = refused(SpecError, override, "measure.probe.size=1000", "training.batch_size=500", document=CNN)
    assert text.startswith(f"{keys[0]}: the run needs about")
    assert text.endswith(f"Lower {' and '.join(keys)}")


def test_a_batch_beyond_memory(monkeypatch):
    monkeypatch.setattr(preparation, "available_memory", lambda: GIB // 32)
    text = refused(SpecError, "training.batch_size=4000", "model.layers[0].channels=16", document=CNN)
    assert text.startswith("training.batch_size: the run needs about")
    assert "the activities of one training step" in text


def test_rows_of_very_many_replicas_count(monkeypatch):
    monkeypatch.setattr(preparation, "available_memory", lambda: GIB)
    assert refused(SpecError, "training.replicas=100000").endswith("Lower training.replicas")


def test_unknown_memory_refuses_nothing(monkeypatch):
    monkeypatch.setattr(preparation, "available_memory", lambda: None)
    assert prepared().weights == 468


# Nothing is written


@pytest.mark.parametrize(
    "override",
    [
        "training.batch_size=2000",
        "model.hidden=[1000000000]",
        'measure.layers=["x"]',
        "measure.probe.size=9999",
    ],
)
def test_a_run_that_cannot_start_writes_nothing(tmp_path, override):
    out = tmp_path / "runs"
    with pytest.raises(SpecError, match=r"Lower|no layer"):
        run(parse_spec(apply_overrides(TINY, [override])), out=out, device="cpu")
    assert not out.exists()


def test_a_device_that_is_not_there_is_found_out_first(tmp_path, monkeypatch):
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(DeviceError, match="--device cuda: this machine offers torch no CUDA devices"):
        run(parse_spec(TINY), out=tmp_path / "runs", device="cuda")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize("kind", ["delta-exact", "delta-approximate"])
def test_an_adaptive_schedule_needs_something_to_go_by(kind):
    """Without numbers no epoch is ever far from another, and every curve would look flat."""
    window = {
        "kind": "as-if-random",
        "under": {"kind": "binning", "cells": {"kind": "width", "width": 0.07}},
        "window": 2,
    }
    schedule = f"measure.when={json.dumps({'kind': kind, 'delta': 0.02})}"
    said = refused(SpecError, schedule, f"measure.estimators={json.dumps([window])}")
    assert said.startswith(
        "measure.when: an adaptive schedule goes by what each epoch measures, but as-if-random("
    )
    kde = {"kind": "kde", "noise_variance": 0.1}
    assert prepared(schedule, f"measure.estimators={json.dumps([kde, window])}")
    assert prepared(f"measure.estimators={json.dumps([window])}")
