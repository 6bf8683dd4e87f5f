"""A run leaves whole tables and a manifest, repeats bit for bit, and survives what goes wrong."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import ibspec.results.parts as parts
import ibspec.runner.execution as execution
from ibspec.core import RunError, UserError
from ibspec.loading import load
from ibspec.results import COLUMNS, hash_package
from ibspec.runner import Moment, Progress, run
from ibspec.spec import apply_overrides, parse_spec
from ibspec.training import GeneralEngine
from tests.spec.documents import TINY

KEY = ["replica", "epoch", "layer", "estimator"]


def tiny(*overrides):
    return parse_spec(apply_overrides(TINY, overrides))


def run_tiny(out, *overrides, **options):
    return load(run(tiny(*overrides), out=out, device="cpu", **options).path)


def assert_same(first: pd.DataFrame, second: pd.DataFrame) -> None:
    """Every column of the same type and the same bits, NaN where NaN is."""
    assert list(first.columns) == list(second.columns)
    assert list(first.dtypes) == list(second.dtypes)
    assert len(first) == len(second)
    for name in first.columns:
        if first[name].dtype.kind == "f":
            assert first[name].to_numpy().tobytes() == second[name].to_numpy().tobytes(), name
        else:
            assert first[name].tolist() == second[name].tolist(), name


# What a run leaves


def test_the_directory_holds_these_files_and_no_others(finished):
    names = sorted(path.name for path in finished.path.rglob("*"))
    assert names == [
        "history.parquet",
        "log.txt",
        "manifest.json",
        "measurements.parquet",
        "spec.json",
        "timings.parquet",
    ]


def test_the_directory_is_named_by_time_and_digest(finished):
    stamp, digest = finished.path.name.split("-")
    assert time.strptime(stamp, "%Y%m%dT%H%M%SZ")
    assert digest == tiny().digest()[:8]
    assert finished.path.parent.name == "tiny"


def test_measurements_have_a_row_for_everything_that_was_asked_for(finished):
    table = finished.measurements
    assert list(table.columns) == list(COLUMNS)
    assert table.dtypes.astype(str).to_dict() == COLUMNS
    wanted = {
        (replica, epoch, layer, estimator)
        for replica in range(2)
        for epoch in range(4)
        for layer in ("dense1", "dense2", "output")
        for estimator in ("kde(0.1)", "binning(range -1..1, 30)")
    }
    assert set(table[KEY].itertuples(index=False, name=None)) == wanted
    assert len(table) == len(wanted) == 48
    assert set(table["status"]) == {"ok"}
    assert set(table["n"]) == {60}
    assert set(table["view"]) == {"whole"}
    assert table["i_xt"].between(0, np.log2(60) + 1e-9).all()


def test_rows_are_in_the_order_of_the_plane(finished):
    table = finished.measurements
    order = table.sort_values(["replica", "epoch", "depth"], kind="stable").index
    assert order.tolist() == list(range(len(table)))
    assert table["depth"].map({0: "dense1", 1: "dense2", 2: "output"}).tolist() == table["layer"].tolist()


def test_history_has_a_row_for_each_epoch_and_losses_fall(finished):
    history = finished.history
    assert history[["replica", "epoch"]].to_numpy().tolist() == [[r, e] for r in range(2) for e in range(4)]
    assert history["train_loss"].notna().all()
    assert history["running_loss"].isna().tolist() == [True, False, False, False] * 2
    assert (history["test_accuracy"].between(0, 1)).all()
    assert {f"weight_norm.{layer}" for layer in ("dense1", "dense2", "output")} <= set(history.columns)
    last = history[history["epoch"] == 3]["train_loss"].to_numpy()
    assert (last < history[history["epoch"] == 0]["train_loss"].to_numpy()).all()


def test_only_the_timings_depend_on_the_clock(finished):
    assert set(finished.timings.columns) == {"replica", "epoch", "stage", "seconds"}
    assert set(finished.timings["stage"]) == {"training", "measuring", "evaluation"}
    assert (finished.timings["seconds"] >= 0).all()


def test_the_manifest_says_what_is_needed_to_repeat_the_run(finished):
    manifest = finished.manifest
    assert manifest["name"] == "tiny"
    assert manifest["state"] == "done"
    assert manifest["reason"] == ""
    assert manifest["digest"] == tiny().digest()
    assert manifest["argv"] == ["tiny"]
    assert manifest["seed"] == 0
    assert manifest["device"] == "cpu"
    assert manifest["threads"] == torch.get_num_threads()
    assert manifest["engine"] == "general"
    assert manifest["code_sha256"] == hash_package()
    assert manifest["machine"]["versions"]["torch"] == torch.__version__
    assert manifest["data"]["rows"] == 1797
    assert manifest["data"]["classes"] == 10
    assert all(len(sha256) == 64 for sha256 in manifest["data"]["sha256"].values())
    assert manifest["facts"] == {
        "samples": 60,
        "h_x": pytest.approx(np.log2(60)),
        "h_y": pytest.approx(3.25, abs=0.07),
        "i_xy": pytest.approx(3.25, abs=0.07),
    }
    assert manifest["layers"] == ["dense1", "dense2", "output"]
    assert manifest["layer_shapes"] == {"dense1": [6], "dense2": [4], "output": [10]}
    assert manifest["weights"] == 64 * 6 + 6 + 6 * 4 + 4 + 4 * 10 + 10
    assert manifest["replicas"] == {
        "0": {"state": "done", "reason": ""},
        "1": {"state": "done", "reason": ""},
    }
    assert manifest["measurements"] == {"made": 48, "invalid": 0}
    assert manifest["expectations"] == []
    assert manifest["started"] <= manifest["finished"]
    assert set(manifest["seconds_by_stage"]) == {"training", "measuring", "evaluation"}


def test_the_spec_is_kept_with_all_defaults(finished):
    written = json.loads((finished.path / "spec.json").read_text(encoding="utf-8"))
    assert written == tiny().document()
    assert finished.spec == tiny()


def test_the_log_begins_and_ends(finished):
    lines = (finished.path / "log.txt").read_text(encoding="utf-8").splitlines()
    assert "tiny, digest" in lines[0]
    assert "done after" in lines[-1]
    assert all(line[:2] == "20" and line[19] == "Z" for line in lines)


def test_the_spec_file_is_identified(tmp_path):
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(TINY))
    file.chmod(0o444)
    outcome = run_tiny(tmp_path / "runs", "training.epochs=0", spec_file=file)
    assert outcome.manifest["spec_file"] == {
        "name": "mine.json",
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }


def test_the_outcome_counts(tmp_path):
    outcome = run(tiny("training.epochs=1"), out=tmp_path, device="cpu")
    assert (outcome.replicas, outcome.measurements, outcome.invalid, outcome.diverged) == (2, 24, 0, 0)
    assert outcome.seconds > 0
    assert outcome.path.parent == tmp_path / "tiny"


def test_no_epochs_measure_the_untrained_net(tmp_path, finished):
    untrained = run_tiny(tmp_path, "training.epochs=0")
    before = finished.measurements[finished.measurements["epoch"] == 0].reset_index(drop=True)
    assert_same(untrained.measurements, before)


def test_a_directory_is_never_written_twice(tmp_path):
    paths = [run(tiny("training.epochs=0", "training.replicas=1"), out=tmp_path).path for _ in range(3)]
    assert len(set(paths)) == 3
    assert all((path / "measurements.parquet").is_file() for path in paths)


# Repeating


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


# Going wrong


class Notes(Progress):
    def __init__(self):
        self.notes = []
        self.moments = []

    def note(self, text):
        self.notes.append(text)

    def at(self, moment):
        self.moments.append(moment)


@pytest.fixture
def second_replica_breaks(monkeypatch):
    """The weights of replica 1 become NaN in epoch 2."""
    train = GeneralEngine._train

    def broken(self, replica):
        if replica.number == 1 and self.epoch == 2:
            with torch.no_grad():
                next(replica.net.parameters()).fill_(float("nan"))
        return train(self, replica)

    monkeypatch.setattr(GeneralEngine, "_train", broken)


@pytest.mark.usefixtures("second_replica_breaks")
def test_a_replica_that_diverges_is_marked_kept_and_counted_and_the_others_go_on(tmp_path, finished):
    notes = Notes()
    outcome = run(tiny("training.replicas=3"), out=tmp_path, device="cpu", progress=notes)
    assert (outcome.diverged, outcome.replicas, outcome.invalid) == (1, 3, 6)
    found = load(outcome.path)
    assert found.manifest["state"] == "done"
    states = {number: replica["state"] for number, replica in found.manifest["replicas"].items()}
    assert states == {"0": "done", "1": "diverged", "2": "done"}
    assert "training loss was nan in epoch 2" in found.manifest["replicas"]["1"]["reason"]
    table = found.measurements
    broken = table[table["replica"] == 1]
    assert broken["epoch"].max() == 2
    assert broken[broken["epoch"] < 2]["status"].eq("ok").all()
    marked = broken[broken["epoch"] == 2]
    assert len(marked) == 6
    assert marked["status"].eq("invalid").all()
    assert marked["reason"].eq("the replica diverged: training loss was nan in epoch 2").all()
    assert marked["i_xt"].isna().all()
    # The other replicas are what they would have been.
    unharmed = table[table["replica"] == 0].reset_index(drop=True)
    assert_same(unharmed, finished.measurements[finished.measurements["replica"] == 0].reset_index(drop=True))
    assert table[table["replica"] == 2]["epoch"].max() == 3
    assert "replica 1 diverged (training loss was nan in epoch 2); the others go on" in notes.notes


def test_when_every_replica_diverges_the_run_fails_and_keeps_what_it_measured(tmp_path):
    wild = 'training.optimiser={"kind": "sgd", "learning_rate": 1e38}'
    notes = Notes()
    message = (
        r"^every replica diverged \(training loss was (nan|inf) in epoch 1\)\. What was measured "
        r"before is in .*tiny/.*\. Lower training\.optimiser\.learning_rate$"
    )
    with pytest.raises(RunError, match=message):
        run(tiny(wild), out=tmp_path, device="cpu", progress=notes)
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "failed"
    assert found.manifest["reason"] == "every replica diverged"
    assert found.measurements["epoch"].tolist() == [0] * 6 + [1] * 6 + [0] * 6 + [1] * 6
    assert (found.measurements["status"] == "ok").tolist() == ([True] * 6 + [False] * 6) * 2
    assert sorted(path.name for path in found.path.glob("*.parquet")) == [
        "history.parquet",
        "measurements.parquet",
        "timings.parquet",
    ]
    # The last to go leaves no others to go on.
    assert re.fullmatch(r"replica 1 diverged \(training loss was (nan|inf) in epoch 1\)", notes.notes[-1])


class Interrupts(Progress):
    def __init__(self, epoch):
        self.epoch = epoch

    def at(self, moment):
        if moment.epoch == self.epoch:
            raise KeyboardInterrupt


@pytest.mark.parametrize("epoch", [0, 2])
def test_an_interrupted_run_leaves_whole_tables(tmp_path, finished, epoch):
    with pytest.raises(KeyboardInterrupt):
        run(tiny(), out=tmp_path, device="cpu", progress=Interrupts(epoch))
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "interrupted"
    assert {replica["state"] for replica in found.manifest["replicas"].values()} == {"interrupted"}
    assert sorted(path.name for path in found.path.iterdir()) == [
        "history.parquet",
        "log.txt",
        "manifest.json",
        "measurements.parquet",
        "spec.json",
        "timings.parquet",
    ]
    whole = finished.measurements
    assert_same(found.measurements, whole[whole["epoch"] < epoch].reset_index(drop=True))
    assert found.manifest["measurements"]["made"] == len(found.measurements)
    assert (
        (found.path / "log.txt")
        .read_text(encoding="utf-8")
        .splitlines()[-1]
        .split(" ", 1)[1]
        .startswith("interrupted after")
    )


def test_an_interruption_before_the_first_measurement(tmp_path):
    class AtOnce(Progress):
        def note(self, text):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tiny(), out=tmp_path, device="cpu", progress=AtOnce())
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "interrupted"
    assert len(found.measurements) == 0
    assert found.spec == tiny()


def test_a_run_that_cannot_even_start_leaves_no_directory(tmp_path, monkeypatch):
    def breaks(*_):
        raise MemoryError

    monkeypatch.setattr(execution, "first_manifest", breaks)
    with pytest.raises(MemoryError):
        run(tiny(), out=tmp_path, device="cpu")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with pytest.raises(UserError, match="not a run directory"):
        load(tmp_path / "tiny")


def test_an_error_of_the_machine_is_written_down(tmp_path):
    class Breaks(Progress):
        def at(self, moment):
            if moment.epoch == 2:
                raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        run(tiny(), out=tmp_path, device="cpu", progress=Breaks())
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "failed"
    assert "No space left on device" in found.manifest["reason"]
    assert set(found.measurements["epoch"]) == {0, 1}


KILLED = """
import json, sys, time, torch
torch.set_num_threads(1)
from ibspec.runner import Progress, run
from ibspec.spec import parse_spec
from ibspec.results import PartWriter

