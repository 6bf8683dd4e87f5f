"""A run that was stopped goes on, and ends with the tables of one that was not, bit for bit."""

import importlib
import json

import pytest

import ibspec.runner.keeping as keeping
import ibspec.runner.preparation as preparation
from ibspec.core import RunError, SpecError, UserError
from ibspec.loading import load
from ibspec.results import Checkpoints, DamagedFileError, Lock, RunDirectory, pack
from ibspec.results.integrity import read_sealed, write_sealed
from ibspec.runner import Progress, run
from ibspec.runner.execution import Execution
from tests.runner.tiny import Notes, tiny

EXACT = 'measure.when={"kind": "delta-exact", "delta": 0.004}'
APPROXIMATE = 'measure.when={"kind": "delta-approximate", "delta": 0.004}'
BACK = "measure.estimators=" + json.dumps(
    [
        {"kind": "kde", "noise_variance": 0.1},
        {"kind": "binning", "cells": {"kind": "quantiles", "bins": 4, "over": "training"}},
    ]
)
WINDOW = {
    "kind": "as-if-random",
    "under": {"kind": "binning", "cells": {"kind": "width", "width": 0.07}},
    "window": 3,
}
ONLY_BACK = "measure.estimators=" + json.dumps([WINDOW])
LARGE = "model.hidden=[80]"
DROPOUT = (
    'model={"kind": "cnn", "layers": [{"kind": "flatten"}, {"kind": "dropout", "rate": 0.5}, '
    '{"kind": "dense", "units": 6, "activation": "tanh"}, '
    '{"kind": "dense", "units": 10, "activation": "softmax"}], "init": {"kind": "glorot-uniform"}}'
)
NOISY = (
    'model={"kind": "noisy", "sigma": 0.1, '
    '"net": {"kind": "mlp", "hidden": [6], "activation": "tanh", "init": {"kind": "glorot-uniform"}}}'
)


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """A state after every epoch."""
    monkeypatch.setattr(keeping, "SECONDS", 0.0)
    monkeypatch.setattr(keeping, "SHARE", 1e9)


class Stops(Progress):
    """Interrupts when training has come to an epoch."""

    def __init__(self, epoch):
        self.epoch = epoch

    def at(self, moment):
        if moment.epoch >= self.epoch:
            raise KeyboardInterrupt


def go(out, *overrides, **options):
    return run(tiny("training.epochs=14", *overrides), out=out, device="cpu", **options).path


def stopped(out, epoch, *overrides, **options):
    with pytest.raises(KeyboardInterrupt):
        go(out, *overrides, progress=Stops(epoch), **options)


def tables(path):
    """All that do not depend on the clock."""
    files = sorted(path.glob("*.parquet"))
    return {file.stem: file.read_bytes() for file in files if file.stem != "timings"}


DESCENT = 'training.optimiser={"kind": "sgd", "learning_rate": 0.3}'
GRADIENTS = (
    'measure.gradients={"readings": ["fixed", "moving", "parallel"], "nets": 2, "batches": 2, '
    '"per_sample": true, "loss_rate": true, "information_rate": true}'
)
MOVING = 'measure.gradients={"readings": ["moving", "parallel"], "nets": 2}'
RATE = 'measure.gradients={"information_rate": true}'

CASES = {
    "compiled": (),
    "stacked": (LARGE,),
    "general with dropout": (DROPOUT,),
    "noise in the net": (NOISY,),
    "looking back": (BACK,),
    "looking back and no more": (ONLY_BACK, 'measure.when={"kind": "every", "epochs": 2}'),
    "exact": (EXACT,),
    "approximate": (APPROXIMATE,),
    "exact, looking back": (EXACT, BACK, "training.epochs=30"),
    "every third": ('measure.when={"kind": "every", "epochs": 3}',),
    "gradients": (DESCENT, GRADIENTS),
    "gradients, exact": (MOVING, EXACT),
    "gradients of noisy nets, looking back": (DROPOUT, MOVING, BACK),
    "parallel nets, nothing to measure before the end": (
        'measure.gradients={"readings": ["parallel"], "nets": 2}',
        'measure.estimators=[{"kind": "binning", "cells": '
        '{"kind": "quantiles", "bins": 4, "over": "training"}}]',
    ),
    "rates of few epochs": (RATE, 'measure.when={"kind": "every", "epochs": 3}'),
    "momentum": ('training.optimiser={"kind": "sgd", "learning_rate": 0.05, "momentum": 0.9}', LARGE),
}


