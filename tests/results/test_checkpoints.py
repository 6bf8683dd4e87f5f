"""States come back bit for bit, the newest that is whole; nothing half done is taken for one."""

import re
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load, save

from ibspec.results import Checkpoints, DamagedFileError, write_sealed
from ibspec.results.integrity import write_named


def two(directory: Path) -> Checkpoints:
    """Three are written; two stay."""
    checkpoints = Checkpoints(directory)
    for epoch in range(3):
        checkpoints.write({"epoch": epoch}, {"w": torch.full((3,), float(epoch))})
    return checkpoints


def names(directory: Path) -> list[str]:
    return sorted(re.sub(r"-[0-9a-f]{16}\.", "-*.", path.name) for path in directory.iterdir())


WHOLE = ["000001-*.safetensors", "000001.json", "000002-*.safetensors", "000002.json"]


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    checkpoints = two(tmp_path)
    assert names(tmp_path) == WHOLE
    record, state, complaints = checkpoints.newest() or pytest.fail("none")
    assert (record, state["w"].tolist(), complaints) == ({"epoch": 2}, [2, 2, 2], [])
    assert checkpoints.records() == [{"epoch": 1}, {"epoch": 2}]
    checkpoints.remove()
    assert not tmp_path.exists()
    assert checkpoints.newest() is None
    assert checkpoints.records() == []
    checkpoints.drop_newer_than({})


def ruin(path: Path, how: str) -> None:
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes({"flipped": content[:-9] + b"~" + content[-8:], "cut": content[: len(content) // 2],
                          "empty": b"", "zeros": bytes(len(content))}[how])  # fmt: skip


@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "zeros", "gone"])
@pytest.mark.parametrize("which", ["*.json", "*.safetensors"])
def test_a_damaged_newest_falls_back_and_says_so(tmp_path: Path, which: str, how: str) -> None:
    checkpoints = two(tmp_path)
    newest = max(tmp_path.glob(which))
    ruin(newest, how)
    record, state, complaints = checkpoints.newest() or pytest.fail("none")
    assert (record, state["w"].tolist()) == ({"epoch": 1}, [1, 1, 1])
    if (which, how) == ("*.json", "gone"):  # as if it had never been finished
        assert complaints == []
    else:
        assert len(complaints) == 1
        assert str(newest) in complaints[0]
    checkpoints.drop_newer_than(record)
    assert names(tmp_path) == WHOLE[:2]
    checkpoints.write({"epoch": 2}, {"w": torch.full((3,), 2.0)})
    assert names(tmp_path) == WHOLE


@pytest.mark.parametrize("which", ["*.json", "*.safetensors"])
def test_all_damaged_is_an_error_that_names_them(tmp_path: Path, which: str) -> None:
    checkpoints = two(tmp_path)
    ruined = sorted(tmp_path.glob(which))
    for path in ruined:
        ruin(path, "flipped")
    with pytest.raises(DamagedFileError, match="no checkpoint is whole: ") as error:
        checkpoints.newest()
    assert all(str(path) in str(error.value) for path in ruined)


@settings(max_examples=30)  # each writes three checkpoints
@given(data=st.data())
def test_any_byte_of_the_newest(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    directory = tmp_path_factory.getbasetemp() / "any-byte"
    checkpoints = Checkpoints(directory)
    checkpoints.remove()
    two(directory)
    path = data.draw(st.sampled_from(sorted(directory.glob("000002*"))))
    content = bytearray(path.read_bytes())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    record, state, complaints = checkpoints.newest() or pytest.fail("none")
    is_newest = record == {"epoch": 2}
    assert state["w"].tolist() == [float(record["epoch"])] * 3
    assert (complaints == []) is is_newest  # white space that became other white space


def test_what_else_a_record_counts_on(tmp_path: Path) -> None:
    def check(record: dict[str, Any]) -> None:
        if record["epoch"] == 2:
            raise DamagedFileError("part-7 is gone")

    checkpoints = two(tmp_path)
    record, _, complaints = checkpoints.newest(check) or pytest.fail("none")
    assert (record, complaints) == ({"epoch": 1}, ["part-7 is gone"])


@pytest.mark.parametrize("is_json_written", [False, True])
def test_killed_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_json_written: bool) -> None:
    """After the tensors, or after the record but before the oldest is removed."""

    class Killed(BaseException):
        """Nobody catches it on the way."""

    def kill(*_: Any, **__: Any) -> None:
        raise Killed("now")

    checkpoints = two(tmp_path)
    if is_json_written:
        monkeypatch.setattr(Path, "unlink", kill)
    else:
        monkeypatch.setattr("ibspec.results.checkpoints.write_sealed", kill)
    with pytest.raises(Killed, match="now"):
        checkpoints.write({"epoch": 3}, {"w": torch.full((3,), 3.0)})
    monkeypatch.undo()
    (tmp_path / ".000003.json.x").write_text("{")
    record, state, complaints = checkpoints.newest() or pytest.fail("none")
    assert record == {"epoch": 3 if is_json_written else 2}
    assert (state["w"].tolist(), complaints) == ([record["epoch"]] * 3, [])
    checkpoints.drop_newer_than(record)
    more = ["000003-*.safetensors", "000003.json"] if is_json_written else []
    assert names(tmp_path) == WHOLE + more
    checkpoints.write({"epoch": 4}, {"w": torch.full((3,), 4.0)})
    assert checkpoints.records()[-1] == {"epoch": 4}
    assert len(names(tmp_path)) == 4


