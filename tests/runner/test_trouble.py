"""Divergence, interruptions, kills and errors: what was measured is kept, what happened is written down."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import ibspec.runner.engine as engine
from ibspec.core import RunError, UserError
from ibspec.estimators import Kde
from ibspec.loading import load
from ibspec.runner import Progress, run
from ibspec.training import CompiledEngine
from tests.runner.tiny import Notes, assert_same, tiny
from tests.spec.documents import TINY


@pytest.fixture
def second_replica_breaks(monkeypatch):
    """The weights of replica 1 become NaN in epoch 2."""
    advance = CompiledEngine.advance

    def broken(self, **options):
        if self.epoch == 1:
            with torch.no_grad():
                next(self.nets[1].parameters()).fill_(float("nan"))
        return advance(self, **options)

    monkeypatch.setattr(CompiledEngine, "advance", broken)


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
    names = {re.sub(r"-\d{6}-[0-9a-f]{16}", "", path.name) for path in found.path.iterdir()}
    tables = {"history.parquet", "measurements.parquet"} if epoch else set()
    assert names == {"log.txt", "manifest.json", "spec.json", *tables}
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

    monkeypatch.setattr(engine, "choose_engine", breaks)
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
    assert_same(found.measurements, before.reset_index(drop=True))
    assert len(found.history) == 4
    assert found.spec == tiny()
    assert [path.name for path in found.path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_stop_leaves_what_was_measured(tmp_path, finished, number):
    """The run sleeps between two safe points; after a few seconds it is stopped all the same."""
    assert stopped_at_epoch_2(tmp_path, number) == 130
    found = load(tmp_path / "tiny")
    assert found.manifest["state"] == "interrupted"
    whole = finished.measurements
    assert_same(found.measurements, whole[whole["epoch"] < 2].reset_index(drop=True))


def test_an_estimator_that_breaks_loses_its_own_rows_only(tmp_path, monkeypatch):
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
