"""A run is read back whole, in parts, or refused in words."""

import re

import pandas as pd
import pytest

from ibspec.core import SpecError, UserError
from ibspec.loading import load
from ibspec.results import COLUMNS, DamagedFileError, measurement_table, write_parquet
from ibspec.spec import parse_spec
from tests.loading.making import (
    begin,
    history,
    make_finished,
    make_unfinished,
    put_hash,
    put_manifest,
    put_table,
    rows,
)
from tests.spec.documents import TINY


@pytest.fixture
def made(tmp_path):
    """A run directory made by hand."""
    return make_finished(tmp_path / "runs" / "tiny" / "20260101T000000Z-00000000")


@pytest.fixture
def going_on(tmp_path):
    """One of a run that has not ended."""
    return make_unfinished(tmp_path / "runs" / "tiny" / "20260101T000000Z-11111111")


@pytest.mark.parametrize("kind", [str, lambda path: path], ids=["text", "path"])
def test_a_run_has_its_tables_spec_and_manifest(made, kind):
    found = load(kind(made))
    assert found.path == made
    pd.testing.assert_frame_equal(found.measurements, measurement_table(rows()))
    pd.testing.assert_frame_equal(found.history, history())
    assert (found.manifest["state"], found.manifest["seed"]) == ("done", 1.0)
    assert found.spec == parse_spec({**TINY, "about": "Run 1.0."})
    assert len(found.gradients) == len(found.timings) == 0


def test_parts_of_a_run_that_has_not_finished_are_joined(going_on):
    found = load(going_on)
    pd.testing.assert_frame_equal(found.measurements, measurement_table(rows()))
    pd.testing.assert_frame_equal(found.history, history())
    assert found.spec == parse_spec({**TINY, "about": "Run 1.0."})
    assert len(found.timings) == 0


def test_rows_of_parts_are_put_in_order(tmp_path):
    """Replicas are measured as it comes, and so they stand in the parts."""
    run = begin(tmp_path / "run").path
    mixed = measurement_table(rows()).iloc[[4, 0, 5, 3, 1, 2]]
    content = write_parquet(mixed, run / "x")
    (run / "x").rename(run / f"measurements-000000-{content[:16]}.parquet")
    pd.testing.assert_frame_equal(load(run).measurements, measurement_table(rows()))


def test_parts_that_are_left_beside_the_whole_table_do_not_count(going_on):
    """Killed after the manifest named the whole tables, before the parts were gone."""
    put_table(going_on, "measurements", measurement_table(rows(5.0)))
    found = load(going_on)
    assert found.measurements["i_xt"].min() == 5.0
    assert len(found.history) == 0  # all whole tables are named at once


def test_a_whole_table_that_the_manifest_does_not_name_does_not_count(going_on):
    """Killed after it was written, before the manifest was."""
    write_parquet(measurement_table(rows(5.0)), going_on / "measurements.parquet")
    assert load(going_on).measurements["i_xt"].max() == 1.2


def test_a_run_that_ends_while_it_is_read(going_on):
    """Its parts went after its manifest was read: the whole tables are there by then."""
    found = load(going_on)
    assert found.manifest["state"] == "running"
    put_table(going_on, "history", history(5.0))
    put_table(going_on, "measurements", measurement_table(rows(5.0)))
    for part in going_on.glob("*-000000-*"):
        part.unlink()
    assert found.measurements["i_xt"].min() == 5.0  # the rest of the parts cannot be joined
    for part in going_on.glob("*-00000?-*"):
        part.unlink()
    pd.testing.assert_frame_equal(found.history, history(5.0))  # none is left: no error, but no rows either


def test_nothing_measured_yet_is_an_empty_table(tmp_path):
    found = load(begin(tmp_path / "run").path)
    assert len(found.measurements) == 0
    assert found.measurements.dtypes.astype(str).to_dict() == COLUMNS
    assert len(found.history) == 0


def test_columns_that_an_older_run_lacks_are_empty(made):
    put_table(made, "measurements", measurement_table(rows()).drop(columns=["h_t", "warnings"]))
    found = load(made).measurements
    assert list(found.columns) == list(COLUMNS)
    assert found.dtypes.astype(str).to_dict() == COLUMNS
    assert found["h_t"].isna().all()


def test_a_directory_of_runs_means_the_newest(made):
    newer = made.with_name("20260102T000000Z-00000000")
    begin(newer)
    (made.parent / "not a run").mkdir()
    assert load(made.parent).path == newer


def test_reading_changes_nothing(made, going_on):
    for run in (made, going_on):
        before = {path: path.read_bytes() for path in run.rglob("*.*")}
        found = load(run)
        _ = found.measurements, found.history, found.timings, found.gradients, found.manifest, found.spec
        assert {path: path.read_bytes() for path in run.rglob("*.*")} == before


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
    (made / "measurements.parquet").write_bytes(b"PAR1 no longer")
    (made / "spec.json").write_text("{}")
    found = load(made)
    with pytest.raises(DamagedFileError, match=r"measurements\.parquet is damaged: wanted SHA-256 \w{16}"):
        _ = found.measurements
    with pytest.raises(DamagedFileError, match=r"spec\.json is damaged: wanted SHA-256 \w{16}"):
        _ = found.spec
    assert len(found.history) == 6  # the others are what they were
    (made / "spec.json").unlink()
    with pytest.raises(DamagedFileError, match=r"spec\.json cannot be read: No such file"):
        _ = load(made).spec
    (made / "manifest.json").write_text('{"state": ')
    for name in ("manifest", "measurements", "history", "spec"):
        with pytest.raises(
            DamagedFileError, match=r"manifest\.json is damaged, not JSON as written: Expecting value: line 1"
        ):
            getattr(load(made), name)


def test_a_spec_of_which_the_manifest_knows_nothing(made):
    put_manifest(made, files={})
    with pytest.raises(DamagedFileError, match=r"spec\.json cannot be checked: there is no SHA-256 of it"):
        _ = load(made).spec


def test_a_spec_that_is_none_though_its_hash_is_right(made):
    (made / "spec.json").write_text("{}")
    put_hash(made, "spec.json")
    with pytest.raises(SpecError, match=r"spec\.json is not a valid spec:\n  name: is missing"):
        _ = load(made).spec
    (made / "spec.json").write_bytes(b"\xff{")
    put_hash(made, "spec.json")
    with pytest.raises(SpecError, match=r"spec\.json: not valid JSON"):
        _ = load(made).spec
