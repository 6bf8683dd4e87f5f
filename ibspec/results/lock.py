"""A run directory has one writer."""

import json
import os
import platform
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import final

from ibspec.core import RunError

try:
    import fcntl
except ImportError:  # a system without locks on files: nothing is promised there
    fcntl = None  # type: ignore[assignment]

NAME = "lock"


@final
class Lock:
    """Held by the process that writes a run; the system lets go of it when the process ends, however it does.

    So a lock whose owner was killed is free at once, and nobody has to guess whether a process number still
    means the same process.

    Args:
        directory: Of the run.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / NAME
        self._file: FileIO | None = None

    def take(self) -> None:
        """Become the writer.

        Raises:
            RunError: Another process is; the message names it.
        """
        while True:
            file = FileIO(self.path, "a+", opener=_open)
            if not _try(file, exclusively=True):
                file.seek(0)
                owner = (file.read(1000) or b"").decode(errors="replace").strip() or "unknown"
                file.close()
                raise RunError(f"{self.path.parent} is being written by another process ({owner})")
            if _is(file, self.path):
                break
            file.close()  # its owner removed it just before it let go
        try:
            file.truncate(0)
            file.write(json.dumps({"process": os.getpid(), "host": platform.node()}).encode())
        except OSError as error:
            file.close()
            raise OSError(error.errno, error.strerror, str(self.path)) from error
        self._file = file

    def release(self) -> None:
        """Let others write."""
        if self._file is not None:
            with suppress(OSError):  # the directory may be gone; the lock is let go of all the same
                self.path.unlink()
            self._file.close()
            self._file = None

    @staticmethod
    def is_held(directory: Path) -> bool:
        """Whether some process writes this run now; asking changes nothing, and is open to readers too."""
        try:
            with FileIO(directory / NAME, "r", opener=_open) as file:
                return not _try(file, exclusively=False)
        except OSError:
            return False


def _is(file: FileIO, path: Path) -> bool:
    """Whether the path still means this file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _open(path: str, flags: int) -> int:
    """Open a lock as it lies there: no link, whose target would be emptied, and no waiting for a pipe."""
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0), 0o644)


def _try(file: FileIO, *, exclusively: bool) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if exclusively else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
