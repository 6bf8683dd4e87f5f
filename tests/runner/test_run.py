"""A run leaves whole tables, a manifest and a log, and says how far it has come."""

import hashlib
import json
import time

import numpy as np
import pytest
import torch

import ibspec.runner.telling as telling
from ibspec.results import COLUMNS, hash_package
from ibspec.runner import Moment, prepare, run
from tests.runner.tiny import Notes, assert_same, run_tiny, tiny
from tests.spec.documents import TINY

STAGES = {"training", "activity", "estimating", "evaluation", "writing"}

KEY = ["replica", "epoch", "layer", "estimator"]


def test_the_directory_holds_these_files_and_no_others(finished):
    names = sorted(path.name for path in finished.path.rglob("*"))
    assert names == [
        "final.safetensors",
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
    assert set(finished.timings["stage"]) == {"training", "activity", "estimating", "evaluation", "writing"}
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
    assert manifest["engine"] == "compiled"
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
    assert set(manifest["seconds_by_stage"]) == STAGES


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


def test_epochs_that_are_not_measured_are_told_as_training(tmp_path, monkeypatch):
    monkeypatch.setattr(telling, "BETWEEN_NEWS", 0.0)
    notes = Notes()
    run(
        tiny('measure.when={"kind": "every", "epochs": 3}', "training.replicas=1"),
        out=tmp_path,
        device="cpu",
        progress=notes,
    )
    assert [moment.doing for moment in notes.moments if moment.epoch in (1, 2)] == ["training", "training"]


def test_the_weights_of_the_end_are_kept(finished):
    """Put into a net, they are as good as the history says of the last epoch."""
    prepared = prepare(tiny(), device="cpu")
    assert sorted(finished.final_weights) == [0, 1]
    for replica, weights in finished.final_weights.items():
        net = prepared.build_net(replica)
        net.load_state_dict(weights)
        with torch.no_grad():
            rows = prepared.splits[replica].test
            logits = net.logits(torch.from_numpy(prepared.dataset.x[rows]))
        right = (logits.argmax(1).numpy() == prepared.dataset.y[rows]).mean()
        last = finished.history[(finished.history.replica == replica) & (finished.history.epoch == 3)]
        assert last["test_accuracy"].item() == pytest.approx(right, abs=1e-12)
