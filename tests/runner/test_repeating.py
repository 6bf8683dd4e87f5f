"""The same spec gives the same bits, and what is measured never moves what is trained."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from ibspec.loading import load
from ibspec.results import PartWriter
from tests.runner.tiny import assert_same, run_tiny
from tests.spec.documents import TINY


def test_the_same_spec_gives_the_same_bits(tmp_path, finished):
    again = run_tiny(tmp_path)
    assert_same(again.measurements, finished.measurements)
    assert_same(again.history, finished.history)
    for name in ("measurements.parquet", "history.parquet", "spec.json"):
        assert (again.path / name).read_bytes() == (finished.path / name).read_bytes(), name


RUN_TINY = """
import json, sys, torch
torch.set_num_threads(2)
from ibspec.runner import run
from ibspec.spec import parse_spec
print(run(parse_spec(json.loads(sys.argv[1])), out=sys.argv[2], device="cpu").path)
"""


def test_separate_processes_with_two_threads_give_the_same_bits(tmp_path):
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", RUN_TINY, json.dumps(TINY), str(tmp_path / hash_seed)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
        )
        for hash_seed in ("1", "2")
    ]
    runs = [load(process.communicate(timeout=120)[0].strip()) for process in processes]
    assert [each.manifest["threads"] for each in runs] == [2, 2]
    assert_same(runs[0].measurements, runs[1].measurements)
    assert_same(runs[0].history, runs[1].history)


def test_the_random_state_outside_does_not_matter_and_is_left_alone(tmp_path, finished):
    torch.manual_seed(99)
    np.random.seed(99)  # noqa: NPY002
    before = torch.get_rng_state(), np.random.get_state()[1].copy()  # noqa: NPY002
    again = run_tiny(tmp_path)
    assert_same(again.measurements, finished.measurements)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.array_equal(np.random.get_state()[1], before[1])  # noqa: NPY002


def test_the_choice_of_repeatable_algorithms_is_given_back(tmp_path):
    assert not torch.are_deterministic_algorithms_enabled()
    run_tiny(tmp_path, "training.epochs=0")
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize(
    "override",
    [
        'measure.estimators=[{"kind": "binning", "cells": {"kind": "width", "width": 0.5}}]',
        'measure.layers=["output"]',
        'figures=["loss"]',
        "about=another text",
    ],
)
def test_what_is_measured_and_drawn_never_moves_the_training(tmp_path, finished, override):
    assert_same(run_tiny(tmp_path, override).history, finished.history)


def test_another_estimator_does_not_move_the_others(tmp_path, finished):
    third = '[{"kind": "kde", "noise_variance": 0.1}, {"kind": "kde", "noise_variance": 3}]'
    table = run_tiny(tmp_path, f"measure.estimators={third}").measurements
    for chosen in (table, finished.measurements):
        assert (chosen["estimator"] == "kde(0.1)").sum() == 24
    assert_same(
        table[table["estimator"] == "kde(0.1)"].reset_index(drop=True),
        finished.measurements[finished.measurements["estimator"] == "kde(0.1)"].reset_index(drop=True),
    )


def test_measuring_less_often_leaves_training_and_the_measured_epochs_as_they_were(tmp_path, finished):
    seldom = run_tiny(tmp_path, 'measure.when={"kind": "listed", "epochs": [2]}')
    assert seldom.measurements["epoch"].unique().tolist() == [0, 2, 3]
    kept = finished.measurements[finished.measurements["epoch"] != 1].reset_index(drop=True)
    assert_same(seldom.measurements, kept)
    moving = ["replica", "epoch", "running_loss", "running_accuracy"]
    assert_same(seldom.history[moving], finished.history[moving])


def test_replicas_differ_from_one_another_and_the_first_does_not_know_of_the_second(tmp_path, finished):
    table = finished.measurements
    first, second = (table[table["replica"] == replica].reset_index(drop=True) for replica in range(2))
    for epoch in (0, 3):
        mine, other = (each[each["epoch"] == epoch]["i_xt"].to_numpy() for each in (first, second))
        assert not np.array_equal(mine, other)
    assert_same(run_tiny(tmp_path, "training.replicas=1").measurements, first)


def test_another_seed_gives_another_run(tmp_path, finished):
    other = run_tiny(tmp_path, "training.seed=1")
    assert not np.array_equal(other.measurements["i_xt"], finished.measurements["i_xt"])
    assert not np.array_equal(other.history["train_loss"], finished.history["train_loss"])


def test_many_parts_give_the_same_table_as_none(tmp_path, finished, monkeypatch):
    monkeypatch.setattr(PartWriter.__init__, "__defaults__", (0.0, ()))
    again = run_tiny(tmp_path)
    assert_same(again.measurements, finished.measurements)
    assert (again.path / "measurements.parquet").read_bytes() == (
        finished.path / "measurements.parquet"
    ).read_bytes()