def test_orphans_and_temporary_files_are_swept(tmp_path: Path) -> None:
    checkpoints = two(tmp_path)
    write_named(tmp_path, "000009", ".safetensors", b"orphan")
    (tmp_path / ".000003.json.k3j9").write_text("{")
    (tmp_path / ".folder").mkdir()
    checkpoints.drop_newer_than({"epoch": 2})
    assert names(tmp_path) == [".folder", *WHOLE]


def test_going_back_drops_what_came_after(tmp_path: Path) -> None:
    checkpoints = two(tmp_path)
    checkpoints.drop_newer_than({"epoch": 1})
    assert names(tmp_path) == WHOLE[:2]


GOOD = save({"000000": torch.zeros(2)})


@pytest.mark.parametrize(
    ("document", "content"),
    [
        ({}, GOOD),
        ({"record": {}, "tensors": None}, GOOD),
        ({"record": {}, "state": {}, "tensors": 3}, GOOD),
        ({"record": {}, "state": {"$tensor": "000009"}}, GOOD),
        ({"record": {}, "state": {"$tensor": []}}, GOOD),
        ({"record": {}, "state": {"$float": "one"}}, GOOD),
        ({"record": {}, "state": {"$float": None}}, GOOD),
        ({"record": {}, "state": {"$tuple": 5}}, GOOD),
        ({"record": {}, "state": {"$items": [[1]]}}, GOOD),
        ({"record": {}, "state": {"$items": [[[], 1]]}}, GOOD),
        ({"record": {}, "state": {}}, b""),
        ({"record": {}, "state": {}}, b"\xff" * 8),
        ({"record": {}, "state": {}}, b"no safetensors at all"),
        ({"record": {}, "state": {}}, struct.pack("<Q", 2**40) + b"{}"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_strangers_checkpoint(tmp_path: Path, document: dict[str, Any], content: bytes) -> None:
    """All checksums fit, and what is in it makes no sense."""
    name = write_named(tmp_path, "000000", ".safetensors", content)
    whole = {"tensors": name, **document} if "state" in document else document
    write_sealed(tmp_path / "000000.json", whole)
    checkpoints = Checkpoints(tmp_path)
    with pytest.raises(DamagedFileError, match=r"no checkpoint is whole: .*000000"):
        checkpoints.newest()
    assert checkpoints.records() == ([{}] if "record" in document else [])
    checkpoints.drop_newer_than({"epoch": 1})
    assert names(tmp_path) == []


def test_a_checkpoint_takes_no_file_from_elsewhere(tmp_path: Path) -> None:
    name = write_named(tmp_path, "000000", ".safetensors", GOOD)
    (tmp_path / "in").mkdir()
    write_sealed(tmp_path / "in" / "000000.json", {"record": {}, "state": {}, "tensors": f"../{name}"})
    with pytest.raises(DamagedFileError, match=rf"in/{name} cannot be read"):
        Checkpoints(tmp_path / "in").newest()


def test_nothing_is_pickled(tmp_path: Path) -> None:
    checkpoints = two(tmp_path)
    checkpoints.write({}, {"text": "x", "w": torch.zeros(3), "pair": (1, float("nan"))})
    for path in tmp_path.glob("*.safetensors"):
        load(path.read_bytes())
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert not content.startswith((b"\x80", b"PK"))


def test_a_directory_that_vanished_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gone/checkpoints"):
        Checkpoints(tmp_path / "gone" / "checkpoints").write({}, {})
    assert not list(tmp_path.iterdir())
