"""Parts that a checkpoint names, and parts that are missing, damaged or a stranger's."""

from pathlib import Path

import pytest

from ibspec.results import (
    COLUMNS,
    DamagedFileError,
    PartWriter,
    read_parts,
)
from tests.results.test_parts import files, row


def test_a_run_that_goes_on_keeps_the_parts_that_it_knows_and_no_others(tmp_path: Path) -> None:
    """What was written after the checkpoint will be measured again: it must not count twice."""
    first = PartWriter(tmp_path, "m", seconds=0)
    first.add(row(0))
    first.add(row(1))
    known = list(first.parts)
    first.add(row(2, i_xt=3.0))
    second = PartWriter(tmp_path, "m", seconds=0, parts=known)
    assert read_parts(tmp_path, "m")["epoch"].tolist() == [0, 1]
    second.add(row(2, i_xt=4.0))
    assert first.parts != known  # the writer goes on with a list of its own
    assert read_parts(tmp_path, "m")["i_xt"].tolist()[2:] == [4.0]
    assert second.finish(COLUMNS)[0]["epoch"].tolist() == [0, 1, 2]


def test_a_new_table_begins_with_nothing(tmp_path: Path) -> None:
    PartWriter(tmp_path, "m", seconds=0).add(row(0))
    PartWriter(tmp_path, "m")
    assert files(tmp_path) == []


def test_a_part_to_go_on_from_that_is_missing_is_named_and_nothing_is_removed(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    writer.add(row(1))
    (tmp_path / writer.parts[0]).unlink()
    with pytest.raises(DamagedFileError, match=rf"{writer.parts[0]} is missing"):
        PartWriter(tmp_path, "m", parts=writer.parts)
    assert files(tmp_path) == ["m-000001-*.parquet"]


def test_a_part_missing_in_the_middle_is_an_error(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    for epoch in range(3):
        writer.add(row(epoch))
    (tmp_path / writer.parts[1]).unlink()
    with pytest.raises(DamagedFileError, match=rf"part 1 .* missing, there is {writer.parts[2]}"):
        read_parts(tmp_path, "m")
    with pytest.raises(DamagedFileError, match=rf"{writer.parts[1]} cannot be read: No such file"):
        writer.table()


def test_a_last_part_that_is_missing_is_an_error_where_it_is_known(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    for epoch in range(3):
        writer.add(row(epoch))
    assert len(read_parts(tmp_path, "m", writer.parts)) == 3
    (tmp_path / writer.parts[2]).unlink()
    with pytest.raises(DamagedFileError, match=rf"{writer.parts[2]} is missing"):
        read_parts(tmp_path, "m", writer.parts)
    assert len(read_parts(tmp_path, "m", writer.parts[:2])) == 2


def test_two_parts_of_one_number_are_an_error(tmp_path: Path) -> None:
    """Somebody copied a part of another run into this one."""
    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    (tmp_path / "other").mkdir()
    other = PartWriter(tmp_path / "other", "m", seconds=0)
    other.add(row(0, i_xt=9.0))
    (tmp_path / "other" / other.parts[0]).rename(tmp_path / other.parts[0])
    with pytest.raises(DamagedFileError, match=r"part 1 of the table is missing, there is m-000000-"):
        read_parts(tmp_path, "m")


def test_a_damaged_part_is_not_joined(tmp_path: Path) -> None:
    writer = PartWriter(tmp_path, "m", seconds=0)
    writer.add(row(0))
    writer.add(row(1))
    part = tmp_path / writer.parts[1]
    part.write_bytes(part.read_bytes().replace(b"kde(0.1)", b"kde(0.2)"))
    with pytest.raises(DamagedFileError, match=rf"{part.name} is damaged: wanted SHA-256"):
        writer.finish(COLUMNS)
    assert files(tmp_path) == ["m-000000-*.parquet", "m-000001-*.parquet"]
