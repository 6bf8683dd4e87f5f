"""A run is read back whole, in parts, or refused in words."""

import json
import re

import pandas as pd
import pytest

from ibspec.core import SpecError, UserError
from ibspec.loading import load
from ibspec.results import COLUMNS, Measurement, measurement_table, write_parquet
from ibspec.spec import parse_spec
from tests.spec.documents import TINY

ROWS = [
    Measurement(replica, epoch, 0, "dense1", "whole", "kde(0.1)", 60, i_xt=1.0)
    for replica in range(2)
    for epoch in range(3)
]


@pytest.fixture
def made(tmp_path):
    """A run directory made by hand."""
    path = tmp_path / "runs" / "tiny" / "20260101T000000Z-00000000"
    path.mkdir(parents=True)
    (path / "manifest.json").write_text(json.dumps({"state": "done"}))
    (path / "spec.json").write_text(json.dumps(parse_spec(TINY).document()))
    write_parquet(measurement_table(ROWS), path / "measurements.parquet")
    write_parquet(pd.DataFrame({"replica": [0], "epoch": [0]}), path / "history.parquet")
    return path


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["text", "path"])
def test_a_run_has_its_tables_spec_and_manifest(made, kind):
    found = load(kind(made))
    assert found.path == made
    pd.testing.assert_frame_equal(found.measurements, measurement_table(ROWS))
    assert found.history.to_dict("list") == {"replica": [0], "epoch": [0]}
    assert found.manifest == {"state": "done"}
    assert found.spec == parse_spec(TINY)
    assert len(found.gradients) == len(found.timings) == 0


def test_parts_of_a_run_that_has_not_finished_are_joined(made):
    (made / "measurements.parquet").unlink()
    for number, rows in enumerate((ROWS[:2], ROWS[2:5], ROWS[5:])):
        write_parquet(measurement_table(rows), made / f"measurements-{number:06d}.parquet")
    pd.testing.assert_frame_equal(load(made).measurements, measurement_table(ROWS))


def test_nothing_measured_yet_is_an_empty_table(made):
    (made / "measurements.parquet").unlink()
    (made / "history.parquet").unlink()
    found = load(made)
    assert len(found.measurements) == 0
    assert found.measurements.dtypes.astype(str).to_dict() == COLUMNS
    assert len(found.history) == 0


def test_columns_that_an_older_run_lacks_are_empty(made):
    older = measurement_table(ROWS).drop(columns=["h_t", "warnings"])
    write_parquet(older, made / "measurements.parquet")
    found = load(made).measurements
    assert list(found.columns) == list(COLUMNS)
    assert found["h_t"].isna().all()


def test_a_directory_of_runs_means_the_newest(made):
    newer = made.with_name("20260102T000000Z-00000000")
    newer.mkdir()
    (newer / "manifest.json").write_text(json.dumps({"state": "running"}))
    (made.parent / "not a run").mkdir()
    assert load(made.parent).path == newer


def test_reading_changes_nothing(made):
    before = {path: path.read_bytes() for path in made.iterdir()}
    found = load(made)
    _ = found.measurements, found.history, found.timings, found.gradients, found.manifest, found.spec
    assert {path: path.read_bytes() for path in made.iterdir()} == before


def test_a_directory_that_is_no_run(tmp_path):
    with pytest.raises(
        UserError,
        match=rf"^{re.escape(str(tmp_path))}: not a run directory \(no manifest\.json in it, nor in the "
        r"directories in it\)$",
    ):
        load(tmp_path)


def test_the_directory_of_all_runs_says_what_is_in_it(made):
    runs = made.parents[1]
    with pytest.raises(
        UserError, match=rf"not a run directory .*In it are runs of {re.escape(str(made.parent))}$"
    ):
        load(runs)


def test_a_missing_directory_and_a_file(tmp_path):
    with pytest.raises(UserError, match="nowhere: no such directory; `ibspec list runs` shows the runs"):
        load(tmp_path / "nowhere")
    (tmp_path / "file").write_text("x")
    with pytest.raises(UserError, match="file: not a run directory"):
        load(tmp_path / "file")


def test_damaged_files_are_named(made):
    (made / "manifest.json").write_text('{"state": ')
    (made / "measurements.parquet").write_bytes(b"PAR1 no longer")
    (made / "spec.json").write_text("{}")
    found = load(made)
    with pytest.raises(UserError, match=r"manifest\.json is damaged, not JSON: Expecting value: line 1"):
        _ = found.manifest
    with pytest.raises(UserError, match=r"the table of measurements cannot be read: .*Parquet"):
        _ = found.measurements
    with pytest.raises(SpecError, match=r"spec\.json is not a valid spec:\n  name: is missing"):
        _ = found.spec
    (made / "spec.json").unlink()
    with pytest.raises(UserError, match=r"spec\.json cannot be read: No such file"):
        _ = load(made).spec