@pytest.mark.parametrize(
    ("overrides", "workers"),
    [(case, 2 * (number % 2)) for number, case in enumerate(CASES.values())]
    + [(CASES[name], 2) for name in ("compiled", "looking back", "approximate", "gradients, exact")],
)
def test_stopped_twice_it_ends_with_the_same_tables(tmp_path, monkeypatch, overrides, workers):
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: workers)
    whole = go(tmp_path / "whole", *overrides)
    stopped(tmp_path / "stopped", 4, *overrides)
    stopped(tmp_path / "stopped", 9, *overrides, resume=True)
    path = go(tmp_path / "stopped", *overrides, resume=True)
    assert tables(path) == tables(whole)
    left = {each.name for each in path.iterdir()}
    assert left == {each.name for each in whole.iterdir()}
    found = load(path)
    assert found.manifest["state"] == "done"
    assert len(found.manifest["resumed"]) == 2
    assert found.manifest["resumed"][1]["from_epoch"] >= 3
    for key in ("measurements", "schedule"):
        assert found.manifest[key] == load(whole).manifest[key]
    assert len(list((tmp_path / "stopped" / "tiny").iterdir())) == 1


@pytest.mark.parametrize("overrides", [(), (EXACT,)])
def test_stopped_before_the_first_epoch_of_training(tmp_path, monkeypatch, overrides):
    """The first state is of epoch 0, whose measurements may be waiting."""
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: 2)
    whole = go(tmp_path / "whole", *overrides)
    monkeypatch.setattr(Execution, "_safe_point", stop_first(Execution._safe_point))
    with pytest.raises(KeyboardInterrupt):
        go(tmp_path / "stopped", *overrides)
    monkeypatch.undo()
    (directory,) = (tmp_path / "stopped" / "tiny").iterdir()
    assert Checkpoints(directory / "checkpoints").records()[-1]["epoch"] == 0
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: 2)
    assert tables(go(tmp_path / "stopped", *overrides, resume=True)) == tables(whole)


def stop_first(safe_point):
    """A stop is asked for before the first safe point."""

    def asked(self):
        self.stopping._is_asked = True
        safe_point(self)

    return asked


def test_weights_that_wait_go_through_files(tmp_path, monkeypatch):
    whole = go(tmp_path / "whole", EXACT, BACK)
    monkeypatch.setattr(keeping, "ROOM", 1)
    stopped(tmp_path / "stopped", 8, EXACT, BACK)
    assert tables(go(tmp_path / "stopped", EXACT, BACK, resume=True)) == tables(whole)


def test_before_its_first_state_a_run_starts_again(tmp_path, monkeypatch):
    monkeypatch.setattr(keeping, "SECONDS", 1e9)
    whole = go(tmp_path / "whole")
    stopped(tmp_path / "stopped", 2)
    notes = Notes()
    path = go(tmp_path / "stopped", resume=True, progress=notes)
    assert tables(path) == tables(whole)
    assert "it had not come to its first checkpoint, and starts again" in notes.notes


