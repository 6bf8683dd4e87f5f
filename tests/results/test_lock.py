"""One writer, known by its number; a dead one stands in nobody's way."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ibspec.core import RunError
from ibspec.results import Lock, RunDirectory

HOLD = """
import sys
from pathlib import Path
from ibspec.results import Lock
lock = Lock(Path(sys.argv[1]))
lock.take()
print("taken", flush=True)
sys.stdin.read()
"""

TRY = """
import sys
from pathlib import Path
from ibspec.core import RunError
from ibspec.results import Lock
for line in sys.stdin:
    lock = Lock(Path(sys.argv[1]))
    try:
        lock.take()
    except RunError as error:
        print(error, flush=True)
    else:
        print("taken", flush=True)
"""


@contextmanager
def process(program: str, directory: Path) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", program, str(directory)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.kill()


def line(running: "subprocess.Popen[str]") -> str:
    assert running.stdout is not None
    return running.stdout.readline().strip()


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    """Killed by SIGKILL, which leaves it no time to clear up."""
    with process(TRY, tmp_path) as second, process(HOLD, tmp_path) as first:
        assert line(first) == "taken"
        assert second.stdin is not None
        second.stdin.write("\n")
        second.stdin.flush()
        refusal = line(second)
        assert str(tmp_path) in refusal
        assert "is being written by another process" in refusal
        assert f'"process": {first.pid}' in refusal
        assert Lock.is_held(tmp_path)
        with pytest.raises(RunError, match=rf'another process .*"process": {first.pid}'):
            Lock(tmp_path).take()
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert not Lock.is_held(tmp_path)
        assert (tmp_path / "lock").exists()  # what it left says nothing any more
        second.stdin.write("\n")
        second.stdin.flush()
        assert line(second) == "taken"
        with pytest.raises(RunError, match=rf'another process .*"process": {second.pid}'):
            Lock(tmp_path).take()


def test_release(tmp_path: Path) -> None:
    lock, other = Lock(tmp_path), Lock(tmp_path)
    lock.take()
    said = json.loads((tmp_path / "lock").read_text())
    assert said["process"] == os.getpid()
    assert Lock.is_held(tmp_path)
    with pytest.raises(RunError, match=f'"process": {os.getpid()}'):
        other.take()
    other.release()  # it has nothing to let go of
    assert Lock.is_held(tmp_path)
    lock.release()
    lock.release()
    assert not Lock.is_held(tmp_path)
    other.take()
    assert Lock.is_held(tmp_path)
    other.release()


def test_asking_changes_nothing(tmp_path: Path) -> None:
    assert not Lock.is_held(tmp_path)
    assert not Lock.is_held(tmp_path / "nowhere")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "lock").write_text("left by somebody")
    assert not Lock.is_held(tmp_path)
    assert (tmp_path / "lock").read_text() == "left by somebody"


def test_a_lock_that_its_owner_removes_while_another_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who locks a file that has lost its name has locked nothing."""
    first, second = Lock(tmp_path), Lock(tmp_path)
    first.take()
    opened = os.open
    calls = []

    def open_then_release(*args: object) -> int:
        handle = opened(*args)  # type: ignore[arg-type]
        if not calls:
            first.release()
        calls.append(handle)
        return handle

    monkeypatch.setattr("ibspec.results.lock.os.open", open_then_release)
    second.take()
    monkeypatch.undo()
    assert len(calls) == 2
    with pytest.raises(RunError, match="is being written by another process"):
        Lock(tmp_path).take()
    second.release()


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A run directory from a stranger must not have a file elsewhere emptied, or made."""
    mine = tmp_path / "mine.txt"
    mine.write_text("my notes")
    for number, target in enumerate((mine, tmp_path / "new")):
        run = tmp_path / str(number)
        run.mkdir()
        (run / "lock").symlink_to(target)
        assert not Lock.is_held(run)
        with pytest.raises(OSError, match=rf"symbolic links: .*{number}/lock"):
            Lock(run).take()
    assert mine.read_text() == "my notes"
    assert not (tmp_path / "new").exists()


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "lock")
    assert not Lock.is_held(tmp_path)
    with pytest.raises(OSError, match="lock"):
        Lock(tmp_path).take()


def test_a_directory_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="gone/lock"):
        Lock(tmp_path / "gone").take()
    lock = Lock(tmp_path / "run")
    RunDirectory(tmp_path / "run").path.mkdir()
    lock.take()
    (tmp_path / "run" / "lock").unlink()
    (tmp_path / "run").rmdir()
    lock.release()


def test_a_full_disk_is_named_and_the_lock_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ibspec.results.lock.json.dumps", full)
    with pytest.raises(OSError, match=r"No space left on device: .*lock"):
        Lock(tmp_path).take()
    monkeypatch.undo()
    assert not Lock.is_held(tmp_path)
    lock = Lock(tmp_path)
    lock.take()
    lock.release()
