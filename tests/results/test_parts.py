"""Parts survive a killed process; joined they are one typed table."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ibspec.core import Estimate, atomic
from ibspec.results import (
    COLUMNS,
    Measurement,
    PartWriter,
    estimate_fields,
    measurement_table,
    part_names,
    parts,
    read_parquet,
    read_parts,
    sha256_of,
    write_parquet,
)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that the test moves."""
    now = [100.0]
    monkeypatch.setattr(parts.time, "monotonic", lambda: now[0])
    return now


def row(epoch: int, **fields: Any) -> dict[str, Any]:
    return asdict(Measurement(0, epoch, 0, "dense1", "whole", "kde(0.1)", 50, **fields))


def files(directory: Path) -> list[str]:
    """Names of the files, the hashes of parts as an asterisk."""
    names = sorted(path.name for path in directory.iterdir())
    return [re.sub(r"-[0-9a-f]{16}(?=\.parquet$)", "-*", name) for name in names]


def test_round_trip(tmp_path: Path) -> None:
    rows = [
        row(0, **estimate_fields(Estimate(i_xt=1.5, i_xt_bounds=(0.1, 1.5), extras={"a": 0.1 + 0.2}))),
        row(1, status="invalid", reason="3 of 36 activity values are not finite"),
        row(2, **estimate_fields(Estimate(i_xt=5e-324, i_ty=-1e-17, warnings=("saturated", "ties")))),
    ]
    writer = PartWriter(tmp_path, "measurements")
    writer.add(*rows)
    table, digest = writer.finish(COLUMNS)
    again = pd.read_parquet(tmp_path / "measurements.parquet")
    assert digest == sha256_of((tmp_path / "measurements.parquet").read_bytes())
    pd.testing.assert_frame_equal(table, read_parquet(tmp_path / "measurements.parquet", digest))
    pd.testing.assert_frame_equal(table, again)
    pd.testing.assert_frame_equal(table, measurement_table(Measurement(**fields) for fields in rows))
    assert dict(again.dtypes.astype(str)) == COLUMNS
    assert again["i_xt"][2] == 5e-324  # bit for bit
    assert again["i_ty"][2] == -1e-17
    assert again["warnings"][2] == "saturated ties"
    # The parts stay until whoever reads the table can know of it.
    assert files(tmp_path) == ["measurements-000000-*.parquet", "measurements.parquet"]
    writer.remove_parts()
    assert files(tmp_path) == ["measurements.parquet"]


def test_parts_are_written_every_ten_seconds(tmp_path: Path, clock: list[float]) -> None:
    writer = PartWriter(tmp_path, "measurements")
    writer.add(row(0))
    clock[0] += 9.9
    writer.add(row(1))
    assert files(tmp_path) == []
    clock[0] += 0.1
    writer.add(row(2))
    assert files(tmp_path) == ["measurements-000000-*.parquet"]
    clock[0] += 9.9
    writer.add(row(3))
    assert read_parts(tmp_path, "measurements")["epoch"].tolist() == [0, 1, 2]
    clock[0] += 0.1
    writer.add(row(4), row(5))
    assert read_parts(tmp_path, "measurements")["epoch"].tolist() == [0, 1, 2, 3, 4, 5]
    assert writer.finish(COLUMNS)[0]["epoch"].tolist() == [0, 1, 2, 3, 4, 5]


def test_nothing_to_write_writes_no_part(tmp_path: Path, clock: list[float]) -> None:
    writer = PartWriter(tmp_path, "measurements")
    clock[0] += 60
    writer.add()
    writer.flush()
    assert files(tmp_path) == []
    table, _ = writer.finish(COLUMNS)
    assert table.empty
    assert dict(table.dtypes.astype(str)) == COLUMNS
    assert dict(pd.read_parquet(tmp_path / "measurements.parquet").dtypes.astype(str)) == COLUMNS


