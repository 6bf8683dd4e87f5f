"""A file is whole or absent, whatever breaks."""

import errno
import os
import re
import resource
import stat
from pathlib import Path
from typing import Any

import pytest

from ibspec.core import atomic, write_atomically


class Killed(BaseException):
    """Like KeyboardInterrupt: no `except Exception` sees it."""


def _killed(*_: Any, **__: Any) -> None:
    raise Killed("in the middle")


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


def is_file(handle: int) -> bool:
    """Not the directory, which is put on disk after the rename."""
    return stat.S_ISREG(os.fstat(handle).st_mode)


@pytest.mark.parametrize(
    "content", [b"", b"\x00\xff", "π = 3", b"x" * 3_000_000], ids=["empty", "bytes", "text", "big"]
)
def test_whole_content_arrives(tmp_path: Path, content: bytes | str) -> None:
    path = tmp_path / "deep" / "er" / "file.bin"
    write_atomically(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert names(path.parent) == ["file.bin"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o644  # others may read it, unlike a bare temporary file


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
@pytest.mark.parametrize("before", [None, b"old"])
def test_killed_in_the_middle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, before: bytes | None
) -> None:
    """Neither half a file nor a temporary one stays; an old file stays as it was."""
    path = tmp_path / "file.bin"
    if before is not None:
        path.write_bytes(before)
    monkeypatch.setattr(atomic.os, step, _killed)
    with pytest.raises(Killed, match="in the middle"):
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert names(tmp_path) == ([] if before is None else ["file.bin"])
    assert before is None or path.read_bytes() == before


def test_content_is_on_disk_before_the_name_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut after the rename must not leave an empty file under the final name."""
    calls: list[tuple[str, int]] = []
    fsync, replace = os.fsync, os.replace

    def watch_fsync(handle: int) -> None:
        if is_file(handle):
            calls.append(("fsync", os.fstat(handle).st_size))
        fsync(handle)

    def watch_replace(source: str, target: Path) -> None:
        assert Path(source).parent == target.parent  # a rename across file systems is a copy
        calls.append(("replace", Path(source).stat().st_size))
        replace(source, target)

    monkeypatch.setattr(atomic.os, "fsync", watch_fsync)
    monkeypatch.setattr(atomic.os, "replace", watch_replace)
    write_atomically(tmp_path / "file", b"12345")
    assert calls == [("fsync", 5), ("replace", 5)]


def test_a_reader_never_sees_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")
    seen: list[bytes] = []
    fsync = os.fsync

    def peek(handle: int) -> None:
        if is_file(handle):
            seen.append(path.read_bytes())
        fsync(handle)

    monkeypatch.setattr(atomic.os, "fsync", peek)
    write_atomically(path, b"new")
    assert seen == [b"old"]
    assert path.read_bytes() == b"new"


def test_temporary_files_are_hidden_from_patterns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part of a table is found by `name-*.parquet`: a half-written one must not match."""
    found: list[list[Path]] = []
    fsync = os.fsync

    def look(handle: int) -> None:
        if is_file(handle):
            found.append(list(tmp_path.glob("part-*")))
        fsync(handle)

    monkeypatch.setattr(atomic.os, "fsync", look)
    write_atomically(tmp_path / "part-0.parquet", b"x")
    assert found == [[]]


def test_a_directory_that_vanished_is_not_made_again(tmp_path: Path) -> None:
    """Half a run in a new directory would hide that the other half is gone."""
    path = tmp_path / "gone" / "part.parquet"
    with pytest.raises(FileNotFoundError, match=rf"No such file or directory: '{re.escape(str(path))}'"):
        write_atomically(path, b"x", make_parents=False)
    assert names(tmp_path) == []


@pytest.mark.parametrize("step", ["fsync", "replace", "fchmod"])
def test_a_full_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """The system says of which file only where it is given a name, not a handle."""

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "part.parquet"
    path.write_bytes(b"old")
    monkeypatch.setattr(atomic.os, step, full)
    with pytest.raises(OSError, match=rf"No space left on device: '{re.escape(str(path))}'") as error:
        write_atomically(path, b"x")
    monkeypatch.undo()
    assert (error.value.errno, error.value.filename) == (errno.ENOSPC, str(path))
    assert names(tmp_path) == ["part.parquet"]
    assert path.read_bytes() == b"old"


def test_a_write_that_the_system_refuses_half_way(tmp_path: Path) -> None:
    """A limit on the size of files stands for a disk with room for half of it: a real `write` fails."""
    path = tmp_path / "part.parquet"
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(OSError, match=rf"File too large: '{re.escape(str(path))}'"):
            write_atomically(path, b"x" * 1_000_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == []
    write_atomically(path, b"x" * 1_000_000)
    assert path.stat().st_size == 1_000_000


def test_the_name_is_on_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A power cut must not take back a rename that the caller counts on."""
    synced: list[bool] = []
    fsync = os.fsync

    def watch(handle: int) -> None:
        synced.append(stat.S_ISDIR(os.fstat(handle).st_mode))
        fsync(handle)

    monkeypatch.setattr(atomic.os, "fsync", watch)
    write_atomically(tmp_path / "file", b"x")
    assert synced == [False, True]
