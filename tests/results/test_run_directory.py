"""A run's directory is its own: no other run, in the same second or later, writes into it."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest

from ibspec.results import RunDirectory, run_directory, sha256_of

DIGEST = "0123456789abcdef" * 4


class Stopped(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Stopped":
        assert tz is UTC, "directory names are in UTC"
        return cls(2026, 1, 2, 3, 4, 5, 678, tz)


@pytest.fixture(autouse=True)
def _stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_directory, "datetime", Stopped)


def test_name(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path / "runs", "mnist", DIGEST)
    assert run.path == tmp_path / "runs" / "mnist" / "20260102T030405Z-01234567"
    assert run.path.is_dir()
    assert list(run.path.iterdir()) == []


def test_same_second_same_spec_is_another_directory(tmp_path: Path) -> None:
    first = RunDirectory.create(tmp_path, "mnist", DIGEST)
    first.write_manifest({"replicas": 1})
    others = [RunDirectory.create(tmp_path, "mnist", DIGEST) for _ in range(3)]
    paths = [run.path for run in (first, *others)]
    assert len(set(paths)) == 4
    assert all(re.fullmatch(r"20260102T030405Z-01234567(-\d+)?", path.name) for path in paths)
    assert first.read_manifest() == {"replicas": 1}
    assert all(list(run.path.iterdir()) == [] for run in others)


def test_many_processes_at_once_each_get_their_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        runs = list(pool.map(lambda _: RunDirectory.create(tmp_path, "mnist", DIGEST), range(40)))
    assert len({run.path for run in runs}) == 40


def test_a_file_of_that_name_is_not_touched(tmp_path: Path) -> None:
    taken = tmp_path / "mnist" / "20260102T030405Z-01234567"
    taken.parent.mkdir()
    taken.write_text("mine")
    assert RunDirectory.create(tmp_path, "mnist", DIGEST).path != taken
    assert taken.read_text() == "mine"


@pytest.mark.parametrize("value", [{"about": "Größe π", "sizes": [1, 0.1, None]}, {"argv": ["a\udcff.json"]}])
def test_manifest_and_spec_come_back_and_are_readable(tmp_path: Path, value: dict[str, Any]) -> None:
    """An argument that is no UTF-8, as a file's name may be, is half a surrogate pair in Python."""
    run = RunDirectory.create(tmp_path, "mnist", DIGEST)
    run.write_manifest(value)
    assert run.read_manifest() == value
    digest = run.write_spec(value)
    content = (run.path / "spec.json").read_bytes()
    assert digest == sha256_of(content)
    assert json.loads(content) == value
    assert ("Größe π" in content.decode()) is ("about" in value)
    assert content.endswith(b"}\n")
    assert content.count(b"\n") >= 3


def test_sweeping_removes_what_a_killed_process_left_and_nothing_else(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.write_manifest({})
    (tmp_path / ".manifest.json.k3j9").write_text("{")
    (tmp_path / ".git").mkdir()
    run.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == [".git", "manifest.json"]


def test_places(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    places = (run.figures, run.log, run.report, run.checkpoints, run.weights, run.open_weights)
    names = ("figures", "log.txt", "report.html", "checkpoints", "weights", "open")
    assert places == tuple(tmp_path / name for name in names)
