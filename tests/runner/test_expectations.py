"""Published values are compared with what a run finds, and both are told."""

import numpy as np
import pytest

from ibspec.loading import load
from ibspec.runner import Progress, run
from ibspec.runner.expectations import compare_with_expectations, describe_expectation
from ibspec.spec import Expectation, apply_overrides, parse_spec
from tests.spec.documents import TINY


def expect(what, value, tolerance=0.0, **where):
    return Expectation(what=what, value=value, tolerance=tolerance, source="a paper", **where)


def compared(finished, expectation):
    (found,) = compare_with_expectations([expectation], finished.measurements, finished.history, 3)
    return found


def test_the_last_epoch_and_the_mean_over_replicas_are_meant(finished):
    history = finished.history
    mean = history[history["epoch"] == 3]["test_accuracy"].mean()
    assert compared(finished, expect("test_accuracy", mean))["found"] == mean
    assert compared(finished, expect("test_accuracy", mean))["agrees"] is True
    assert compared(finished, expect("test_accuracy", mean + 0.2, 0.19))["agrees"] is False
    assert compared(finished, expect("test_accuracy", mean + 0.2, 0.21))["agrees"] is True


@pytest.mark.parametrize("what", ["i_xt", "i_ty"])
def test_information_of_a_layer_at_an_epoch(finished, what):
    table = finished.measurements
    rows = table[(table["layer"] == "dense2") & (table["estimator"] == "kde(0.1)") & (table["epoch"] == 1)]
    assert len(rows) == 2
    found = compared(finished, expect(what, 0.0, layer="dense2", estimator="kde(0.1)", epoch=1))
    assert found["found"] == pytest.approx(rows[what].mean(), abs=1e-12)


@pytest.mark.parametrize(
    "expectation",
    [
        expect("i_xt", 1.0, layer="dense2", estimator="kde(7)"),
        expect("i_xt", 1.0, layer="dense2", estimator="kde(0.1)", epoch=99),
        expect("h_t", 1.0, layer="dense2", estimator="kde(0.1)"),  # continuous: it has no entropy
        expect("test_loss", 1.0, epoch=99),
    ],
)
def test_a_number_that_the_run_does_not_have(finished, expectation):
    found = compared(finished, expectation)
    assert (found["found"], found["agrees"]) == (None, None)
    assert describe_expectation(found).endswith(", but this run has no such number")


def test_a_run_that_ended_early_has_no_last_epoch(finished):
    early = finished.history[finished.history["epoch"] < 3]
    (found,) = compare_with_expectations([expect("test_loss", 1.0)], finished.measurements, early, 3)
    assert found["found"] is None


def test_in_words(finished):
    line = describe_expectation(compared(finished, expect("test_accuracy", 0.99, 0.001)))
    assert line.startswith("test_accuracy: expected 0.99 within 0.001, found 0.")
    assert line.endswith(", DOES NOT AGREE")
    where = {"layer": "dense2", "estimator": "kde(0.1)", "epoch": 1}
    line = describe_expectation(compared(finished, expect("i_xt", 2.0, 9.0, **where)))
    assert line.startswith("i_xt layer dense2 estimator kde(0.1) epoch 1: expected 2 within 9, found ")
    assert line.endswith(", agrees")


class Notes(Progress):
    def __init__(self):
        self.notes = []

    def note(self, text):
        self.notes.append(text)


def test_a_run_writes_them_down_and_tells_them(tmp_path):
    expected = '[{"what": "test_loss", "value": 2.3, "tolerance": 1, "source": "a paper"}]'
    spec = parse_spec(apply_overrides(TINY, [f"expect={expected}", "training.epochs=1"]))
    notes = Notes()
    found = load(run(spec, out=tmp_path, device="cpu", progress=notes).path)
    (row,) = found.manifest["expectations"]
    mean = found.history[found.history["epoch"] == 1]["test_loss"].mean()
    assert row == {
        "what": "test_loss",
        "value": 2.3,
        "tolerance": 1.0,
        "source": "a paper",
        "layer": None,
        "estimator": None,
        "epoch": None,
        "found": pytest.approx(mean),
        "agrees": True,
    }
    assert np.isfinite(row["found"])
    assert notes.notes[-1].startswith("test_loss: expected 2.3 within 1, found ")
    assert notes.notes[-1] in (found.path / "log.txt").read_text(encoding="utf-8")