add = PartWriter.add
def eager(self, *rows):
    add(self, *rows)
    self.flush()
PartWriter.add = eager

class Waits(Progress):
    def at(self, moment):
        if moment.epoch == 2:
            print("ready", flush=True)
            time.sleep(60)

try:
    run(parse_spec(json.loads(sys.argv[1])), out=sys.argv[2], device="cpu", progress=Waits())
except KeyboardInterrupt:
    sys.exit(130)
"""


def stopped_at_epoch_2(out: Path, number: int) -> int:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, json.dumps(TINY), str(out)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        return process.wait(60)
    finally:
        process.kill()
        process.communicate()


def test_a_killed_process_leaves_parts_that_can_be_read(tmp_path, finished):
    assert stopped_at_epoch_2(tmp_path, signal.SIGKILL) == -signal.SIGKILL
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "running"
    assert not (found.path / "measurements.parquet").exists()
    assert len(list(found.path.glob("measurements-*.parquet"))) > 1
    whole = finished.measurements
    before = whole[whole["epoch"] < 2]
    assert_same(
        found.measurements.sort_values(["replica", "epoch"], kind="stable", ignore_index=True),
        before.reset_index(drop=True),
    )
    assert len(found.history) == 4
    assert found.spec == tiny()
    assert [path.name for path in found.path.iterdir() if path.name.startswith(".")] == []


def test_a_signal_to_interrupt_joins_the_parts(tmp_path, finished):
    assert stopped_at_epoch_2(tmp_path, signal.SIGINT) == 130
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "interrupted"
    assert list(found.path.glob("*-[0-9]*.parquet")) == []
    whole = finished.measurements
    assert_same(found.measurements, whole[whole["epoch"] < 2].reset_index(drop=True))


def test_many_parts_give_the_same_table_as_none(tmp_path, finished, monkeypatch):
    monkeypatch.setattr(parts, "SECONDS_BETWEEN_PARTS", 0.0)
    monkeypatch.setattr(parts.PartWriter.__init__, "__defaults__", (0.0,))
    again = run_tiny(tmp_path)
    assert_same(again.measurements, finished.measurements)
    assert (again.path / "measurements.parquet").read_bytes() == (
        finished.path / "measurements.parquet"
    ).read_bytes()


def test_an_estimator_that_breaks_loses_its_own_rows_only(tmp_path, monkeypatch):
    from ibspec.estimators import Kde

    def breaks(*_, **__):
        raise ArithmeticError("no such logarithm")

    monkeypatch.setattr(Kde, "estimate", breaks)
    outcome = run(tiny("training.epochs=0"), out=tmp_path, device="cpu")
    assert outcome.invalid == 6
    table = load(outcome.path).measurements
    failed = table[table["estimator"] == "kde(0.1)"]
    assert failed["status"].eq("failed").all()
    assert failed["reason"].eq("ArithmeticError: no such logarithm").all()
    assert table[table["estimator"] != "kde(0.1)"]["status"].eq("ok").all()


# Progress


def test_progress_says_where_the_run_stands(tmp_path):
    notes = Notes()
    run(tiny(), out=tmp_path, device="cpu", progress=notes)
    assert notes.notes == ["tiny: A net of three layers on few digits."]
    assert all(isinstance(moment, Moment) and moment.epochs == 3 for moment in notes.moments)
    assert [moment.epoch for moment in notes.moments] == sorted(moment.epoch for moment in notes.moments)
    assert {moment.doing for moment in notes.moments} == {
        f"replica {replica}: measuring {layer}"
        for replica in range(2)
        for layer in ("dense1", "dense2", "output")
    }
    assert notes.moments[0].seconds_left is None
    assert notes.moments[-1].seconds_left is not None
    assert notes.moments[-1].seconds_left >= 0


def test_epochs_that_are_not_measured_are_told_as_training(tmp_path):
    notes = Notes()
    run(
        tiny('measure.when={"kind": "every", "epochs": 3}', "training.replicas=1"),
        out=tmp_path,
        device="cpu",
        progress=notes,
    )
    assert [moment.doing for moment in notes.moments if moment.epoch in (1, 2)] == ["training", "training"]
