"""Runs pytest in a child of a process that has imported all that is slow to import."""

import contextlib
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import final

ROOM = 8 * 2**30
"""Bytes of address space that a child may take beyond what the imports took."""

IDLE = 6.0
"""A child that has had this many times its processor time on the clock is stuck waiting."""

BROKEN = 99
"""Exit status of a child that never came to its tests: that says nothing of the fault."""


def warm(names: Iterable[str]) -> None:
    """Import what the tests will; what is not installed, their skips are for."""
    for name in sorted(names):
        with contextlib.suppress(Exception):
            importlib.import_module(name)


@final
@dataclass
class Child:
    """A pytest at work: it ends by itself, or after `seconds` of processor time."""

    pid: int
    seconds: float
    place: Path
    begun: float

    @classmethod
    def start(cls, root: Path, tests: list[str], seconds: float, prepare: Callable[[], None]) -> "Child":
        """Fork; the child calls `prepare` and runs `tests` until one fails."""
        place = Path(tempfile.mkdtemp(prefix="mutant-"))
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            code = BROKEN
            try:
                code = _be(root, tests, seconds, place, prepare)
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(code)
        return cls(pid, seconds, place, time.monotonic())

    def result(self) -> "Result | None":
        """What came of it, or None while it is at work."""
        done, status, usage = os.wait4(self.pid, os.WNOHANG)
        is_stuck = time.monotonic() - self.begun > IDLE * self.seconds
        if done == 0 and not is_stuck:
            return None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)  # and whatever it has started
        if done == 0:
            _, status, usage = os.wait4(self.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        out = (self.place / "out").read_text(encoding="utf-8", errors="replace")
        shutil.rmtree(self.place, ignore_errors=True)
        if code == BROKEN:
            raise RuntimeError(f"no test could be started: {out}")
        is_out_of_time = code in (-signal.SIGXCPU, -signal.SIGKILL)
        return Result(code, is_out_of_time, usage.ru_utime + usage.ru_stime, out)


@final
@dataclass(frozen=True)
class Result:
    """pytest's exit status (0: no test failed), processor seconds, and what was printed."""

    code: int
    is_out_of_time: bool
    seconds: float
    out: str

    @property
    def failure(self) -> str:
        """The first test that failed, or how the child ended."""
        if self.is_out_of_time:
            return "out of time"
        for line in self.out.splitlines():
            if line.startswith(("FAILED ", "ERROR ")):
                return line[:300]
        return f"pytest ended with {self.code}: {self.out.strip()[-200:]}"


def _be(root: Path, tests: list[str], seconds: float, place: Path, prepare: Callable[[], None]) -> int:
    os.setsid()
    handle = os.open(place / "out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number in (1, 2):
        os.dup2(handle, number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (size + ROOM, size + ROOM))
    limit = int(seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    os.chdir(root)
    os.environ["TMPDIR"] = tempfile.tempdir = str(place)
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    prepare()
    import pytest

    # Plain assertions: a changed test module is then read as any other module is.
    options = ["-x", "-q", "-rfE", "--tb=no", "--assert=plain", "-p", "no:cacheprovider", "-p", "no:randomly"]
    report = [
        "--claims-report",
        str(place / "claims"),
        "--rootdir",
        str(root),
        "--basetemp",
        str(place / "tmp"),
    ]
    try:
        return int(pytest.main([*options, *report, *tests]))
    except BaseException:  # a fault in what pytest loads before it looks at tests: our own plugin
        traceback.print_exc()
        return 1
