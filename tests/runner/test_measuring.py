"""Measuring beside training changes nothing but the time it takes."""

import threading

import pytest
import torch

import ibspec.runner.execution as execution
import ibspec.runner.preparation as preparation
from ibspec.core import SpecError
from ibspec.loading import load
from ibspec.runner import run
from ibspec.runner.bench import Bench, Findings
from ibspec.runner.beside import SMALL, workers_beside
from ibspec.runner.measuring import Measuring
from ibspec.training import Snapshot
from tests.runner.tiny import assert_same, run_tiny, tiny

DROPOUT = (
    'model={"kind": "cnn", "layers": [{"kind": "flatten"}, '
    '{"kind": "dense", "units": 6, "activation": "tanh"}, {"kind": "dropout", "rate": 0.5}, '
    '{"kind": "dense", "units": 10, "activation": "softmax"}], "init": {"kind": "glorot-uniform"}}'
)


@pytest.fixture
def beside(monkeypatch):
    """Measure with two threads beside training, though torch has one here."""
    monkeypatch.setattr(preparation, "workers_beside", lambda device, need, threads: 2)


@pytest.mark.parametrize("overrides", [(), ("training.epochs=12", "training.replicas=3")])
def test_beside_and_at_once_give_the_same_bits(tmp_path, beside, monkeypatch, overrides):
    """Both compute on one core here: that is what a worker does."""
    one = run_tiny(tmp_path / "beside", *overrides)
    monkeypatch.undo()
    other = run_tiny(tmp_path / "once", *overrides)
    assert (one.manifest["measured_beside_training"], other.manifest["measured_beside_training"]) == (2, 0)
    assert_same(one.measurements, other.measurements)
    assert_same(one.history, other.history)


class Slow:
    """A bench at which later snapshots are done first, until the gate opens."""

    def __init__(self):
        self.gate = threading.Event()

    def measure(self, snapshot, on_layer):
        if snapshot.epoch == 0:
            self.gate.wait(20)
        on_layer("first")
        return Findings([], {}, {}, {"measuring": float(snapshot.epoch)})


def snapshot(epoch):
    return Snapshot(0, epoch, None, None, {"w": torch.zeros(1)})


def test_findings_come_in_the_order_of_the_snapshots():
    bench = Slow()
    measuring = Measuring(lambda: bench, workers=2, weights=2**30)
    for epoch in range(3):
        measuring.put(snapshot(epoch), lambda layer: None)
    assert list(measuring.finished()) == []
    assert measuring.pending == 3
    assert measuring.places() == [(0, 0), (0, 1), (0, 2)]
    assert [each.epoch for each in measuring.waiting()] == [0, 1, 2]
    assert measuring.next_snapshot.epoch == 0
    bench.gate.set()
    done = list(measuring.finished(everything=True))
    assert [each.epoch for each, _ in done] == [0, 1, 2]
    assert [findings.seconds["measuring"] for _, findings in done] == [0.0, 1.0, 2.0]
    assert measuring.pending == 0
    measuring.close()


def test_the_queue_is_bounded():
    bench = Slow()
    measuring = Measuring(lambda: bench, workers=2, weights=2**30)
    opener = threading.Timer(0.3, bench.gate.set)
    opener.start()
    for epoch in range(9):
        measuring.put(snapshot(epoch), lambda layer: None)
        list(measuring.finished())
        assert measuring.pending <= 4, "two a worker may wait"
    opener.join()
    measuring.close()


def test_what_was_measured_before_an_interruption_is_kept(tmp_path, beside, monkeypatch):
    one_is_done = threading.Event()
    train, measure = execution.epochs_of, Bench.measure

    def interrupted(engine, *args, **options):
        for each in train(engine, *args, **options):
            yield each
            if engine.epoch == 2:
                assert one_is_done.wait(60)
                raise KeyboardInterrupt

    def told(self, snapshot, on_layer=None):
        findings = measure(self, snapshot, on_layer)
        one_is_done.set()
        return findings

    monkeypatch.setattr(Bench, "measure", told)
    monkeypatch.setattr(execution, "epochs_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tiny(), out=tmp_path, device="cpu")
    found = load(next(tmp_path.glob("*/*")))
    assert found.manifest["state"] == "interrupted"
    kept = found.measurements.groupby(["replica", "epoch"]).size()
    assert len(kept) >= 1
    assert (kept == 6).all(), "a snapshot is measured whole or not at all"


def test_a_layer_that_cannot_be_captured_ends_the_run(tmp_path, beside, monkeypatch):
    original = Bench.measure

    def breaks(self, snapshot, on_layer=None):
        if snapshot.epoch == 2:
            raise SpecError("measure.layers: no such thing")
        return original(self, snapshot, on_layer)

    monkeypatch.setattr(Bench, "measure", breaks)
    with pytest.raises(SpecError, match="no such thing"):
        run(tiny(), out=tmp_path, device="cpu")
    found = load(next(tmp_path.glob("*/*")))
    assert found.manifest["state"] == "failed"
    assert {0, 1} <= set(found.measurements["epoch"])


def test_dropout_draws_the_same_whether_measured_beside_or_at_once(tmp_path, beside, monkeypatch):
    one = run_tiny(tmp_path / "beside", DROPOUT, "training.epochs=6")
    monkeypatch.undo()
    assert_same(one.history, run_tiny(tmp_path / "once", DROPOUT, "training.epochs=6").history)


@pytest.mark.parametrize(
    ("device", "need", "threads", "workers"),
    [("cpu", 1, 4, 4), ("cpu", SMALL + 1, 4, 0), ("cpu", 1, 1, 0), ("cuda", 1, 4, 0)],
)
def test_when_it_gains(device, need, threads, workers):
    assert workers_beside(torch.device(device), need, threads) == workers
