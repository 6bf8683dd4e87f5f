"""A plan says what a run makes exactly, and what it takes roughly."""

import json

import pytest

from ibspec.estimators import AsIfRandom, Binning, Kde, Width
from ibspec.runner import plan, prepare
from ibspec.spec import apply_overrides, parse_spec
from tests.runner.tiny import run_tiny
from tests.spec.documents import CNN, TINY


def planned(*overrides, document=TINY):
    return plan(prepare(parse_spec(apply_overrides(document, overrides)), device="cpu"))


def test_the_number_of_measurements_is_what_the_run_makes(finished):
    assert planned().measurements == len(finished.measurements)
    assert planned().epochs_measured == 4


@pytest.mark.parametrize(
    ("overrides", "epochs", "measurements"),
    [
        (["training.epochs=0"], 1, 2 * 1 * 3 * 2),
        (["training.epochs=100"], 101, 2 * 101 * 3 * 2),
        (["training.replicas=5", 'measure.layers=["output"]'], 4, 5 * 4 * 1 * 2),
        (['measure.when={"kind": "every", "epochs": 2}'], 3, 2 * 3 * 3 * 2),
        (['training.batch_size="full"'], 4, 48),
    ],
)
def test_it_counts(overrides, epochs, measurements):
    found = planned(*overrides)
    assert (found.epochs_measured, found.measurements) == (epochs, measurements)


UNDER = {"kind": "binning", "cells": {"kind": "width", "width": 0.5}}


@pytest.mark.parametrize(
    ("choice", "measurements"),
    [
        ({"over": "epochs", "window": 3}, 2 * 1 * 3),
        ({"over": "epochs", "window": 3, "windows": "all"}, 2 * 2 * 3),
        ({"over": "steps", "window": 3}, 2 * 4 * 3),
        ({"over": "replicas"}, 4 * 3),
    ],
)
def test_it_counts_windows_of_nets(tmp_path, choice, measurements):
    """Two replicas, four measured epochs, three layers; and what a run makes of it."""
    estimators = "measure.estimators=" + json.dumps([{"kind": "as-if-random", "under": UNDER, **choice}])
    assert planned(estimators).measurements == measurements
    assert len(run_tiny(tmp_path, estimators).measurements) == measurements


@pytest.mark.parametrize(
    ("choice", "times"),
    [
        ({"over": "epochs", "window": 6}, 2),
        ({"over": "epochs", "window": 6, "windows": "all"}, 6),
        ({"over": "steps", "window": 6}, 6),
        ({"over": "replicas"}, 1),
    ],
)
def test_windows_of_nets_take_longer_than_nets(choice, times):
    """Six rows together where there was one; pairs of them, 36 where there was one."""
    cells, kernels = Binning(cells=Width(0.5)), Kde(noise_variance=0.1)
    assert AsIfRandom(under=cells, **choice).tried_as(5) == (cells, times)
    pairs = {1: 5, 2: 2, 6: 36}[times]
    assert AsIfRandom(under=kernels, **choice).tried_as(5) == (kernels, pairs)


def test_numbers_are_of_a_sensible_size(finished):
    found = planned()
    assert found.seconds == found.seconds_training + found.seconds_measuring
    assert 0 < found.seconds_training < 60
    assert 0 < found.seconds_measuring < 60
    assert 0 < found.memory < 2**30
    tables = sum(path.stat().st_size for path in finished.path.glob("*.parquet"))
    assert 0.05 * tables < found.disk < 20 * tables


def test_more_epochs_replicas_and_rows_take_longer():
    small = planned("training.epochs=10", 'measure.when={"kind": "every", "epochs": 10}')
    large = planned("training.epochs=100000", 'measure.when={"kind": "every", "epochs": 10}')
    assert large.seconds > 100 * small.seconds
    assert large.disk > 100 * small.disk


def test_nothing_to_train_takes_no_training():
    assert planned("training.epochs=0").seconds_training == 0


def test_dropout_and_channels_are_planned_too():
    found = planned("training.replicas=1", document=CNN)
    assert found.measurements == 1 * 4 * 4 * 1
    assert found.seconds > 0


def test_planning_leaves_the_experiment_as_it_was():
    ready = prepare(parse_spec(TINY), device="cpu")
    before = ready.build_net(0).state_dict()
    plan(ready)
    assert all(value.equal(before[name]) for name, value in ready.build_net(0).state_dict().items())
