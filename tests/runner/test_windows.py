"""As-If-Random in a run: windows of epochs, of single steps, and of all replicas together."""

import json

import pytest

from ibspec import Recorder
from ibspec.core import SpecError
from ibspec.estimators import AsIfRandom, Binning, Width
from ibspec.runner import prepare
from tests.runner.tiny import assert_same, run_tiny, tiny

UNDER = {"kind": "binning", "cells": {"kind": "width", "width": 0.5}}
EPOCHS = {"kind": "as-if-random", "over": "epochs", "window": 3, "under": UNDER}
STEPS = {"kind": "as-if-random", "over": "steps", "window": 4, "under": UNDER}
REPLICAS = {"kind": "as-if-random", "over": "replicas", "under": UNDER}


def measuring(*estimators):
    return f"measure.estimators={json.dumps(estimators)}"


def test_all_three_beside_each_other(tmp_path):
    found = run_tiny(tmp_path, measuring(UNDER, EPOCHS, STEPS, REPLICAS)).measurements
    assert (found.status == "ok").all()
    by = dict(list(found.groupby("estimator")))
    assert len(by) == 4
    for label, rows in by.items():
        if "epochs" in label:
            assert set(zip(rows.replica, rows.epoch, strict=True)) == {(0, 3), (1, 3)}
        elif "steps" in label:
            assert set(zip(rows.replica, rows.epoch, strict=True)) == {
                (r, e) for r in (0, 1) for e in range(4)
            }
        elif "replicas" in label:
            assert set(zip(rows.replica, rows.epoch, strict=True)) == {(-1, e) for e in range(4)}
        assert set(rows.layer) == {"dense1", "dense2", "output"}
    # One value at a time is never less than the window with nobody told which net it was.
    for label in (each for each in by if "as-if" in each):
        extras = [json.loads(text) for text in by[label].extras]
        for number, extra in zip(by[label].i_xt, extras, strict=True):
            assert number <= extra["i_xt_single_mean"] + 1e-9
            assert 0 <= extra["i_xe_given_t"] + 1e-9 <= extra["log2_window"] + 2e-9


def test_replicas_together_are_what_a_recorder_says_of_them(tmp_path, kept):
    found = run_tiny(tmp_path, measuring(REPLICAS)).measurements
    prepared = prepare(tiny(), device="cpu")
    net = prepared.build_net(0)
    recorder = Recorder(
        net, prepared.probe, None, [AsIfRandom(over="replicas", under=Binning(cells=Width(0.5)))], replica=-1
    )
    for epoch, replica in sorted(kept):
        net.load_state_dict(kept[epoch, replica])
        recorder.record(epoch)
    recorder.finish()
    order = ["epoch", "depth"]
    assert_same(
        found.sort_values(order, ignore_index=True),
        recorder.measurements.sort_values(order, ignore_index=True),
    )


def test_steps_do_not_depend_on_the_company_and_repeat(tmp_path):
    alone = run_tiny(tmp_path / "alone", measuring(STEPS)).measurements
    beside = run_tiny(
        tmp_path / "beside", measuring(UNDER, REPLICAS, STEPS), "training.replicas=3"
    ).measurements
    beside = beside[beside.estimator.isin(alone.estimator) & beside.replica.isin([0, 1])]
    assert_same(alone, beside.reset_index(drop=True))


def test_the_training_does_not_notice(tmp_path):
    plain = run_tiny(tmp_path / "plain").history
    assert_same(plain, run_tiny(tmp_path / "steps", measuring(STEPS, REPLICAS)).history)


@pytest.mark.parametrize(
    ("estimator", "more", "message"),
    [
        (REPLICAS, "training.replicas=1", r"training\.replicas is 1: raise it"),
        ({**EPOCHS, "window": 9}, "training.epochs=3", r"wants 9 measured epochs, and the run has 4"),
    ],
)
def test_windows_that_do_not_fit_are_refused_at_once(tmp_path, estimator, more, message):
    with pytest.raises(SpecError, match=rf"measure\.estimators\[0\]: as-if-random.*{message}"):
        run_tiny(tmp_path, measuring(estimator), more)
    assert not list(tmp_path.iterdir())


def test_they_can_be_drawn_and_verified(tmp_path):
    from ibspec.figures import draw_all
    from ibspec.verify import judge_run_claims

    found = run_tiny(tmp_path, measuring(UNDER, EPOCHS, STEPS, REPLICAS))
    assert draw_all(found)
    assert not judge_run_claims(found).surprises


def test_epochs_at_which_replicas_are_missing_say_so(tmp_path):
    """Each of three replicas goes its own way; only with all of them there is nothing to warn of."""
    adaptive = 'measure.when={"kind": "delta-exact", "delta": 0.3, "normalised": false}'
    rows = run_tiny(
        tmp_path, measuring(UNDER, REPLICAS), adaptive, "training.replicas=3", "training.epochs=30"
    ).measurements
    by_epoch = rows[rows.replica >= 0].groupby("epoch").replica.nunique()
    assert set(by_epoch) == {1, 2, 3}
    for row in rows[rows.replica == -1].itertuples():
        nets = by_epoch[row.epoch]
        assert row.status == ("invalid" if nets == 1 else "ok")
        assert ("partial-window" in row.warnings.split()) == (nets == 2)
        if nets == 1:
            assert row.reason.startswith("one net of 3 was measured here")
            assert row.extras == "{}"
        else:
            assert json.loads(row.extras)["window"] == nets