def test_a_replica_that_diverged_stays_diverged(tmp_path, monkeypatch):
    import torch

    from ibspec.training import CompiledEngine

    advance = CompiledEngine.advance

    def broken(self, **options):
        if self.epoch == 2:
            with torch.no_grad():
                next(self.nets[1].parameters()).fill_(float("nan"))
        return advance(self, **options)

    monkeypatch.setattr(CompiledEngine, "advance", broken)
    for overrides in ((), (EXACT,)):
        whole = go(tmp_path / f"whole{len(overrides)}", *overrides)
        out = tmp_path / f"stopped{len(overrides)}"
        stopped(out, 6, *overrides)
        path = go(out, *overrides, resume=True)
        assert tables(path) == tables(whole)
        assert load(path).manifest["replicas"] == load(whole).manifest["replicas"]


@pytest.mark.parametrize("part", ["json", "safetensors", "part"])
def test_a_damaged_state_falls_back_to_the_one_before(tmp_path, part):
    whole = go(tmp_path / "whole")
    stopped(tmp_path / "stopped", 8)
    (directory,) = (tmp_path / "stopped" / "tiny").iterdir()
    places = (
        directory.glob("measurements-*") if part == "part" else (directory / "checkpoints").glob(f"*.{part}")
    )
    newest = sorted(places)[-1]
    content = bytearray(newest.read_bytes())
    content[len(content) // 2] ^= 1
    newest.write_bytes(bytes(content))
    notes = Notes()
    path = go(tmp_path / "stopped", resume=True, progress=notes)
    assert tables(path) == tables(whole)
    (said,) = [note for note in notes.notes if "the checkpoint before it serves" in note]
    assert newest.name in said


@pytest.mark.parametrize("content", [None, b"", b"{}"])
def test_a_damaged_spec_is_written_again(tmp_path, content):
    """A run may not train for hours to an end that nobody can read."""
    stopped(tmp_path, 8)
    (directory,) = (tmp_path / "tiny").iterdir()
    before = (directory / "spec.json").read_bytes()
    (directory / "spec.json").unlink() if content is None else (directory / "spec.json").write_bytes(content)
    notes = Notes()
    path = go(tmp_path, resume=True, progress=notes)
    assert (path / "spec.json").read_bytes() == before
    assert load(path).spec.name == "tiny"
    assert [note for note in notes.notes if "spec.json" in note and note.endswith("it is written again")]


def test_without_a_whole_state_nothing_goes_on_and_nothing_is_lost(tmp_path):
    stopped(tmp_path, 8)
    (directory,) = (tmp_path / "tiny").iterdir()
    for path in (directory / "checkpoints").glob("*.json"):
        path.write_text("{}", encoding="utf-8")
    before = load(directory).measurements
    with pytest.raises(DamagedFileError, match="no checkpoint is whole"):
        go(tmp_path, resume=True)
    assert load(directory).measurements.equals(before)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("counts", [1], "counts"),
        ("epoch", -5, "epoch: "),
        ("parts", {}, r"parts\.measurements: "),
        ("seconds", "x", "seconds: "),
        ("unwritten", [pack([99, 1, 1.0, 1.0, None])[0]], "no state of 2 replicas"),
        ("unwritten", [pack([0, 1])[0]], "unwritten: "),
        ("unwritten", 5, "unwritten: "),
        ("gradients", [], "gradients: "),
        ("replicas", {}, "no state of 2 replicas"),
        ("open", [[1]], "open"),
        ("state", {}, "holds no state of this net: KeyError: "),
        ("state", [1], "holds no state of this net: TypeError: "),
    ],
)
def test_a_sealed_state_of_the_wrong_shape(tmp_path, key, value, message):
    stopped(tmp_path, 3)
    (directory,) = (tmp_path / "tiny").iterdir()
    for path in (directory / "checkpoints").glob("*.json"):
        document = read_sealed(path)
        (document if key == "state" else document["record"])[key] = value
        write_sealed(path, document)
    with pytest.raises(DamagedFileError, match=message):
        go(tmp_path, resume=True)