def test_order_of_more_than_ten_parts(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    for epoch in range(12):
        writer.add(row(epoch))
    assert len(files(tmp_path)) == 12
    assert writer.finish(COLUMNS)[0]["epoch"].tolist() == list(range(12))


def test_columns_that_are_empty_in_one_part_are_numbers_in_the_whole(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    writer.add(row(1, i_xt=2.0))
    writer.add(row(2, status="failed", reason="broke"))
    table, _ = writer.finish(COLUMNS)
    assert table["i_xt"].isna().tolist() == [True, False, True]
    assert dict(table.dtypes.astype(str)) == COLUMNS


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_killed_process_leaves_whole_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Killed while the third part is written: two are there, readable, and nothing else."""

    class Killed(BaseException):
        """Unlike an Exception, nobody catches it on the way."""

    def kill(*_: Any) -> None:
        raise Killed("now")

    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    writer.add(row(1))
    monkeypatch.setattr(atomic.os, step, kill)
    with pytest.raises(Killed, match="now"):
        writer.add(row(2))
    assert files(tmp_path) == ["m-000000-*.parquet", "m-000001-*.parquet"]
    assert read_parts(tmp_path, "m")["epoch"].tolist() == [0, 1]


def test_killed_while_joining_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the whole table has its name, the parts are still there."""

    def kill(*_: Any) -> None:
        raise KeyboardInterrupt("now")

    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    writer.add(row(1))
    monkeypatch.setattr(atomic.os, "replace", kill)
    with pytest.raises(KeyboardInterrupt, match="now"):
        writer.finish(COLUMNS)
    assert read_parts(tmp_path, "m")["epoch"].tolist() == [0, 1]


def test_killed_before_the_parts_are_gone_counts_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither while the whole table is there beside its parts, nor when it is joined again from them."""

    def kill(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt("now")

    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    writer.add(row(1))
    table, digest = writer.finish(COLUMNS)
    monkeypatch.setattr(Path, "unlink", kill)
    with pytest.raises(KeyboardInterrupt, match="now"):
        writer.remove_parts()
    monkeypatch.undo()
    assert len(files(tmp_path)) == 3
    assert read_parts(tmp_path, "m")["epoch"].tolist() == [0, 1]
    again = PartWriter(tmp_path, "m", parts=part_names(tmp_path, "m"))
    assert again.finish(COLUMNS)[1] == digest
    again.remove_parts()
    assert files(tmp_path) == ["m.parquet"]
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "m.parquet", digest), table)


def test_joining_again_after_more_rows_has_them_all(tmp_path: Path) -> None:
    """A run stopped while its tables were joined goes on from the parts."""
    writer = PartWriter(tmp_path, "m")
    writer.add(row(0))
    writer.finish(COLUMNS)
    writer.add(row(1))
    assert writer.finish(COLUMNS)[0]["epoch"].tolist() == [0, 1]
    assert read_parts(tmp_path, "m")["epoch"].tolist() == [0, 1]


def test_rows_are_put_in_order_and_ties_stay_as_they_came(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    for epoch, reason in ((2, "a"), (0, "b"), (2, "c"), (0, "d"), (1, "e")):
        writer.add(row(epoch, reason=reason))
    table, _ = writer.finish(COLUMNS, ["replica", "epoch"])
    assert table["reason"].tolist() == ["b", "d", "e", "a", "c"]
    assert table.index.tolist() == list(range(5))


def test_rows_that_could_not_be_written_are_kept_for_the_next_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that was full may have room again."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    writer = PartWriter(tmp_path, "m", seconds=0)
    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OSError, match=r"No space left on device: .*m-000000-"):
        writer.add(row(0))
    assert (writer.parts, files(tmp_path)) == ([], [])
    monkeypatch.undo()
    writer.flush()
    assert writer.table()["epoch"].tolist() == [0]


def test_tables_do_not_mix(tmp_path: Path) -> None:
    """One name may begin like another."""
    one, other = PartWriter(tmp_path, "grad", seconds=0), PartWriter(tmp_path, "grad-norms", seconds=0)
    one.add({"a": 1})
    other.add({"b": 2})
    assert read_parts(tmp_path, "grad").to_dict("list") == {"a": [1]}
    one.finish()
    one.remove_parts()
    assert files(tmp_path) == ["grad-norms-000000-*.parquet", "grad.parquet"]


def test_no_table_is_an_empty_table(tmp_path: Path) -> None:
    assert read_parts(tmp_path, "m").empty
    assert PartWriter(tmp_path, "m").finish()[0].empty


def test_write_parquet_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    digest = write_parquet(table, tmp_path / "t.parquet")
    assert digest == sha256_of((tmp_path / "t.parquet").read_bytes())
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "t.parquet"), table)
    with pytest.raises(Exception, match="convert"):
        write_parquet(pd.DataFrame({"a": [1, "x", object()]}), tmp_path / "u.parquet")
    assert files(tmp_path) == ["t.parquet"]
