"""Trials are kept, resumed and the same with any number of processes."""

import numpy as np
import pandas as pd
import pytest

from ibspec.calibrate import Calibration, calibrate, summarise
from ibspec.calibrate import trial as trial_module
from ibspec.core import ActivityError, UserError
from ibspec.estimators import Binning, Kde, Width

SMALL = Calibration(
    estimators=(Kde(noise_variance=0.1), Binning(cells=Width(0.5))),
    samples=(60,),
    dims=(1, 2),
    seeds=2,
    laws=("independent", "identity-16"),
)

NUMBERS = ["estimator", "law", "dims", "samples", "seed", "truth", "i_xt", "warnings", "status"]


def test_a_row_a_trial(tmp_path):
    table = calibrate(SMALL, tmp_path, workers=1)
    assert len(table) == 2 * 2 * (2 + 1)  # estimators, seeds, dimensions of the first law and of the second
    assert (table["status"] == "ok").all()
    exact = table[(table["law"] == "identity-16") & (table["kind"] == "binning")]
    assert (exact["truth"] == 4.0).all()
    assert (exact["i_xt"] < 4.0).all(), "sixty draws of 16 symbols are not quite even"


def test_nothing_is_computed_twice(tmp_path, monkeypatch):
    calls = []
    original = trial_module.Trial.carry_out

    def counted(self):
        calls.append(self.key)
        return original(self)

    monkeypatch.setattr(trial_module.Trial, "carry_out", counted)
    first = calibrate(SMALL, tmp_path, workers=1)
    more = calibrate(SMALL.model_copy(update={"seeds": 3}), tmp_path, workers=1)
    assert len(calls) == len(set(calls)) == len(more) == 18
    kept = more[more["seed"] < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, first)


def test_what_was_done_before_an_interruption_is_kept(tmp_path):
    def stop(done, wanted):
        assert wanted == 12
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        calibrate(SMALL, tmp_path, workers=1, on_trial=stop)
    seen = []
    table = calibrate(SMALL, tmp_path, workers=1, on_trial=lambda done, wanted: seen.append(done))
    assert seen == list(range(6, 13))
    assert len(table) == 12


def test_processes_give_the_same_numbers(tmp_path):
    one = calibrate(SMALL, tmp_path / "one", workers=1)
    two = calibrate(SMALL, tmp_path / "two", workers=2)
    pd.testing.assert_frame_equal(one[NUMBERS], two[NUMBERS])


def test_a_refusal_is_a_row(tmp_path, monkeypatch):
    def refuses(self, t, probe, *, rng=None):
        raise ActivityError("too wide for me\nby far")

    monkeypatch.setattr(Kde, "estimate", refuses)
    table = calibrate(SMALL, tmp_path, workers=1)
    refused = table[table["kind"] == "kde"]
    assert (refused["status"] == "refused").all()
    assert (refused["reason"] == "too wide for me").all()
    told = summarise(table)
    assert told[told["kind"] == "kde"]["refused"].tolist() == [2, 2, 2]
    assert told[told["kind"] == "kde"]["mean"].isna().all()
    assert (told[told["kind"] == "kde"]["reason"] == "too wide for me").all()


def test_an_unknown_law(tmp_path):
    with pytest.raises(UserError, match=r"no law called 'nothing'\. Known here: independent"):
        calibrate(SMALL.model_copy(update={"laws": ("nothing",)}), tmp_path)


def test_bias_and_spread_by_hand():
    rows = [
        {"estimator": "e", "kind": "k", "law": "l", "dims": 1, "samples": 9, "seed": seed, "truth": 2.0,
         "i_xt": value, "i_ty": np.nan, "status": "ok", "reason": "", "warnings": "ties" * (seed == 0),
         "seconds": 0.5}
        for seed, value in enumerate([1.0, 2.0, 6.0])
    ]  # fmt: skip
    (row,) = summarise(pd.DataFrame(rows)).to_dict("records")
    assert (row["mean"], row["bias"], row["draws"], row["warned"], row["refused"]) == (3.0, 1.0, 3, 1, 0)
    assert (row["number"], row["codes"], row["reason"]) == ("i_xt", "", "")
    assert row["sd"] == pytest.approx(np.sqrt(7.0))
    assert row["se"] == pytest.approx(np.sqrt(7.0 / 3.0))


def test_a_number_for_the_label_and_none_for_the_input():
    """An estimator may have I(T;Y) alone; its warnings then say why."""
    rows = [
        {"estimator": "e", "kind": "k", "law": "l", "dims": 1, "samples": 9, "seed": seed, "truth": 2.0,
         "i_xt": np.nan, "i_ty": 1.5, "status": "ok", "reason": "", "warnings": "dropped-points ties",
         "seconds": 0.5}
        for seed in range(3)
    ]  # fmt: skip
    input_row, label_row = summarise(pd.DataFrame(rows)).to_dict("records")
    assert (input_row["number"], input_row["refused"]) == ("i_xt", 3)
    assert input_row["reason"] == "dropped-points ties"
    assert np.isnan(input_row["mean"])
    assert (label_row["number"], label_row["refused"], label_row["bias"]) == ("i_ty", 0, -0.5)
    assert label_row["codes"] == "dropped-points ties"