def test_a_run_of_another_spec_is_refused_by_the_keys_that_differ(tmp_path):
    stopped(tmp_path, 3)
    with pytest.raises(SpecError, match=r"another spec: training\.batch_size was 64, is 128\. Change"):
        go(tmp_path, "training.batch_size=128", resume=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code_sha256": "0" * 64}, "the code of ibspec that can change numbers"),
        ({"threads": 99}, r"the number of threads \(OMP_NUM_THREADS\): \d+ then, 99 now"),
        ({"device": "cuda"}, r"the device \(--device\): cpu then, cuda now"),
        ({"data": {"sha256": {"digits": "1" * 64}}}, "the data file digits"),
        ({"machine": {"versions": {"torch": "9.9"}}}, "the version of torch"),
    ],
)
def test_what_would_change_the_numbers_is_refused_by_name(tmp_path, monkeypatch, change, message):
    stopped(tmp_path, 3)
    running = importlib.import_module("ibspec.runner.run")  # the package has a function of that name
    original = running.first_manifest
    monkeypatch.setattr(running, "first_manifest", lambda *args: original(*args) | change)
    with pytest.raises(UserError, match=message):
        go(tmp_path, resume=True)


@pytest.mark.parametrize("name", ["checkpoints", "weights", "open", "figures", "log.txt"])
def test_nothing_is_written_or_removed_where_a_link_leads(tmp_path, name):
    """A stranger's run could otherwise empty a directory of the user's: old states are swept away."""
    stopped(tmp_path, 3)
    (directory,) = (tmp_path / "tiny").iterdir()
    home = tmp_path / "home"
    home.mkdir()
    for file in (".profile", "model.safetensors", "000000-0123456789abcdef.safetensors"):
        (home / file).write_text("precious", encoding="utf-8")
    there = directory / name
    if there.exists():
        there.rename(tmp_path / "away")
    there.symlink_to(home if name != "log.txt" else home / ".profile")
    with pytest.raises(UserError, match=f"{name} is a link that leads out"):
        go(tmp_path, resume=True)
    assert [file.read_text(encoding="utf-8") for file in home.iterdir()] == ["precious"] * 3


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("replicas", [], "replicas: "),
        ("replicas", {"0": {"state": "running"}}, "see replicas in it"),
        ("replicas", {"0": {}, "1": {}}, "see replicas in it"),
        ("files", None, "see files in it"),
        ("files", 5, "files: "),
        ("resumed", 5, "see resumed in it"),
        ("data", [1], "data: "),
        ("machine", {"versions": 3}, r"machine\.versions: "),
    ],
)
def test_a_sealed_manifest_of_the_wrong_shape(tmp_path, key, value, message):
    stopped(tmp_path, 3)
    (path,) = (tmp_path / "tiny").iterdir()
    directory = RunDirectory(path)
    directory.write_manifest({**directory.read_manifest(), key: value})
    before = {each.name for each in path.rglob("*")}
    with pytest.raises(UserError, match=message):
        go(tmp_path, resume=True)
    assert {each.name for each in path.rglob("*")} == before


def test_with_nothing_to_go_on_with(tmp_path):
    with pytest.raises(UserError, match=r"no unfinished run of this experiment .* Leave --resume out"):
        go(tmp_path, resume=True)
    path = go(tmp_path)
    with pytest.raises(UserError, match=rf"no unfinished run .*; {path} has its measurements, .*plot {path}"):
        go(tmp_path, resume=True)


def test_a_run_has_one_writer(tmp_path):
    stopped(tmp_path, 3)
    (directory,) = (tmp_path / "tiny").iterdir()
    lock = Lock(directory)
    lock.take()
    with pytest.raises(RunError, match="is being written by another process"):
        go(tmp_path, resume=True)
    lock.release()
    go(tmp_path, resume=True)


def test_states_do_not_pile_up(tmp_path, monkeypatch):
    counts = []
    write = Checkpoints.write

    def counting(self, *args):
        write(self, *args)
        counts.append(len(list(self.directory.iterdir())))

    monkeypatch.setattr(Checkpoints, "write", counting)
    go(tmp_path, EXACT)
    assert len(counts) > 10
    assert max(counts) == 4  # two states of two files each
